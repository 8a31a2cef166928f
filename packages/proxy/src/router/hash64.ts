import type { RouteHash } from '@weft/engine';

/** A hash as balancers take it. */
export function hash64Of(hash: RouteHash['hash']): bigint | undefined {
  return hash === undefined ? undefined : (BigInt(hash.high) << 32n) | BigInt(hash.low);
}
