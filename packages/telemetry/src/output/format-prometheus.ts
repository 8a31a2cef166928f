import { countOf } from '../histogram/cells.ts';
import { countsBelow, QUANTILES, quantilesOf, sumOf } from '../histogram/statistics.ts';
import type { StatKind } from '../registry/definition.ts';
import type { StatsView } from '../registry/stat-group.ts';
import { dataOf, scaleOf } from './histogram-stats.ts';
import { Pieces } from './pieces.ts';
import { type FamilyMember, PrometheusFamilies } from './prometheus-families.ts';
import { exactNumber, formatLabels } from './prometheus-names.ts';
import { asksFor, isShown, type StatsQuery } from './stats-query.ts';
import type { StatsRules } from './stats-rules.ts';

/** Writes Prometheus' text format, version 0.0.4, with Envoy's names, in pieces. */
export function* formatPrometheus(
  view: StatsView,
  query: StatsQuery,
  rules: StatsRules,
): Generator<string, void, undefined> {
  const out = new Pieces();
  for (const kind of ['counter', 'gauge', 'text', 'histogram'] as const) {
    if (!asksFor(query, kind) || (kind === 'text' && !query.textReadouts)) continue;
    const families = new PrometheusFamilies(rules.tags, kind);
    for (const _ of families.collect(view)) yield out.take();
    for (const metric of families.metrics()) {
      let isFirst = true;
      for (const member of families.members(metric)) {
        if (isShown(query, rules, member)) {
          if (isFirst) out.add(`# TYPE ${metric} ${typeOf(kind, query)}\n`);
          isFirst = false;
          out.add(linesOf(metric, member, query, rules));
        }
        if (out.step()) yield out.take();
      }
    }
  }
  yield out.take();
}

function typeOf(kind: StatKind, query: StatsQuery): string {
  if (kind === 'histogram') return query.buckets === 'summary' ? 'summary' : 'histogram';
  return kind === 'counter' ? 'counter' : 'gauge';
}

function linesOf(metric: string, member: FamilyMember, query: StatsQuery, rules: StatsRules): string {
  const { field, group, labels } = member;
  switch (field.kind) {
    case 'counter':
    case 'gauge':
      return `${metric}{${labels}} ${group.numberAt(field.slot)}\n`;
    case 'text': {
      const text = formatLabels([{ tag: 'text_value', value: group.textAt(field.slot) ?? '' }]);
      return `${metric}{${withMore(labels, text)}} 0\n`;
    }
    case 'histogram':
      return query.buckets === 'summary' ? summaryLines(metric, member) : histogramLines(metric, member, rules);
  }
}

function histogramLines(metric: string, member: FamilyMember, rules: StatsRules): string {
  const { field, group, labels } = member;
  const scale = scaleOf(field);
  const cells = dataOf(group, field).cumulative;
  const count = countOf(cells);
  const bounds = rules.bucketsOf(member.name);
  const counts = countsBelow(cells, bounds, scale);
  let lines = '';
  for (const [i, bound] of bounds.entries()) {
    lines += `${metric}_bucket{${withMore(labels, `le="${exactNumber(bound)}"`)}} ${counts[i]}\n`;
  }
  lines += `${metric}_bucket{${withMore(labels, 'le="+Inf"')}} ${count}\n`;
  return `${lines}${metric}_sum{${labels}} ${exactNumber(sumOf(cells, scale))}\n${metric}_count{${labels}} ${count}\n`;
}

/** Quantiles are of the last interval, as in Envoy, and so are sum and count with them. */
function summaryLines(metric: string, member: FamilyMember): string {
  const { field, group, labels } = member;
  const scale = scaleOf(field);
  const cells = dataOf(group, field).interval;
  const values = quantilesOf(cells, scale);
  let lines = '';
  for (const [i, quantile] of QUANTILES.entries()) {
    lines += `${metric}{${withMore(labels, `quantile="${quantile}"`)}} ${exactNumber(values[i]!)}\n`;
  }
  return `${lines}${metric}_sum{${labels}} ${exactNumber(sumOf(cells, scale))}\n${metric}_count{${labels}} ${countOf(cells)}\n`;
}

function withMore(labels: string, more: string): string {
  return labels === '' ? more : `${labels},${more}`;
}
