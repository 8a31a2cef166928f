import { defineBlock, ResponseCodeStats, StatsRegistry } from '@weft/telemetry';

/** Calls in a round. */
export const REPEATS = 2_000_000;

const SCOPES = 64;

/** As many counters as a cluster has, so that objects have the size of real ones. */
const BLOCK = defineBlock({
  counters: Array.from({ length: 80 }, (_, i) => `counter_${i}`),
  gauges: ['active'],
  histograms: { time: 'ms', size: 'bytes' },
});

/** The ways to count something on the hot path. */
export function createCountingPeers() {
  const registry = new StatsRegistry();
  const scopes = Array.from({ length: SCOPES }, (_, i) =>
    registry.scope('cluster', { tag: 'envoy.cluster_name', value: `c${i}` }),
  );
  const blocks = scopes.map((scope) => scope.block(BLOCK));
  const arrays = blocks.map(({ values }) => values);
  const counters = scopes.map((scope) => scope.counter('single'));
  const codes = scopes.map((scope) => new ResponseCodeStats(scope, 'upstream_rq'));
  const few = blocks.map((block) => block.histogram(BLOCK.histogramAt.time));
  const many = blocks.map((block) => block.histogram(BLOCK.histogramAt.size));
  const sizes = Float64Array.from({ length: 4096 }, (_, i) => Math.floor(Math.exp((i * 0.6180339887) % 12)));
  const slot = BLOCK.at['counter_42'] ?? 0;
  const active = BLOCK.at['active'] ?? 0;
  return [
    timed('nothing: the loop alone', () => {}),
    timed('a counter of a block, by its array', (i) => {
      arrays[i & (SCOPES - 1)]![slot]! += 1;
    }),
    timed('a gauge of a block, up and down', (i) => {
      blocks[i & (SCOPES - 1)]!.inc(active);
      blocks[i & (SCOPES - 1)]!.dec(active);
    }),
    timed('a counter of its own', (i) => counters[i & (SCOPES - 1)]!.inc()),
    timed('a response code: three counters', (i) => codes[i & (SCOPES - 1)]!.charge(i & 7 ? 200 : 503)),
    timed('a histogram with 8 different values', (i) => few[i & (SCOPES - 1)]!.record(i & 7)),
    timed('a histogram with values from 1 to 160,000', (i) => many[i & (SCOPES - 1)]!.record(sizes[i & 4095]!)),
  ];
}

function timed(name: string, work: (i: number) => void) {
  return {
    name,
    measure: () => {
      const startedAt = performance.now();
      for (let i = 0; i < REPEATS; i++) work(i);
      return Promise.resolve(((performance.now() - startedAt) * 1e6) / REPEATS);
    },
  };
}
