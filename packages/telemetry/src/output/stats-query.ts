import { err, ok, type Result } from '@weft/core';
import type { StatField } from '../registry/definition.ts';
import { isUsed, type StatGroup } from '../registry/stat-group.ts';
import type { StatsRules } from './stats-rules.ts';

/** How statistics are written. */
export type StatsFormat = 'text' | 'json' | 'prometheus';

/** What is shown of histograms: quantiles (`summary`), counts up to each bound or between bounds, or every counted bucket. */
export type BucketMode = 'summary' | 'cumulative' | 'disjoint' | 'detailed';

/** The kinds that `type=` can ask for. */
export type StatsType = 'All' | 'Counters' | 'Gauges' | 'Histograms' | 'TextReadouts';

/** Which statistics somebody wants to see, and how. */
export interface StatsQuery {
  readonly format: StatsFormat;
  /** Only what was written since the start. */
  readonly usedOnly: boolean;
  readonly type: StatsType;
  /** Unset means what the format does by itself: quantiles, and for Prometheus counts up to each bound. */
  readonly buckets: BucketMode | undefined;
  /** Whether Prometheus gets texts, as labels of gauges. */
  readonly textReadouts: boolean;
  readonly filter: ((name: string) => boolean) | undefined;
}

/** Makes a filter of an RE2 expression that is searched for in names, or says what is wrong with it. */
export type CompileFilter = (pattern: string) => Result<(name: string) => boolean, string>;

/** Everything, as text. */
export const ALL_STATS: StatsQuery = {
  format: 'text',
  usedOnly: false,
  type: 'All',
  buckets: undefined,
  textReadouts: false,
  filter: undefined,
};

const TYPES: readonly string[] = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts'];
const FORMATS: readonly string[] = ['text', 'json', 'prometheus'];
const BUCKETS: readonly string[] = ['cumulative', 'disjoint', 'detailed', 'summary'];

/**
 * Reads the parameters of `/stats`, or of `/stats/prometheus` if the format is given. The reason of a failure is the answer to send
 * with status 400. As in Envoy, switches count by being there (`usedonly`, `invert_filter`, `text_readouts`) and an empty value is
 * none.
 */
export function parseStatsQuery(
  params: URLSearchParams,
  compileFilter: CompileFilter,
  fixedFormat?: StatsFormat,
): Result<StatsQuery, string> {
  const format = fixedFormat ?? (params.get('format') || 'text');
  if (!FORMATS.includes(format)) return err('usage: /stats?format=(json|prometheus|text)\n\n');
  const type = params.get('type') || 'All';
  if (!TYPES.includes(type)) return err('invalid &type= param');
  const given = params.get('histogram_buckets') || undefined;
  // The older name of the same thing.
  const buckets = given === 'none' ? 'summary' : given;
  if (buckets !== undefined && !BUCKETS.includes(buckets)) {
    return err('usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n');
  }
  if (format === 'prometheus' && (buckets === 'disjoint' || buckets === 'detailed')) {
    return err('unsupported prometheus histogram bucket mode');
  }
  const pattern = params.get('filter') ?? '';
  const filter = pattern === '' ? undefined : compileFilter(pattern);
  if (filter?.kind === 'err') return err(`Invalid re2 regex: ${filter.error}`);
  return ok({
    format: format as StatsFormat,
    usedOnly: params.has('usedonly'),
    type: type as StatsType,
    buckets: buckets as BucketMode | undefined,
    textReadouts: params.has('text_readouts'),
    filter: filter === undefined ? undefined : invertIf(params.has('invert_filter'), filter.value),
  });
}

function invertIf(isInverted: boolean, filter: (name: string) => boolean): (name: string) => boolean {
  return isInverted ? (name) => !filter(name) : filter;
}

const TYPE_OF: Readonly<Record<StatField['kind'], StatsType>> = {
  counter: 'Counters',
  gauge: 'Gauges',
  histogram: 'Histograms',
  text: 'TextReadouts',
};

/** Whether a query asks for statistics of a kind. */
export function asksFor(query: StatsQuery, kind: StatField['kind']): boolean {
  return query.type === 'All' || query.type === TYPE_OF[kind];
}

/** Whether one statistic is to be shown; whether its kind is asked for must be known already. */
export function isShown(
  query: StatsQuery,
  rules: StatsRules,
  stat: { readonly name: string; readonly field: StatField; readonly group: StatGroup },
): boolean {
  if (query.usedOnly && !wasUsed(stat.field, stat.group)) return false;
  return (query.filter === undefined || query.filter(stat.name)) && rules.accepts(stat.name);
}

function wasUsed(field: StatField, group: StatGroup): boolean {
  switch (field.kind) {
    case 'counter':
    case 'gauge':
      return isUsed(group.numberAt(field.slot));
    case 'text':
      return group.textAt(field.slot) !== undefined;
    case 'histogram':
      return (group.histogramAt(field.slot)?.cumulative.length ?? 0) > 0;
  }
}
