import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defineBenchmark } from '../lib/benchmark.ts';
import { memoryOf } from '../lib/process-stats.ts';
import { startApplication } from '../proxy/application.ts';
import { missingPrograms, sendHttp1 } from '../proxy/load.ts';
import type { ProxyPeer } from '../proxy/peers/peer.ts';
import { findPeers } from '../proxy/peers.ts';
import type { Running } from '../proxy/programs.ts';
import { formatMemory, growthRow, watchGrowth } from './growth.ts';
import { ask, openIdle } from './idle-clients.ts';

const APPLICATION_PORT = 18_901;
const FIRST_PORT = 18_910;
const CONNECTIONS = 10_000;
const REQUESTS = 1_000_000;
const LOAD_SECONDS = 10;
const LOAD_CONNECTIONS = 1000;

/** One thing to find out about each proxy. */
interface Measurement {
  readonly explanation: string;
  readonly columns: readonly string[];
  readonly of: (proxy: Running, port: number, readyMs: number) => Promise<readonly (string | number)[]>;
}

/**
 * What a proxy holds in memory: at rest, with connections that do nothing, and after work; or with `--minutes N`, while it works for so long.
 * Other arguments name the proxies; all without.
 */
export default defineBenchmark({
  name: 'proxy-memory',
  summary:
    'Memory of the proxy: at rest, with 10,000 idle connections, after a million requests; --minutes N: its growth',
  async run({ report, args, log, signal }) {
    const missing = missingPrograms();
    if (missing !== undefined) throw new Error(`this benchmark cannot run here: ${missing}`);
    const { names, minutes } = readArguments(args);
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const application = await startApplication(folder, APPLICATION_PORT);
    try {
      const measurement = minutes === undefined ? HOLDINGS : growthOver(minutes, log, signal);
      report.paragraph(`${measurement.explanation}\nRSS, and in brackets the private part of it, in MB.`);
      report.isPartial = args.length > 0;
      const rows: (string | number)[][] = [];
      const peers = findPeers().filter(({ name }) => names.length === 0 || names.includes(name));
      for (const [i, peer] of peers.entries()) {
        signal.throwIfAborted();
        if (peer.version !== '') report.version(peer.name, peer.version);
        log(`${peer.name}: starts`);
        rows.push([peer.name, ...(await measure(peer, folder, FIRST_PORT + i, measurement))]);
      }
      report.table(['proxy', ...measurement.columns], rows);
    } finally {
      application.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

function readArguments(args: readonly string[]): { readonly names: readonly string[]; readonly minutes?: number } {
  const options = { minutes: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.minutes === undefined) return { names: positionals };
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: is no number of minutes`);
  return { names: positionals, minutes };
}

async function measure(
  peer: ProxyPeer,
  folder: string,
  port: number,
  measurement: Measurement,
): Promise<readonly (string | number)[]> {
  const hop = { name: 'memory', port, downstream: 'http1', upstream: 'http1', upstreamPort: APPLICATION_PORT } as const;
  await peer.prepare?.(folder);
  const startedAt = performance.now();
  const proxy = await peer.start(folder, hop);
  try {
    const readyMs = Math.round(performance.now() - startedAt);
    (await ask(port)).destroy();
    return await measurement.of(proxy, port, readyMs);
  } finally {
    proxy.stop();
  }
}

const HOLDINGS: Measurement = {
  explanation: `Each client connection has had one answer and is silent. A million requests come over ${LOAD_CONNECTIONS} connections.`,
  columns: ['ready after ms', 'at rest', 'KB per idle connection', 'after the requests'],
  of: async ({ pid }, port, readyMs) => {
    const atRest = memoryOf(pid);
    const sockets = await openIdle(port, CONNECTIONS);
    const held = memoryOf(pid);
    for (const socket of sockets) socket.destroy();
    let sent = 0;
    while (sent < REQUESTS) sent += sendHttp1(port, LOAD_SECONDS, { connections: LOAD_CONNECTIONS });
    const perConnection = (held.rssBytes - atRest.rssBytes) / CONNECTIONS / 1000;
    return [readyMs, formatMemory(atRest), perConnection.toFixed(1), formatMemory(memoryOf(pid))];
  },
};

function growthOver(minutes: number, log: (text: string) => void, signal: AbortSignal): Measurement {
  return {
    explanation: `${minutes} minutes of load over ${LOAD_CONNECTIONS} connections, which are new every ${LOAD_SECONDS} seconds.`,
    columns: ['requests', 'at the first look', 'in the middle', 'at the end', 'KB more each minute of the second half'],
    of: async ({ pid }, port) => growthRow(watchGrowth({ pid, port, minutes, log, signal })),
  };
}
