import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bucketOf } from '../histogram/buckets.ts';
import { defineBlock } from '../registry/definition.ts';
import { ResponseCodeStats } from '../registry/response-codes.ts';
import type { StatsView } from '../registry/stat-group.ts';
import { StatsRegistry } from '../registry/stats-registry.ts';
import { formatStats } from './format-stats.ts';
import { ALL_STATS, type StatsQuery } from './stats-query.ts';
import { DEFAULT_STATS_RULES } from './stats-rules.ts';

const CLUSTER = defineBlock({
  counters: ['upstream_rq_total', 'external.upstream_rq_2xx'],
  gauges: ['upstream_cx_active'],
  histograms: { upstream_rq_time: 'ms', budget_used: 'percent' },
  texts: ['note'],
});

function show(view: StatsView, query: Partial<StatsQuery> = {}, rules = DEFAULT_STATS_RULES): string {
  return [...formatStats(view, { ...ALL_STATS, ...query }, rules)].join('');
}

function createExample(): StatsRegistry {
  const registry = new StatsRegistry();
  const scope = registry.scope('cluster', { tag: 'envoy.cluster_name', value: 'b.c' });
  const block = scope.block(CLUSTER);
  block.add(CLUSTER.at.upstream_rq_total, 12);
  block.inc(CLUSTER.at.upstream_cx_active);
  block.dec(CLUSTER.at.upstream_cx_active);
  block.setText(CLUSTER.textAt.note, 'say "hi"');
  for (const time of [9, 9, 9]) block.histogram(CLUSTER.histogramAt.upstream_rq_time).record(time);
  new ResponseCodeStats(scope, 'upstream_rq').charge(503);
  registry.scope('cluster', { tag: 'envoy.cluster_name', value: 'a' }).block(CLUSTER);
  registry.scope('server').gauge('live').set(1);
  registry.flush();
  return registry;
}

test('text is what Envoy writes: texts, then numbers, then histograms, each by name', () => {
  assert.equal(
    show(createExample()),
    [
      'cluster.a.note: ""',
      'cluster.b.c.note: "say "hi""',
      'cluster.a.external.upstream_rq_2xx: 0',
      'cluster.a.upstream_cx_active: 0',
      'cluster.a.upstream_rq_total: 0',
      'cluster.b.c.external.upstream_rq_2xx: 0',
      'cluster.b.c.upstream_cx_active: 0',
      'cluster.b.c.upstream_rq_503: 1',
      'cluster.b.c.upstream_rq_5xx: 1',
      'cluster.b.c.upstream_rq_completed: 1',
      'cluster.b.c.upstream_rq_total: 12',
      'server.live: 1',
      'cluster.a.budget_used: No recorded values',
      'cluster.a.upstream_rq_time: No recorded values',
      'cluster.b.c.budget_used: No recorded values',
      'cluster.b.c.upstream_rq_time: P0(9.025,9.025) P25(9.025,9.025) P50(9.05,9.05) P75(9.075,9.075) P90(9.075,9.075) P95(9.075,9.075) P99(9.075,9.075) P99.5(9.075,9.075) P99.9(9.075,9.075) P100(9.075,9.075)',
      '',
    ].join('\n'),
  );
});

test('what was never used is left out on demand', () => {
  assert.equal(
    show(createExample(), { usedOnly: true, type: 'Gauges' }),
    'cluster.b.c.upstream_cx_active: 0\nserver.live: 1\n',
  );
  assert.match(
    show(createExample(), { usedOnly: true, type: 'Histograms' }),
    /^cluster.b.c.upstream_rq_time: [^\n]*\n$/,
  );
  assert.equal(show(createExample(), { usedOnly: true, type: 'TextReadouts' }), 'cluster.b.c.note: "say "hi""\n');
});

test('a filter and the configured matcher both have a say', () => {
  const filter = (name: string) => name.includes('upstream_rq');
  const rules = { ...DEFAULT_STATS_RULES, accepts: (name: string) => !name.endsWith('xx') };
  assert.equal(
    show(createExample(), { filter, type: 'Counters', usedOnly: true }, rules),
    'cluster.b.c.upstream_rq_503: 1\ncluster.b.c.upstream_rq_completed: 1\ncluster.b.c.upstream_rq_total: 12\n',
  );
});

