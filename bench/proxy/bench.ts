import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { alternate } from '../lib/alternate.ts';
import { type BenchContext, defineBenchmark } from '../lib/benchmark.ts';
import { cpuMsOf, memoryOf } from '../lib/process-stats.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { missingPrograms, sendLoad, startApplication } from './load.ts';
import { findPeers, type Protocol, type ProxyPeer, speaks } from './peers.ts';
import type { Running } from './programs.ts';

const ROUNDS = 5;
const SECONDS = 4;
const WARM_UP_SECONDS = 6;
const APPLICATION_PORT = 18_801;
const FIRST_PORT = 18_810;

/** The whole proxy against others in the same run: CPU of the proxy's process for each request, on a core of its own. */
export default defineBenchmark({
  name: 'proxy',
  summary: 'CPU per proxied request, against nginx, HAProxy and Envoy',
  async run(context) {
    const missing = missingPrograms();
    if (missing !== undefined) throw new Error(`this benchmark cannot run here: ${missing}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const application = await startApplication(folder, APPLICATION_PORT);
    try {
      const peers = findPeers();
      for (const { name, version } of peers) if (version !== '') context.report.version(name, version);
      context.report.paragraph(
        `The proxy runs on one core, the load and an application that answers with 1 KB on another. Microseconds of CPU of the proxy's process for
each request, ${ROUNDS} rounds of ${SECONDS} seconds, the proxies in turns; the ratio is that of the medians to ours.`,
      );
      await compare('HTTP/1.1, 64 connections', 'http1', peers, folder, context);
      await compare('HTTP/2, 16 connections with 10 streams each', 'http2', peers, folder, context);
    } finally {
      application.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function compare(
  title: string,
  protocol: Protocol,
  all: readonly ProxyPeer[],
  folder: string,
  { report, log, signal }: BenchContext,
): Promise<void> {
  const upstream = protocol === 'http1' ? APPLICATION_PORT : APPLICATION_PORT + 1;
  const running = new Map<string, Running>();
  try {
    const peers = [];
    for (const [i, peer] of all.filter((each) => speaks(each, protocol)).entries()) {
      const port = FIRST_PORT + i;
      const proxy = await peer.start(folder, protocol, port, upstream);
      running.set(peer.name, proxy);
      log(`${title}: ${peer.name} warms up`);
      sendLoad(protocol, port, WARM_UP_SECONDS);
      peers.push({ name: peer.name, measure: () => Promise.resolve(cpuPerRequest(proxy, protocol, port)) });
    }
    log(`${title}: ${ROUNDS} rounds`);
    const results = await alternate(peers, ROUNDS, signal);
    const ours = spreadOf(results.get('weft') ?? []).median;
    report.heading(title);
    report.table(
      ['proxy', 'µs CPU per request', 'best', 'weft to this', 'RSS MB', 'private MB'],
      Array.from(results, ([name, values]) => {
        const spread = spreadOf(values);
        const { rssBytes, anonymousBytes } = memoryOf(running.get(name)!.pid);
        return [
          name,
          formatSpread(spread, 'µs'),
          spread.min.toFixed(1),
          (ours / spread.median).toFixed(2),
          Math.round(rssBytes / 1e6),
          Math.round(anonymousBytes / 1e6),
        ];
      }),
    );
  } finally {
    for (const proxy of running.values()) proxy.stop();
  }
}

function cpuPerRequest({ pid }: Running, protocol: Protocol, port: number): number {
  const before = cpuMsOf(pid);
  const requests = sendLoad(protocol, port, SECONDS);
  return ((cpuMsOf(pid) - before) * 1000) / requests;
}
