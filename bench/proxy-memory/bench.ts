import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineBenchmark } from '../lib/benchmark.ts';
import { type MemoryUse, memoryOf } from '../lib/process-stats.ts';
import { ANSWER_END, startApplication } from '../proxy/application.ts';
import { missingPrograms, sendHttp1 } from '../proxy/load.ts';
import type { ProxyPeer } from '../proxy/peers/peer.ts';
import { findPeers } from '../proxy/peers.ts';

const APPLICATION_PORT = 18_901;
const FIRST_PORT = 18_910;
const CONNECTIONS = 10_000;
/** Opened at a time: what waits to be accepted stays below every proxy's backlog. */
const WAVE = 100;
const REQUESTS = 1_000_000;
const LOAD_SECONDS = 10;
const LOAD_CONNECTIONS = 1000;

/** What a proxy holds in memory: at rest, with connections that do nothing, and after work. Arguments name the proxies; all without. */
export default defineBenchmark({
  name: 'proxy-memory',
  summary: 'Memory of the proxy: at rest, with 10,000 idle connections, after a million requests',
  async run({ report, args, log, signal }) {
    const missing = missingPrograms();
    if (missing !== undefined) throw new Error(`this benchmark cannot run here: ${missing}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const application = await startApplication(folder, APPLICATION_PORT);
    try {
      report.paragraph(
        `Each client connection has had one answer and is silent. A million requests come over ${LOAD_CONNECTIONS} connections.
RSS, and in brackets the private part of it, in MB.`,
      );
      report.isPartial = args.length > 0;
      const rows: (string | number)[][] = [];
      const peers = findPeers().filter(({ name }) => args.length === 0 || args.includes(name));
      for (const [i, peer] of peers.entries()) {
        signal.throwIfAborted();
        if (peer.version !== '') report.version(peer.name, peer.version);
        log(`${peer.name}: starts, ${CONNECTIONS} connections, ${REQUESTS} requests`);
        rows.push(await measure(peer, folder, FIRST_PORT + i));
      }
      report.table(['proxy', 'ready after ms', 'at rest', 'KB per idle connection', 'after the requests'], rows);
    } finally {
      application.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function measure(peer: ProxyPeer, folder: string, port: number): Promise<(string | number)[]> {
  const hop = { name: 'memory', port, downstream: 'http1', upstream: 'http1', upstreamPort: APPLICATION_PORT } as const;
  await peer.prepare?.(folder);
  const startedAt = performance.now();
  const proxy = await peer.start(folder, hop);
  try {
    const readyMs = Math.round(performance.now() - startedAt);
    await ask(port);
    const atRest = memoryOf(proxy.pid);
    const sockets = await openIdle(port);
    const held = memoryOf(proxy.pid);
    for (const socket of sockets) socket.destroy();
    let sent = 0;
    while (sent < REQUESTS) sent += sendHttp1(port, LOAD_SECONDS, { connections: LOAD_CONNECTIONS });
    const perConnection = (held.rssBytes - atRest.rssBytes) / CONNECTIONS / 1000;
    return [peer.name, readyMs, format(atRest), perConnection.toFixed(1), format(memoryOf(proxy.pid))];
  } finally {
    proxy.stop();
  }
}

function format({ rssBytes, anonymousBytes }: MemoryUse): string {
  return `${Math.round(rssBytes / 1e6)} (${Math.round(anonymousBytes / 1e6)})`;
}

async function openIdle(port: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < CONNECTIONS) {
    sockets.push(...(await Promise.all(Array.from({ length: WAVE }, () => ask(port)))));
  }
  return sockets;
}

/** A connection that has had one answer. */
function ask(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('GET / HTTP/1.1\r\nhost: app\r\n\r\n'));
    socket.once('error', reject);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (!received.endsWith(ANSWER_END)) return;
      socket.removeAllListeners('data');
      resolve(socket);
    });
  });
}
