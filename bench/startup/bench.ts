import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';

const ROUNDS = 15;
const bin = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');

/** What everybody waits for, all day long: the command line before it does any work. */
export default defineBenchmark({
  name: 'startup',
  summary: 'Start-up of the weft command',
  async run({ report, log, signal }) {
    const dir = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const empty = path.join(dir, 'empty.mjs');
    writeFileSync(empty, '');
    const peer = (name: string, ...args: readonly string[]) => ({
      name,
      measure: async () => {
        const startedAt = performance.now();
        spawnSync(process.execPath, args, { stdio: 'ignore' });
        return performance.now() - startedAt;
      },
    });
    const peers = [
      peer('node, empty file', empty),
      peer('weft version', bin, 'version'),
      peer('weft version -o json', bin, 'version', '-o', 'json'),
      peer('weft help', bin, 'help'),
    ];
    try {
      log(`${ROUNDS} rounds of ${peers.length} commands`);
      for (const { measure } of peers) await measure();
      const results = await alternate(peers, ROUNDS, signal);
      report.paragraph('Wall time of the whole process, compile cache warm.');
      const rows = Array.from(results, ([name, times]) => {
        const spread = spreadOf(times);
        return [name, formatSpread(spread, 'ms', 0), `${spread.min.toFixed(0)} ms`];
      });
      report.table(['command', 'median', 'best'], rows);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
});
