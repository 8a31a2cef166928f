import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatStats } from '../output/format-stats.ts';
import { ALL_STATS } from '../output/stats-query.ts';
import { defineBlock } from '../registry/definition.ts';
import type { StatsView } from '../registry/stat-group.ts';
import { StatsRegistry } from '../registry/stats-registry.ts';
import { mergeViews } from './merge-views.ts';
import { mergeSnapshots, type StatsSnapshot, takeSnapshot, transferablesOf, viewSnapshot } from './snapshot.ts';

/** A definition of its own for each worker, as in separate threads. */
function defineCluster() {
  return defineBlock({
    counters: ['rq_total', 'rq_error'],
    gauges: ['cx_active'],
    sharedGauges: ['membership_total'],
    histograms: { rq_time: 'ms' },
    texts: ['version'],
  });
}

interface ClusterLoad {
  readonly cluster: string;
  readonly total: number;
  readonly active: number;
  readonly members: number | undefined;
  readonly times: readonly number[];
  readonly code: number;
  readonly version: string | undefined;
}

function createWorker(loads: readonly ClusterLoad[]): StatsRegistry {
  const registry = new StatsRegistry();
  const definition = defineCluster();
  const { at, histogramAt, textAt } = definition;
  for (const { cluster, total, active, members, times, code, version } of loads) {
    const scope = registry.scope('cluster', { tag: 'envoy.cluster_name', value: cluster });
    const block = scope.block(definition);
    if (total > 0) block.add(at.rq_total, total);
    block.add(at.cx_active, active);
    if (members !== undefined) block.set(at.membership_total, members);
    for (const time of times) block.histogram(histogramAt.rq_time).record(time);
    if (version !== undefined) block.setText(textAt.version, version);
    scope.counter(`rq_${code}`).inc();
  }
  registry.flush();
  return registry;
}

const worker = fc.array(
  fc.record({
    cluster: fc.constantFrom('a', 'b.c', 'd'),
    total: fc.nat(100),
    active: fc.nat(5),
    members: fc.option(fc.nat(9), { nil: undefined }),
    times: fc.array(fc.nat(10_000), { maxLength: 20 }),
    code: fc.constantFrom(200, 503),
    version: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
  }),
  { maxLength: 4 },
);

/** Everything that somebody could see. */
function showAll(view: StatsView): string {
  const all = { ...ALL_STATS, textReadouts: true };
  const show = (query: typeof all) => [...formatStats(view, query)].join('');
  return [
    show(all),
    show({ ...all, usedOnly: true, buckets: 'detailed' }),
    show({ ...all, format: 'json' }),
    show({ ...all, format: 'prometheus' }),
  ].join('\n');
}

/** What arrives in another thread. */
function post(snapshot: StatsSnapshot): StatsSnapshot {
  return structuredClone(snapshot, { transfer: transferablesOf(snapshot) });
}

test('a snapshot shows what its registry showed, also in another thread', () => {
  fc.assert(
    fc.property(worker, (loads) => {
      const registry = createWorker(loads);
      assert.equal(showAll(viewSnapshot(post(takeSnapshot(registry)))), showAll(registry));
    }),
    { numRuns: 40 },
  );
});

test('adding up is associative, and nothing is its neutral element', () => {
  fc.assert(
    fc.property(worker, worker, worker, (x, y, z) => {
      const [a, b, c] = [x, y, z].map((loads) => takeSnapshot(createWorker(loads))) as [
        StatsSnapshot,
        StatsSnapshot,
        StatsSnapshot,
      ];
      const left = showAll(viewSnapshot(mergeSnapshots([mergeSnapshots([a, b]), c])));
      const right = showAll(viewSnapshot(mergeSnapshots([a, mergeSnapshots([b, c])])));
      assert.equal(left, right);
      assert.equal(left, showAll(mergeViews([a, b, c].map(viewSnapshot))));
      const nothing = takeSnapshot(new StatsRegistry());
      assert.equal(showAll(viewSnapshot(mergeSnapshots([nothing, a]))), showAll(viewSnapshot(a)));
    }),
    { numRuns: 40 },
  );
});

test('counters and active connections add up, what all workers know alike does not', () => {
  const load = { cluster: 'a', total: 2, active: 1, members: 3, times: [9], code: 503, version: '1' };
  const merged = mergeViews([createWorker([load]), createWorker([{ ...load, members: 4 }])]);
  assert.equal(
    [...formatStats(merged, { ...ALL_STATS, usedOnly: true, buckets: 'detailed' })].join(''),
    `cluster.a.version: "1"
cluster.a.cx_active: 2
cluster.a.membership_total: 3
cluster.a.rq_503: 2
cluster.a.rq_total: 4
cluster.a.rq_time:
  totals=9,0.1:2
  intervals=9,0.1:2
  summary=${[0, 25, 50].map((p) => `P${p}(9.033333333333333,9.033333333333333)`).join(' ')} ${[
    75, 90, 95, 99, 99.5, 99.9, 100,
  ]
    .map((p) => `P${p}(9.066666666666666,9.066666666666666)`)
    .join(' ')}
`,
  );
});
