import { lowerBound, widthOf } from '../histogram/buckets.ts';
import { type Cells, NO_CELLS } from '../histogram/cells.ts';
import { PERCENT_SCALE } from '../histogram/histogram.ts';
import { countsBelow, countsBetween, quantilesOf } from '../histogram/statistics.ts';
import type { StatField } from '../registry/definition.ts';
import type { HistogramData, StatGroup } from '../registry/stat-group.ts';

const NOTHING: HistogramData = { interval: NO_CELLS, cumulative: NO_CELLS };

/** What a histogram holds, even if nothing was recorded yet. */
export function dataOf(group: StatGroup, field: StatField): HistogramData {
  return group.histogramAt(field.slot) ?? NOTHING;
}

/** What recorded values are divided by to be shown. */
export function scaleOf(field: StatField): number {
  return field.unit === 'percent' ? PERCENT_SCALE : 1;
}

/** Two views of the same figures: of the last interval and of everything. */
export interface IntervalAndTotal {
  readonly interval: readonly number[];
  readonly total: readonly number[];
}

/** The quantiles of the last interval and of everything. */
export function quantilePairs(data: HistogramData, scale: number): IntervalAndTotal {
  return { interval: quantilesOf(data.interval, scale), total: quantilesOf(data.cumulative, scale) };
}

/** Counts for each bound: of values up to it, or of those between it and the one before. */
export function bucketPairs(
  data: HistogramData,
  mode: 'cumulative' | 'disjoint',
  bounds: readonly number[],
  scale: number,
): IntervalAndTotal {
  const counts = mode === 'cumulative' ? countsBelow : countsBetween;
  return { interval: counts(data.interval, bounds, scale), total: counts(data.cumulative, bounds, scale) };
}

/** A counted bucket as it is shown. */
export interface DetailedBucket {
  readonly lower: number;
  readonly width: number;
  readonly count: number;
}

/** All counted buckets. */
export function detailedBuckets(cells: Cells, scale: number): DetailedBucket[] {
  const buckets: DetailedBucket[] = [];
  for (let i = 0; i < cells.length; i += 2) {
    const id = cells[i]!;
    buckets.push({ lower: lowerBound(id) / scale, width: widthOf(id) / scale, count: cells[i + 1]! });
  }
  return buckets;
}
