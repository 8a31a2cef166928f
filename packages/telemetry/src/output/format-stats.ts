import type { StatsView } from '../registry/stat-group.ts';
import { formatJson } from './format-json.ts';
import { formatPrometheus } from './format-prometheus.ts';
import { formatText } from './format-text.ts';
import type { StatsFormat, StatsQuery } from './stats-query.ts';
import { DEFAULT_STATS_RULES, type StatsRules } from './stats-rules.ts';

const FORMATTERS: Readonly<
  Record<StatsFormat, (view: StatsView, query: StatsQuery, rules: StatsRules) => Generator<string, void, undefined>>
> = { text: formatText, json: formatJson, prometheus: formatPrometheus };

/** The media type of each format. */
export const CONTENT_TYPES: Readonly<Record<StatsFormat, string>> = {
  text: 'text/plain; charset=UTF-8',
  json: 'application/json',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/**
 * Writes statistics in pieces of about 16 KB. Values are read when their piece is made. Pieces may be empty; between any two, others
 * can run: do so every few milliseconds and whenever the reader is slow.
 */
export function formatStats(
  view: StatsView,
  query: StatsQuery,
  rules: StatsRules = DEFAULT_STATS_RULES,
): Generator<string, void, undefined> {
  return FORMATTERS[query.format](view, query, rules);
}