test('histograms show in each way that Envoy has', () => {
  const registry = new StatsRegistry();
  const histogram = registry.scope('cluster', 'a').histogram('none', 'h');
  for (let i = 0; i < 3; i++) histogram.record(9);
  registry.flush();
  registry.flush();
  const rules = { ...DEFAULT_STATS_RULES, bucketsOf: () => [5, 10, 1_800_000] };
  assert.equal(show(registry, { buckets: 'cumulative' }, rules), 'cluster.a.h: B5(0,0) B10(0,3) B1.8e+06(0,3)\n');
  assert.equal(show(registry, { buckets: 'disjoint' }, rules), 'cluster.a.h: B5(0,0) B10(0,3) B1.8e+06(0,0)\n');
  assert.match(
    show(registry, { buckets: 'detailed' }),
    /^cluster.a.h:\n {2}totals=9,0.1:3\n {2}intervals=\n {2}summary=P0\(nan,9.025\) .* P100\(nan,9.075\)\n$/,
  );
  const json = (buckets: StatsQuery['buckets']) =>
    JSON.parse(show(registry, { format: 'json', buckets }, rules)) as { stats: unknown[] };
  assert.deepEqual(json('cumulative').stats, [
    {
      histograms: [
        {
          name: 'cluster.a.h',
          buckets: [
            { upper_bound: 5, interval: 0, cumulative: 0 },
            { upper_bound: 10, interval: 0, cumulative: 3 },
            { upper_bound: 1_800_000, interval: 0, cumulative: 3 },
          ],
        },
      ],
    },
  ]);
  const percentiles = [9.025, 9.025, 9.05, ...new Array<number>(7).fill(9.075)].map((cumulative) => ({
    cumulative,
    interval: null,
  }));
  const supported = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100];
  assert.deepEqual(json('summary').stats, [
    {
      histograms: {
        supported_quantiles: supported,
        computed_quantiles: [{ name: 'cluster.a.h', values: percentiles }],
      },
    },
  ]);
  assert.deepEqual(json('detailed').stats, [
    {
      histograms: {
        supported_percentiles: supported,
        details: [
          { name: 'cluster.a.h', totals: [{ lower_bound: 9, width: 0.1, count: 3 }], intervals: [], percentiles },
        ],
      },
    },
  ]);
});

test('lines of histograms are the ones that Envoy 1.40 wrote of the same values', () => {
  const file = new URL('../testdata/envoy/histograms.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as {
    totals: [number, number, number][];
    buckets: [number, number][];
    text: string;
    cumulative: string;
  }[];
  for (const { totals, buckets, text, cumulative } of recorded) {
    const registry = new StatsRegistry();
    const [, prefix = ''] = text.split('.');
    const histogram = registry.scope('http', prefix).histogram('ms', 'downstream_rq_time');
    for (const [lower, , count] of totals) {
      assert.equal(bucketOf(Math.round(lower)) > 0 || lower === 0, true);
      for (let i = 0; i < count; i++) histogram.record(Math.round(lower));
    }
    registry.flush();
    registry.flush();
    const rules = { ...DEFAULT_STATS_RULES, bucketsOf: () => buckets.map(([bound]) => bound) };
    assert.equal(show(registry, {}, rules), `${text}\n`);
    assert.equal(show(registry, { buckets: 'cumulative' }, rules), `${cumulative}\n`);
  }
});

test('JSON is valid, whatever is in names and texts', () => {
  const registry = new StatsRegistry();
  registry.scope('a"b\\c\n').text('t').set('"\n\u2028\\');
  registry.scope('a').counter('n').inc();
  assert.deepEqual(JSON.parse(show(registry, { format: 'json' })), {
    stats: [
      { name: 'a"b\\c\n.t', value: '"\n\u2028\\' },
      { name: 'a.n', value: 1 },
    ],
  });
  assert.deepEqual(JSON.parse(show(new StatsRegistry(), { format: 'json' })), { stats: [] });
});

test('output comes in pieces, also while nothing fits the filter', () => {
  const registry = new StatsRegistry();
  for (let i = 0; i < 500; i++) registry.scope('cluster', { tag: 'envoy.cluster_name', value: `c${i}` }).block(CLUSTER);
  for (const format of ['text', 'json', 'prometheus'] as const) {
    const pieces = [...formatStats(registry, { ...ALL_STATS, format })];
    assert.ok(pieces.length > 5);
    assert.ok(pieces.every((piece) => piece.length < 20_000));
    const filtered = [...formatStats(registry, { ...ALL_STATS, format, filter: () => false })];
    assert.ok(filtered.length > 5);
    assert.ok(filtered.join('').length < 20);
  }
});

test('scopes may come and go between pieces', () => {
  const registry = new StatsRegistry();
  const scopes = Array.from({ length: 500 }, (_, i) => registry.scope('cluster', `c${1000 + i}`));
  for (const scope of scopes) scope.block(CLUSTER).inc(0);
  const pieces = formatStats(registry, { ...ALL_STATS, type: 'Counters' });
  let text = String(pieces.next().value);
  for (const scope of scopes) scope.close();
  registry.scope('cluster', 'late').counter('n').inc();
  for (const piece of pieces) text += piece;
  assert.equal(text.trimEnd().split('\n').length, 1000);
});
