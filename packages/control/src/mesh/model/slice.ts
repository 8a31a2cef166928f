import type { Endpoint } from './endpoint.ts';

/** The endpoints of one slice, and what they were made from. */
export interface SliceEndpoints {
  /** `namespace/name` of the Service. */
  readonly service: string;
  readonly family: 4 | 6;
  readonly endpoints: readonly Endpoint[];
  /** Pods that the slice names (`namespace/name`), and addresses (`@address`) where it names none. */
  readonly uses: readonly string[];
}
