import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  ALL_STATS,
  defineBlock,
  formatStats,
  mergeSnapshots,
  type StatsQuery,
  StatsRegistry,
  takeSnapshot,
} from '@weft/telemetry';
import type { Report } from '../lib/report.ts';

const CLUSTERS = 10_000;

const BLOCK = defineBlock({
  counters: Array.from({ length: 80 }, (_, i) => `upstream_counter_${i}`),
  gauges: Array.from({ length: 20 }, (_, i) => `upstream_gauge_${i}`),
  histograms: { upstream_cx_connect_ms: 'ms', upstream_cx_length_ms: 'ms', upstream_rq_time: 'ms' },
});

/** Measures what the statistics of a large mesh cost in memory, and what it takes to show them. */
export function measureMesh(report: Report): void {
  const perCluster = 103;
  const collect = exposeGc();
  const bytes = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const registry = new StatsRegistry();
  const memory: string[][] = [];
  let before = bytes();
  const note = (stage: string) => {
    const after = bytes();
    const each = (after - before) / CLUSTERS;
    memory.push([stage, `${each.toFixed(0)} B`, `${(each / perCluster).toFixed(1)} B`]);
    before = after;
  };
  const scopes = Array.from({ length: CLUSTERS }, (_, i) =>
    registry.scope('cluster', { tag: 'envoy.cluster_name', value: `outbound|80||service-${i}.shop.svc.cluster.local` }),
  );
  const blocks = scopes.map((scope) => scope.block(BLOCK));
  note('known, never used');
  for (const block of blocks) block.inc(0);
  note('and one counter used');
  for (const [i, block] of blocks.entries()) for (let h = 0; h < 3; h++) block.histogram(h).record(i % 50);
  registry.flush();
  note('and one value in each of 3 histograms');
  report.paragraph(`Memory of ${CLUSTERS} clusters with ${perCluster} statistics each.`);
  report.table(['stage', 'added per cluster', 'added per statistic'], memory);

  report.paragraph('Showing all of them; the longest piece is how long others wait for the event loop.');
  const formats: [string, Partial<StatsQuery>][] = [
    ['text', {}],
    ['text, usedonly', { usedOnly: true }],
    ['json', { format: 'json' }],
    ['prometheus', { format: 'prometheus' }],
    ['prometheus, usedonly', { format: 'prometheus', usedOnly: true }],
  ];
  const rows = formats.map(([name, query]) => [name, ...timeListing(registry, { ...ALL_STATS, ...query })]);
  report.table(['format', 'time', 'size', 'longest piece'], rows);

  const startedAt = performance.now();
  const snapshot = takeSnapshot(registry);
  const takenAt = performance.now();
  mergeSnapshots([snapshot, snapshot]);
  const mergedAt = performance.now();
  report.paragraph(
    `A snapshot of them takes ${(takenAt - startedAt).toFixed(0)} ms, adding up two takes ${(mergedAt - takenAt).toFixed(0)} ms.`,
  );
}

/** Once to warm up, once for the figures. */
function timeListing(registry: StatsRegistry, query: StatsQuery): string[] {
  let figures: string[] = [];
  for (let round = 0; round < 2; round++) {
    const startedAt = performance.now();
    let last = startedAt;
    let longest = 0;
    let size = 0;
    for (const piece of formatStats(registry, query)) {
      size += Buffer.byteLength(piece);
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    figures = [`${(last - startedAt).toFixed(0)} ms`, `${(size / 1e6).toFixed(1)} MB`, `${longest.toFixed(1)} ms`];
  }
  return figures;
}

/** A garbage collection on demand, without a flag for the whole process. */
function exposeGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
