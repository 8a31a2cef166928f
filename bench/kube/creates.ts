/** Durable creates a second, with 32 clients. */
import { cpuMsOf } from '../lib/process-stats.ts';
import { COLLECTION, virtualServiceBody } from './objects.ts';
import { RawClient } from './raw-client.ts';
import type { BenchServer } from './server.ts';

/** What a run of creates gave. */
export interface CreateRate {
  readonly perSecond: number;
  /** CPU of the server for one create. */
  readonly cpuMicros: number;
}

/** Creates `count` objects named from `prefix`. */
export async function measureCreates(
  server: BenchServer,
  prefix: string,
  count: number,
  clients = 32,
): Promise<CreateRate> {
  const connections = await Promise.all(Array.from({ length: clients }, () => RawClient.open(server.credentials)));
  const bodies = Array.from({ length: count }, (_, i) => virtualServiceBody(`${prefix}-${i}`));
  const cpuBefore = cpuMsOf(server.pid);
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const { status, body } = await connection.request('POST', COLLECTION, bodies[next++]!);
        if (status !== 201) throw new Error(`create answered ${status}: ${body}`);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuMicros = ((cpuMsOf(server.pid) - cpuBefore) * 1000) / count;
  for (const connection of connections) connection.close();
  return { perSecond: count / seconds, cpuMicros };
}
