import { lowerBound, widthOf } from './buckets.ts';
import { type Cells, countOf } from './cells.ts';

/** The quantiles that are shown. */
export const QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

/** Envoy's buckets for histograms whose configuration says nothing else. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/**
 * The values at the shown quantiles, or NaNs if there is no value. As in circllhist, the values of a bucket are taken to be spread
 * evenly inside it, and the quantile is one of them: the first that so many of all values do not exceed.
 */
export function quantilesOf(cells: Cells, scale = 1): number[] {
  const total = countOf(cells);
  if (total === 0) return QUANTILES.map(() => Number.NaN);
  const values: number[] = [];
  let at = 0;
  let before = 0;
  for (const quantile of QUANTILES) {
    const rank = Math.max(1, Math.ceil(quantile * total));
    while (at + 2 < cells.length && before + cells[at + 1]! < rank) {
      before += cells[at + 1]!;
      at += 2;
    }
    const id = cells[at]!;
    const value = lowerBound(id) + (widthOf(id) * (rank - before)) / (cells[at + 1]! + 1);
    values.push(value / scale);
  }
  return values;
}

/** About the sum of all values: each counts as the value in its bucket with the smallest relative error. */
export function sumOf(cells: Cells, scale = 1): number {
  let sum = 0;
  for (let i = 0; i < cells.length; i += 2) {
    const lower = lowerBound(cells[i]!);
    const width = widthOf(cells[i]!);
    if (lower > 0) sum += (lower + width * (lower / (lower + lower + width))) * cells[i + 1]!;
  }
  return sum / scale;
}

/** For each bound, how many values are in buckets that begin at it or below: `le` of Prometheus. Bounds ascend. */
export function countsBelow(cells: Cells, bounds: readonly number[], scale = 1): number[] {
  let at = 0;
  let count = 0;
  return bounds.map((bound) => {
    for (; at < cells.length && lowerBound(cells[at]!) <= bound * scale; at += 2) count += cells[at + 1]!;
    return count;
  });
}

/** For each bound, how many values are up to it and above the one before. */
export function countsBetween(cells: Cells, bounds: readonly number[], scale = 1): number[] {
  const counts = countsBelow(cells, bounds, scale);
  return counts.map((count, i) => count - (counts[i - 1] ?? 0));
}
