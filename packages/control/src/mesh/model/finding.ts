/** What is wrong or surprising about an object: the input of conditions in its status. */

import type { FindingCode } from '../analysis/codes.ts';
import type { ObjectRef } from './object-ref.ts';

/** One finding about one object. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: a part of the object has no effect; `warning`: it works otherwise than it reads; `info`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly object: ObjectRef;
  /** Place in the object, such as `spec.http[0].route[1].destination`. */
  readonly path?: string;
  /** In plain words, with the value and what to do. */
  readonly message: string;
}
