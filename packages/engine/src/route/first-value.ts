import type { HeaderSource } from '../match/header-matcher.ts';

/**
 * The first value of a header, as Envoy reads headers that name a cluster or a host: from a repeated header the first line counts. The lines come
 * joined by commas, and no name has a comma.
 */
export function firstValue(headers: HeaderSource, name: string): string | undefined {
  const joined = headers.get(name);
  const comma = joined === undefined ? -1 : joined.indexOf(',');
  return comma === -1 ? joined : joined?.slice(0, comma);
}
