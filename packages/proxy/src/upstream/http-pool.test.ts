import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoarseTimers } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import type { ClientConnection, ClientConnectionHandler, ClientStream } from '../http/codec.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { BREAKER_STATS, CLUSTER_STATS } from './cluster-stats.ts';
import { type AttemptHandler, HttpPool } from './http-pool.ts';
import { DEFAULT_LIMITS, Resources } from './resources.ts';

/** A connection that carries one exchange at a time, which ends when the test says so. */
class OneStream implements ClientConnection {
  readonly #handler: ClientConnectionHandler;
  activeStreams = 0;
  isDraining = false;
  isClosed = false;

  constructor(handler: ClientConnectionHandler) {
    this.#handler = handler;
  }

  get freeStreams(): number {
    return this.isDraining ? 0 : 1 - this.activeStreams;
  }

  open(): ClientStream {
    this.activeStreams++;
    return {} as ClientStream;
  }

  end(): void {
    this.activeStreams--;
    if (this.isDraining) this.close();
    else this.#handler.onAvailable();
  }

  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#handler.onDraining();
    if (this.activeStreams === 0) this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#handler.onConnectionClose({ details: '', isRemote: false });
  }
}

function startPool({ maxConnections }: { maxConnections: number }) {
  const clock = new FakeClock();
  const attempts: AttemptHandler[] = [];
  const made: OneStream[] = [];
  const limits = { ...DEFAULT_LIMITS, maxConnections };
  const open = new Float64Array(BREAKER_STATS.numbers.length);
  const pool = new HttpPool({
    clock,
    timers: new CoarseTimers({ clock, tickMs: 10 }),
    counts: { activeConnections: 0, totalConnections: 0 },
    connect: (handler) => {
      attempts.push(handler);
      return { cancel: () => undefined };
    },
    resources: new Resources(limits, { open, remaining: undefined }),
    stats: new Float64Array(CLUSTER_STATS.numbers.length),
    options: {
      connectTimeoutMs: 1000,
      idleTimeoutMs: 0,
      maxConnectionDurationMs: 0,
      maxRequestsPerConnection: 0,
      expectedStreams: 1,
    },
  });
  const served: string[] = [];
  const ask = (name: string) =>
    pool.wait({
      onReady: (connection) => {
        served.push(name);
        connection.open({} as never);
      },
      onFailure: (kind) => served.push(`${name} ${kind}`),
    });
  /** The oldest attempt succeeds. */
  const connect = (): OneStream => {
    const attempt = attempts.shift();
    assert.ok(attempt, 'nobody connects');
    const connection = (handler: ClientConnectionHandler): OneStream => {
      const one = new OneStream(handler);
      made.push(one);
      return one;
    };
    attempt.onConnected(connection, {} as ConnectionInfo, false);
    return made.at(-1)!;
  };
  return { pool, attempts, served, ask, connect };
}

test('requests that wait when their host goes are still served, each connection ends with them', () => {
  const { pool, attempts, served, ask, connect } = startPool({ maxConnections: 10 });
  let isEmpty = false;
  ask('a');
  ask('b');
  pool.drain(() => (isEmpty = true));
  const [first, second] = [connect(), connect()];
  assert.deepEqual(served, ['a', 'b']);
  assert.deepEqual([first.isClosed, second.isClosed, isEmpty], [false, false, false]);
  first.end();
  second.end();
  assert.deepEqual([first.isClosed, second.isClosed, isEmpty, attempts.length], [true, true, true, 0]);
});

test('a connection that comes up when nobody waits any more, and the host has gone, closes', () => {
  const { pool, served, ask, connect } = startPool({ maxConnections: 10 });
  let isEmpty = false;
  const waiting = ask('a');
  assert.ok(waiting !== 'overflow');
  pool.drain(() => (isEmpty = true));
  waiting.cancel();
  assert.deepEqual([connect().isClosed, isEmpty, served], [true, true, []]);
});

test('requests that wait for the only connection of a host that goes get one of their own after it', () => {
  const { pool, served, ask, connect } = startPool({ maxConnections: 1 });
  let isEmpty = false;
  ask('a');
  const first = connect();
  ask('b');
  pool.drain(() => (isEmpty = true));
  first.end();
  assert.deepEqual([served, first.isClosed, isEmpty], [['a'], true, false]);
  connect().end();
  assert.deepEqual([served, isEmpty], [['a', 'b'], true]);
});
