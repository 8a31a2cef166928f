import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { createCountingPeers, REPEATS } from './counting.ts';
import { measureMesh } from './mesh.ts';

const ROUNDS = 9;

/** Counting, recording and showing statistics, everything in memory. */
export default defineBenchmark({
  name: 'telemetry',
  summary: 'statistics: counters, histograms, memory and listings',
  async run({ report, log, signal }) {
    const peers = createCountingPeers();
    for (const { measure } of peers) await measure();
    log(`${ROUNDS} rounds of ${peers.length} ways to count`);
    const results = await alternate(peers, ROUNDS, signal);
    report.paragraph(`Time per call with the loop around it, ${REPEATS} calls a round in turns over 64 scopes.`);
    const rows = Array.from(results, ([name, times]) => {
      const spread = spreadOf(times);
      return [name, formatSpread(spread, 'ns', 1), `${spread.min.toFixed(1)} ns`];
    });
    report.table(['work', 'median', 'best'], rows);
    log('a mesh of 10,000 clusters');
    measureMesh(report);
  },
});
