import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { alternate } from '../lib/alternate.ts';
import { type BenchContext, defineBenchmark } from '../lib/benchmark.ts';
import { cpuMsOf, memoryOf } from '../lib/process-stats.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { type Identities, writeIdentities } from '../proxy/certificates.ts';
import type { Running } from '../proxy/programs.ts';
import { LARGE_BYTES, missingPrograms, sendLoad, startApplication } from './ends.ts';
import type { TcpPeer } from './hop.ts';
import { findPeers } from './peers.ts';

const ROUNDS = 5;
const SECONDS = 2;
const WARM_UP_SECONDS = 3;
const APPLICATION_PORT = 19_151;
const FIRST_PORT = 19_160;
/** A pair needs two. */
const PORTS_EACH = 2;
/** Those of processes that are ending are not free yet. */
const PORTS_PER_CASE = 16;

/** Somebody who does the work of a case. */
interface Contestant {
  readonly name: string;
  /** Starts its processes on this port, and those behind it. */
  start(port: number): Promise<readonly Running[]>;
}

interface Case {
  readonly title: string;
  readonly text: string;
  /** What the CPU is divided by, for each request. */
  readonly unit: { readonly name: string; readonly perRequest: number };
  readonly connections: number;
  readonly target: string;
  readonly contestants: readonly Contestant[];
}

/** tcp_proxy against others in the same run: CPU of the proxies' processes for each message, on a core of their own. */
export default defineBenchmark({
  name: 'tcp',
  summary: 'CPU per message through TCP proxies, against HAProxy, nginx and Envoy, and through tunnels',
  async run(context) {
    const missing = missingPrograms();
    if (missing !== undefined) throw new Error(`this benchmark cannot run here: ${missing}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const application = await startApplication(folder, APPLICATION_PORT);
    try {
      const peers = findPeers();
      for (const { name, version } of peers) if (version !== '') context.report.version(name, version);
      context.report.paragraph(
        `The proxies run on one core, the load and an application on another. A message is a request of some fifty bytes and its answer, both opaque to the
proxy. Medians of ${ROUNDS} rounds of ${SECONDS} seconds, the proxies in turns; the ratio is that of our median to theirs.`,
      );
      const cases = casesOf(peers, folder, await writeIdentities(folder));
      for (const [i, each] of cases.entries()) await compare(each, FIRST_PORT + i * PORTS_PER_CASE, context);
    } finally {
      application.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

function casesOf(peers: readonly TcpPeer[], folder: string, identities: Identities): readonly Case[] {
  const singles = peers.map((peer): Contestant => ({ name: peer.name, start: (port) => single(peer, folder, port) }));
  const pairs = peers.map(
    (peer): Contestant => ({
      name: `${peer.name}, a connection each`,
      start: (port) => pair(peer, folder, port, identities, false),
    }),
  );
  const tunnels = peers
    .filter(({ name }) => name === 'weft' || name === 'envoy')
    .map(
      (peer): Contestant => ({
        name: `${peer.name}, tunnels in shared HTTP/2`,
        start: (port) => pair(peer, folder, port, identities, true),
      }),
    );
  const message = { name: 'µs CPU per message', perRequest: 1 };
  const megabyte = { name: 'µs CPU per MB', perRequest: LARGE_BYTES / 1e6 };
  const isPair = 'Both proxies together; mutual TLS 1.3 between them.';
  return [
    {
      title: 'Small messages',
      text: '64 connections.',
      unit: message,
      connections: 64,
      target: '/',
      contestants: singles,
    },
    {
      title: 'Bulk',
      text: '8 connections, answers of 4 MB.',
      unit: megabyte,
      connections: 8,
      target: '/large',
      contestants: singles,
    },
    {
      title: 'Small messages over mutual TLS',
      text: `64 connections. ${isPair}`,
      unit: message,
      connections: 64,
      target: '/',
      contestants: [...tunnels.slice(0, 1), ...pairs, ...tunnels.slice(1)],
    },
  ];
}

async function single(peer: TcpPeer, folder: string, port: number): Promise<readonly Running[]> {
  return [await peer.start(folder, { name: 'single', port, upstreamPort: APPLICATION_PORT })];
}

async function pair(
  peer: TcpPeer,
  folder: string,
  port: number,
  { client, server }: Identities,
  isTunnel: boolean,
): Promise<readonly Running[]> {
  const inner = port + 1;
  const far = await peer.start(folder, {
    name: `far-${port}`,
    port: inner,
    upstreamPort: APPLICATION_PORT,
    downstreamTls: server,
    ...(isTunnel ? { tunnel: 'ends' } : {}),
  });
  const near = await peer.start(folder, {
    name: `near-${port}`,
    port,
    upstreamPort: inner,
    upstreamTls: client,
    ...(isTunnel ? { tunnel: 'begins' } : {}),
  });
  return [near, far];
}

async function compare(given: Case, firstPort: number, { report, log, signal }: BenchContext): Promise<void> {
  const { title, text, unit, connections, target, contestants } = given;
  const running = new Map<string, readonly Running[]>();
  try {
    const peers = [];
    for (const [i, contestant] of contestants.entries()) {
      const { name } = contestant;
      const port = firstPort + i * PORTS_EACH;
      log(`${title}: ${name} warms up`);
      const processes = await contestant.start(port);
      running.set(name, processes);
      sendLoad(port, WARM_UP_SECONDS, connections, target);
      const measure = () => {
        const before = cpuOf(processes);
        const requests = sendLoad(port, SECONDS, connections, target);
        return Promise.resolve(((cpuOf(processes) - before) * 1000) / (requests * unit.perRequest));
      };
      peers.push({ name, measure });
    }
    log(`${title}: ${ROUNDS} rounds`);
    const results = await alternate(peers, ROUNDS, signal);
    const ours = spreadOf(results.get(contestants[0]!.name) ?? []).median;
    report.heading(title);
    report.paragraph(text);
    report.table(
      ['proxy', unit.name, 'best', 'weft to this', 'RSS MB'],
      Array.from(results, ([name, values]) => {
        const spread = spreadOf(values);
        const rssBytes = running.get(name)!.reduce((sum, { pid }) => sum + memoryOf(pid).rssBytes, 0);
        const ratio = (ours / spread.median).toFixed(2);
        return [name, formatSpread(spread, 'µs'), spread.min.toFixed(1), ratio, Math.round(rssBytes / 1e6)];
      }),
    );
  } finally {
    for (const processes of running.values()) for (const each of processes) each.stop();
  }
}

function cpuOf(processes: readonly Running[]): number {
  return processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}
