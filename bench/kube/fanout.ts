/** How long it takes until one change has reached 1,000 watchers. */
import { quantile } from '../lib/stats.ts';
import { COLLECTION, virtualServiceBody } from './objects.ts';
import { RawClient } from './raw-client.ts';
import type { BenchServer } from './server.ts';

/** Latencies over all watchers and changes. */
export interface FanOut {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const OPEN_AT_ONCE = 50;

/** Opens watchers, makes changes one after the other and times each arrival. */
export async function measureFanOut(server: BenchServer, watchers: number, changes: number): Promise<FanOut> {
  const arrivals: number[] = [];
  let sentAt = 0;
  let marker = '';
  let seen = 0;
  let allSeen = Promise.withResolvers<void>();
  const onChunk = (chunk: Buffer): void => {
    if (marker === '' || chunk.indexOf(marker) < 0) return;
    arrivals.push(performance.now() - sentAt);
    if (++seen === watchers) allSeen.resolve();
  };
  const connections = await openWatchers(server, watchers, onChunk);
  const writer = await RawClient.open(server.credentials);
  for (let i = 0; i < changes; i++) {
    const name = `fanout-${process.pid}-${i}`;
    seen = 0;
    allSeen = Promise.withResolvers();
    marker = `"name":"${name}"`;
    sentAt = performance.now();
    const answer = await writer.request('POST', COLLECTION, virtualServiceBody(name, 1));
    if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.body}`);
    await allSeen.promise;
  }
  for (const connection of [...connections, writer]) connection.close();
  arrivals.sort((a, b) => a - b);
  return { p50Ms: quantile(arrivals, 0.5), p99Ms: quantile(arrivals, 0.99), maxMs: arrivals.at(-1)! };
}

async function openWatchers(
  server: BenchServer,
  count: number,
  onChunk: (chunk: Buffer) => void,
): Promise<RawClient[]> {
  const connections: RawClient[] = [];
  const path = `${COLLECTION}?watch=true&resourceVersion=${await currentRevision(server)}`;
  while (connections.length < count) {
    const batch = Array.from({ length: Math.min(OPEN_AT_ONCE, count - connections.length) }, () =>
      RawClient.open(server.credentials),
    );
    for (const client of await Promise.all(batch)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let isHead = true;
      client.watch(path, (chunk) => {
        if (isHead) resolve();
        isHead = false;
        onChunk(chunk);
      });
      await promise;
      connections.push(client);
    }
  }
  return connections;
}

async function currentRevision(server: BenchServer): Promise<string> {
  const client = await RawClient.open(server.credentials);
  const { body } = await client.request('GET', `${COLLECTION}?limit=1`);
  client.close();
  return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}
