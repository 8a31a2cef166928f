/** Headers by which a mesh speaks to itself: what comes from outside may not use them. */
import type { RequestHead } from '../../head.ts';
import { KnownHeader } from '../../known-headers.ts';
import { NameSet } from '../../name-set.ts';

/** What all of them begin with. */
export const INTERNAL_PREFIX = 'x-envoy-';

/** Taken from every request that is not internal. */
const INTERNAL_ONLY = [
  'x-envoy-internal',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-ip-tags',
  'x-envoy-max-retries',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
];

/** Taken at the edge beside these: what only a proxy in front of this one could know. */
const BEHIND_THE_EDGE_ONLY = [
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-host',
  'x-envoy-original-path',
];

const INTERNAL = KnownHeader['x-envoy-internal'];
const FROM_BESIDE = new NameSet(INTERNAL_ONLY);
const FROM_OUTSIDE = new NameSet([...INTERNAL_ONLY, ...BEHIND_THE_EDGE_ONLY]);

/** Removes what the request may not bring along; only to be called where it has names with INTERNAL_PREFIX. */
export function removeInternalHeaders(head: RequestHead, isInternal: boolean, isEdge: boolean): void {
  if (isInternal) head.removeKnown(INTERNAL);
  else head.removeAnyOf(isEdge ? FROM_OUTSIDE : FROM_BESIDE);
}
