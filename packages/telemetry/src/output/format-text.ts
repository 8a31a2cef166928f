import type { Cells } from '../histogram/cells.ts';
import { QUANTILES } from '../histogram/statistics.ts';
import type { HistogramData, StatsView } from '../registry/stat-group.ts';
import { bucketPairs, dataOf, detailedBuckets, quantilePairs, scaleOf } from './histogram-stats.ts';
import { Pieces } from './pieces.ts';
import { asksFor, type BucketMode, isShown, type StatsQuery } from './stats-query.ts';
import type { StatsRules } from './stats-rules.ts';
import { StatsWalk } from './stats-walk.ts';

/** Writes `name: value` lines as Envoy's `/stats`, in pieces. */
export function* formatText(view: StatsView, query: StatsQuery, rules: StatsRules): Generator<string, void, undefined> {
  const out = new Pieces();
  for (const section of ['texts', 'numbers', 'histograms'] as const) {
    const walk = new StatsWalk(view, section);
    while (walk.next()) {
      if (asksFor(query, walk.field.kind) && isShown(query, rules, walk)) {
        const text = textOf(walk, query.buckets ?? 'summary', rules);
        // Details begin on the next line.
        out.add(`${walk.name}:${text.startsWith('\n') ? '' : ' '}${text}\n`);
      }
      if (out.step()) yield out.take();
    }
  }
  yield out.take();
}

function textOf(walk: StatsWalk, mode: BucketMode, rules: StatsRules): string {
  const { group, field } = walk;
  switch (field.kind) {
    case 'counter':
    case 'gauge':
      return String(group.numberAt(field.slot));
    case 'text':
      return `"${group.textAt(field.slot) ?? ''}"`;
    case 'histogram': {
      const data = dataOf(group, field);
      if (data.cumulative.length === 0) return 'No recorded values';
      return histogramText(data, mode, mode === 'summary' ? [] : rules.bucketsOf(walk.name), scaleOf(field));
    }
  }
}

function histogramText(data: HistogramData, mode: BucketMode, bounds: readonly number[], scale: number): string {
  switch (mode) {
    case 'summary':
      return summaryText(data, scale);
    case 'cumulative':
    case 'disjoint': {
      const { interval, total } = bucketPairs(data, mode, bounds, scale);
      return bounds.map((bound, i) => `B${shortNumber(bound)}(${interval[i]},${total[i]})`).join(' ');
    }
    case 'detailed':
      return [
        '',
        `  totals=${detailText(data.cumulative, scale)}`,
        `  intervals=${detailText(data.interval, scale)}`,
        `  summary=${summaryText(data, scale)}`,
      ].join('\n');
  }
}

function summaryText(data: HistogramData, scale: number): string {
  const { interval, total } = quantilePairs(data, scale);
  const pairs = QUANTILES.map(
    (quantile, i) => `P${100 * quantile}(${numberText(interval[i]!)},${numberText(total[i]!)})`,
  );
  return pairs.join(' ');
}

function detailText(cells: Cells, scale: number): string {
  return detailedBuckets(cells, scale)
    .map(({ lower, width, count }) => `${shortNumber(lower)},${shortNumber(width)}:${count}`)
    .join(', ');
}

function numberText(value: number): string {
  return Number.isNaN(value) ? 'nan' : String(value);
}

/** Six significant digits, as C's `%g`: 1800000 is `1.8e+06`. */
function shortNumber(value: number): string {
  if (value === 0) return '0';
  const [digits = '', exponent = '0'] = value.toExponential(5).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  const sign = power < 0 ? '-' : '+';
  return `${Number(digits)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}
