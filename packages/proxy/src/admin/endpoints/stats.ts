import { err, ok } from '@weft/core';
import { compileRegex } from '@weft/engine';
import { CONTENT_TYPES, type CompileFilter, formatStats, parseStatsQuery, type StatsFormat } from '@weft/telemetry';
import { type AdminAnswer, type AdminEndpoint, type AdminRequest, textAnswer } from '../admin-endpoint.ts';
import type { AdminSubject } from '../admin-subject.ts';

const FILTERS = [
  { name: 'usedonly', description: 'Only include stats that have been written by system since restart' },
  { name: 'filter', description: 'Regular expression (Google re2) for filtering stats' },
  { name: 'invert_filter', description: 'Invert the filter regex' },
];

/** Everything that is counted. */
export const STATS: AdminEndpoint = {
  path: '/stats',
  description: 'print server stats',
  isMutating: false,
  params: [
    ...FILTERS,
    { name: 'format', description: 'Format to use; One of (text, json, prometheus)' },
    { name: 'type', description: 'Stat types to include; One of (All, Counters, Histograms, Gauges, TextReadouts)' },
    {
      name: 'histogram_buckets',
      description: 'Histogram bucket display mode; One of (cumulative, disjoint, detailed, summary)',
    },
  ],
  handle: (request, subject) => showStats(request, subject),
};

/** The same for Prometheus. */
export const PROMETHEUS: AdminEndpoint = {
  path: '/stats/prometheus',
  description: 'print server stats in prometheus format',
  isMutating: false,
  params: [
    ...FILTERS,
    { name: 'text_readouts', description: 'Render text_readouts as new gauges with value 0' },
    { name: 'histogram_buckets', description: 'Histogram bucket display mode; One of (cumulative, summary)' },
  ],
  handle: (request, subject) => showStats(request, subject, 'prometheus'),
};

const compileFilter: CompileFilter = (pattern) => {
  const compiled = compileRegex(pattern, '');
  if (compiled.kind === 'err') return err(compiled.error.map(({ reason }) => reason).join('; '));
  return ok((name) => compiled.value.search(name));
};

function showStats({ params }: AdminRequest, subject: AdminSubject, fixedFormat?: StatsFormat): AdminAnswer {
  const query = parseStatsQuery(params, compileFilter, fixedFormat);
  if (query.kind === 'err') return textAnswer(query.error, 400);
  subject.refreshStats();
  const body = formatStats(subject.shownStats, query.value, subject.statsRules);
  return { status: 200, contentType: CONTENT_TYPES[query.value.format], body };
}
