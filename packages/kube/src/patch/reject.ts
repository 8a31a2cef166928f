import { unprocessable } from '../shared/api-errors.ts';
import type { ApiStatusError } from '../shared/status.ts';

/** 422 for a patch that cannot be applied; the real API server says only the first half. */
export function rejectPatch(why: string): ApiStatusError {
  return unprocessable(`the server rejected our request due to an error in our request: ${why}`, {});
}
