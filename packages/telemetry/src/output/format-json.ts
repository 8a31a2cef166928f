import type { Cells } from '../histogram/cells.ts';
import { QUANTILES } from '../histogram/statistics.ts';
import type { HistogramData, StatsView } from '../registry/stat-group.ts';
import { bucketPairs, dataOf, detailedBuckets, quantilePairs, scaleOf } from './histogram-stats.ts';
import { Pieces } from './pieces.ts';
import { asksFor, type BucketMode, isShown, type StatsQuery } from './stats-query.ts';
import type { StatsRules } from './stats-rules.ts';
import { StatsWalk } from './stats-walk.ts';

const PERCENTILES = JSON.stringify(QUANTILES.map((quantile) => quantile * 100));

/** What stands around the histograms in each mode. */
const HISTOGRAM_FRAMES: Readonly<Record<BucketMode, readonly [start: string, end: string]>> = {
  summary: [`{"histograms":{"supported_quantiles":${PERCENTILES},"computed_quantiles":[`, ']}}'],
  cumulative: ['{"histograms":[', ']}'],
  disjoint: ['{"histograms":[', ']}'],
  detailed: [`{"histograms":{"supported_percentiles":${PERCENTILES},"details":[`, ']}}'],
};

/** Writes the JSON of Envoy's `/stats?format=json`, in pieces. */
export function* formatJson(view: StatsView, query: StatsQuery, rules: StatsRules): Generator<string, void, undefined> {
  const out = new Pieces();
  const mode = query.buckets ?? 'summary';
  const [start, end] = HISTOGRAM_FRAMES[mode];
  let separator = '';
  let hasHistograms = false;
  out.add('{"stats":[');
  for (const section of ['texts', 'numbers', 'histograms'] as const) {
    const walk = new StatsWalk(view, section);
    while (walk.next()) {
      if (asksFor(query, walk.field.kind) && isShown(query, rules, walk)) {
        if (section === 'histograms' && !hasHistograms) {
          hasHistograms = true;
          out.add(separator + start);
          separator = '';
        }
        out.add(separator + entryOf(walk, mode, rules));
        separator = ',';
      }
      if (out.step()) yield out.take();
    }
  }
  out.add(`${hasHistograms ? end : ''}]}`);
  yield out.take();
}

function entryOf(walk: StatsWalk, mode: BucketMode, rules: StatsRules): string {
  const { group, field } = walk;
  const name = JSON.stringify(walk.name);
  switch (field.kind) {
    case 'counter':
    case 'gauge':
      return `{"name":${name},"value":${group.numberAt(field.slot)}}`;
    case 'text':
      return `{"name":${name},"value":${JSON.stringify(group.textAt(field.slot) ?? '')}}`;
    case 'histogram': {
      const bounds = mode === 'summary' || mode === 'detailed' ? [] : rules.bucketsOf(walk.name);
      return `{"name":${name},${histogramMembers(dataOf(group, field), mode, bounds, scaleOf(field))}}`;
    }
  }
}

/** `JSON.stringify` writes NaN, which stands for no values, as null, as Envoy does. */
function histogramMembers(data: HistogramData, mode: BucketMode, bounds: readonly number[], scale: number): string {
  switch (mode) {
    case 'summary':
      return `"values":${JSON.stringify(percentiles(data, scale))}`;
    case 'cumulative':
    case 'disjoint': {
      const { interval, total } = bucketPairs(data, mode, bounds, scale);
      const buckets = bounds.map((bound, i) => ({ upper_bound: bound, interval: interval[i], cumulative: total[i] }));
      return `"buckets":${JSON.stringify(buckets)}`;
    }
    case 'detailed': {
      const totals = JSON.stringify(details(data.cumulative, scale));
      const intervals = JSON.stringify(details(data.interval, scale));
      return `"totals":${totals},"intervals":${intervals},"percentiles":${JSON.stringify(percentiles(data, scale))}`;
    }
  }
}

function percentiles(data: HistogramData, scale: number): unknown[] {
  const { interval, total } = quantilePairs(data, scale);
  return QUANTILES.map((_, i) => ({ cumulative: total[i], interval: interval[i] }));
}

function details(cells: Cells, scale: number): unknown[] {
  return detailedBuckets(cells, scale).map(({ lower, width, count }) => ({ lower_bound: lower, width, count }));
}
