import type { FilterChainMatchJson } from '@weft/proto/envoy/config/listener/v3/listener_components';

/** Takes TLS for these names; undefined, which takes everything, when `*` is one of them. */
export function serverNameMatch(names: readonly string[]): FilterChainMatchJson | undefined {
  if (names.length === 0 || names.includes('*')) return undefined;
  return { serverNames: [...new Set(names)].toSorted() };
}
