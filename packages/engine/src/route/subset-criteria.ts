import type { Metadata } from '@weft/proto/envoy/config/core/v3/base';

/** What endpoints of the cluster must have in their `envoy.lb` metadata to be chosen: key -> JSON value. */
export type SubsetCriteria = Readonly<Record<string, unknown>>;

const FILTER = 'envoy.lb';

/** The criteria of a `metadata_match` on top of those around it, key by key; undefined where neither has any. */
export function subsetCriteria(
  metadata: Metadata | undefined,
  outer: SubsetCriteria | undefined,
): SubsetCriteria | undefined {
  const own = metadata?.filterMetadata[FILTER];
  return own === undefined ? outer : Object.freeze({ ...outer, ...own });
}
