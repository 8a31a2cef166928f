/**
 * The log-linear buckets of circllhist for whole numbers: one for 0, then 90 for each power of ten, each as wide as a step of the
 * second digit. Id 0 is zero; decade d begins at id 1 + 90 d with the bucket [10^d, 1.1 × 10^d).
 */
const PER_DECADE = 90;
const MAX_DECADE = 18;

/** How many buckets there are. */
export const BUCKET_COUNT = 1 + PER_DECADE * (MAX_DECADE + 1);

/** The bucket of a value. Fractions are cut off, negative values count as 0, and what is too large goes into the last bucket. */
export function bucketOf(value: number): number {
  if (value < 100) {
    if (value >= 10) return (value | 0) + 81;
    return value >= 1 ? (value | 0) * 10 - 9 : 0;
  }
  if (value < 1000) return ((value / 10) | 0) + 171;
  if (value < 10_000) return ((value / 100) | 0) + 261;
  if (value < 100_000) return ((value / 1000) | 0) + 351;
  return bucketOfLarge(value);
}

function bucketOfLarge(value: number): number {
  let rest = value;
  let decade = 1;
  while (rest >= 100 && decade < MAX_DECADE) {
    rest = Math.floor(rest / 10);
    decade++;
  }
  if (!(rest < 100)) return Number.isNaN(value) ? 0 : BUCKET_COUNT - 1;
  return 1 + PER_DECADE * decade + rest - 10;
}

/** The smallest value of a bucket. */
export function lowerBound(id: number): number {
  if (id === 0) return 0;
  const step = (id - 1) % PER_DECADE;
  const decade = (id - 1 - step) / PER_DECADE;
  return ((step + 10) / 10) * 10 ** decade;
}

/** How wide a bucket is; the bucket of 0 has no width. */
export function widthOf(id: number): number {
  return id === 0 ? 0 : 10 ** Math.floor((id - 1) / PER_DECADE) / 10;
}
