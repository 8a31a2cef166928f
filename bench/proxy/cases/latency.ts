import { alternate } from '../../lib/alternate.ts';
import { formatSpread, quantile, spreadOf } from '../../lib/stats.ts';
import type { CaseContext, ProxyCase } from '../case.ts';
import { type Contestant, cpuPerRequest, stopAll } from '../compare.ts';
import { mutualTlsPairs } from '../contestants.ts';
import { sendHttp1, sendSteadily } from '../load.ts';
import type { Running } from '../programs.ts';

const RATE_PER_SECOND = 1000;
const SECONDS = 3;
const WARM_UP_SECONDS = 4;
const PORTS_EACH = 4;

/** What one round tells. */
interface Round {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly cpuUs: number;
}

/** What a pair of proxies adds to the time of a request while there is little to do. */
export const latency: ProxyCase = {
  name: 'latency',
  title: `A pair with mutual TLS between: ${RATE_PER_SECOND} requests a second`,
  text: `The pairs of above with a steady load over 16 connections; what they add to the time that the application takes by itself. To reach: not more
than the nginx pair.`,
  run: async (context) => {
    const direct = context.application.http1Port;
    const contestants = mutualTlsPairs(context, sendHttp1);
    const running = new Map<string, readonly Running[]>();
    try {
      const peers = [{ name: 'no proxy', measure: async () => measure(direct, [], context) }];
      for (const [i, contestant] of contestants.entries()) {
        const port = context.firstPort + i * PORTS_EACH;
        const processes = await startWarm(contestant, port, context);
        running.set(contestant.name, processes);
        peers.push({ name: contestant.name, measure: async () => measure(port, processes, context) });
      }
      context.log(`  ${context.rounds} rounds of ${SECONDS} s`);
      writeTable(await alternate(peers, context.rounds, context.signal), context);
    } finally {
      stopAll(running.values());
    }
  },
};

async function startWarm(contestant: Contestant, port: number, { log, signal }: CaseContext) {
  signal.throwIfAborted();
  log(`  ${contestant.name} warms up`);
  const processes = await contestant.start(port);
  contestant.send(port, WARM_UP_SECONDS);
  return processes;
}

function measure(port: number, processes: readonly Running[], { folder }: CaseContext): Round {
  let times: readonly number[] = [];
  const cpuUs = cpuPerRequest(processes, () => {
    times = sendSteadily(port, SECONDS, RATE_PER_SECOND, folder);
    return times.length;
  });
  const sorted = [...times].sort((a, b) => a - b);
  return { p50Us: quantile(sorted, 0.5), p99Us: quantile(sorted, 0.99), cpuUs };
}

function writeTable(results: ReadonlyMap<string, readonly Round[]>, { report }: CaseContext): void {
  const [direct] = results.values();
  const medianOf = (rounds: readonly Round[], pick: (round: Round) => number) => spreadOf(rounds.map(pick)).median;
  const p50 = medianOf(direct ?? [], ({ p50Us }) => p50Us);
  const p99 = medianOf(direct ?? [], ({ p99Us }) => p99Us);
  report.table(
    ['proxies', 'p50', 'p99', 'added p50 µs', 'added p99 µs', 'µs CPU per request'],
    Array.from(results, ([name, rounds]) => [
      name,
      formatSpread(spreadOf(rounds.map(({ p50Us }) => p50Us)), 'µs', 0),
      formatSpread(spreadOf(rounds.map(({ p99Us }) => p99Us)), 'µs', 0),
      Math.round(medianOf(rounds, ({ p50Us }) => p50Us) - p50),
      Math.round(medianOf(rounds, ({ p99Us }) => p99Us) - p99),
      formatSpread(spreadOf(rounds.map(({ cpuUs }) => cpuUs)), 'µs'),
    ]),
  );
}
