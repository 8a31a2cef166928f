/**
 * The numbers of cost estimates: unsigned 64-bit integers that stay at the largest one instead of overflowing. They are
 * bigint, as verdicts near a limit must come out to the unit like those of the API server.
 */

/** The largest amount, which also stands for "unknown". */
export const MAX_AMOUNT: bigint = 2n ** 64n - 1n;

/** How large a text, list or map may be, in characters or members. */
export interface Size {
  readonly min: bigint;
  readonly max: bigint;
}

/** The size of something of which nothing is known. */
export const UNKNOWN_SIZE: Size = { min: 0n, max: MAX_AMOUNT };

/** A size that is known. */
export function fixedSize(size: bigint): Size {
  return { min: size, max: size };
}

/** The sum, at most the largest amount. */
export function sum(...amounts: readonly bigint[]): bigint {
  return capped(amounts.reduce((total, amount) => total + amount, 0n));
}

/** The product, at most the largest amount. */
export function product(a: bigint, b: bigint): bigint {
  return capped(a * b);
}

/** The amount times a factor, rounded up; counted in floating point as in cel-go, where the rounding shows. */
export function scaled(amount: bigint, factor: number): bigint {
  const exact = Math.ceil(Number(amount) * factor);
  return exact >= 2 ** 64 ? MAX_AMOUNT : BigInt(exact);
}

/** The size of two things put together. */
export function addSizes(a: Size, b: Size): Size {
  return { min: sum(a.min, b.min), max: sum(a.max, b.max) };
}

/** The size of `a` things of size `b`. */
export function multiplySizes(a: Size, b: Size): Size {
  return { min: product(a.min, b.min), max: product(a.max, b.max) };
}

/** A size that covers both. */
export function joinSizes(a: Size, b: Size): Size {
  return { min: smaller(a.min, b.min), max: larger(a.max, b.max) };
}

/** The larger amount. */
export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The smaller amount. */
export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function capped(amount: bigint): bigint {
  return amount > MAX_AMOUNT ? MAX_AMOUNT : amount;
}
