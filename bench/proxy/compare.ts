import { alternate } from '../lib/alternate.ts';
import { cpuMsOf, memoryOf } from '../lib/process-stats.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import type { CaseContext } from './case.ts';
import type { Running } from './programs.ts';

/** Somebody who does the work of a case. */
export interface Contestant {
  readonly name: string;
  /** Starts its processes: all that there are between the load and the application. */
  start(port: number): Promise<readonly Running[]>;
  /** Sends the load for some seconds; how many requests were answered. */
  send(port: number, seconds: number): number;
}

/** How long a case takes. */
export interface Timing {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

const USUAL: Timing = { warmUpSeconds: 5, seconds: 3 };
/** Ports of a contestant: a pair needs two. */
const PORTS_EACH = 4;

/** Measures the CPU that contestants, the first of which is ours, take for each request, in turns; writes a table. */
export async function compareCpu(
  contestants: readonly Contestant[],
  context: CaseContext,
  timing: Timing = USUAL,
): Promise<void> {
  const { report, log, signal, firstPort, rounds } = context;
  const running = new Map<string, readonly Running[]>();
  try {
    const peers = [];
    for (const [i, contestant] of contestants.entries()) {
      signal.throwIfAborted();
      const { name } = contestant;
      const port = firstPort + i * PORTS_EACH;
      log(`  ${name} warms up`);
      const processes = await contestant.start(port);
      running.set(name, processes);
      contestant.send(port, timing.warmUpSeconds);
      peers.push({ name, measure: async () => cpuPerRequest(processes, () => contestant.send(port, timing.seconds)) });
    }
    log(`  ${rounds} rounds of ${timing.seconds} s`);
    const results = await alternate(peers, rounds, signal);
    for (const [name, values] of results) log(`  ${name}: ${formatSpread(spreadOf(values), 'µs')}`);
    const ours = spreadOf(results.get(contestants[0]!.name) ?? []).median;
    report.table(
      ['proxy', 'µs CPU per request', 'best', 'weft to this', 'RSS MB', 'private MB'],
      Array.from(results, ([name, values]) => {
        const spread = spreadOf(values);
        const ratio = (ours / spread.median).toFixed(2);
        return [name, formatSpread(spread, 'µs'), spread.min.toFixed(1), ratio, ...memoryCells(running.get(name)!)];
      }),
    );
  } finally {
    stopAll(running.values());
  }
}

/** The CPU that processes take for each of the requests that are sent, in microseconds. */
export function cpuPerRequest(processes: readonly Running[], send: () => number): number {
  const before = totalCpuMs(processes);
  const requests = send();
  return ((totalCpuMs(processes) - before) * 1000) / requests;
}

/** Ends processes at once. */
export function stopAll(groups: Iterable<readonly Running[]>): void {
  for (const group of groups) for (const each of group) each.stop();
}

function totalCpuMs(processes: readonly Running[]): number {
  return processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

function memoryCells(processes: readonly Running[]): readonly number[] {
  const uses = processes.map(({ pid }) => memoryOf(pid));
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return [
    megabytes(uses.reduce((sum, { rssBytes }) => sum + rssBytes, 0)),
    megabytes(uses.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0)),
  ];
}
