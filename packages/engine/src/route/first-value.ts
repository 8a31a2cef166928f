import type { HeaderSource } from '../match/header-matcher.ts';

/** The first value of a header, as Envoy reads headers that name a cluster or a host: of a repeated header the first line counts. */
export function firstValue(headers: HeaderSource, name: string): string | undefined {
  const joined = headers.get(name);
  // Only a text with the separator in it can be several lines.
  return joined?.includes(',') === true ? (headers.repeated?.(name)?.[0] ?? joined) : joined;
}
