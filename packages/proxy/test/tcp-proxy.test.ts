/** tcp_proxy over real sockets: both directions, half-close, resets, limits and timeouts. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { eventuallyPasses, FakeClock, freePort, leakCheck, within } from '@weft/testkit';
import { cluster, listener, type RunningProxy, startProxy, tcpProxy } from '../src/test-support/start-proxy.ts';
import { halfOpenClient, halfOpenServer, readToEnd } from '../src/test-support/tcp-peers.ts';

leakCheck();

function bootstrap(port: number, parts: object = {}, clusterParts: Readonly<Record<string, unknown>> = {}) {
  return {
    static_resources: {
      listeners: [listener('in', { filter_chains: [{ filters: [tcpProxy('up', { ...parts })] }] })],
      clusters: [cluster('up', [port], clusterParts)],
    },
  };
}

async function isIdle(proxy: RunningProxy): Promise<void> {
  await eventuallyPasses(() => {
    assert.equal(proxy.stat('cluster.up.upstream_cx_active'), 0);
    assert.equal(proxy.stat('listener.in.downstream_cx_active'), 0);
  });
}

describe('tcp_proxy', () => {
  it('passes bytes both ways, counts them, and lets each side end by itself', async (t) => {
    const port = await halfOpenServer(t, async (socket) => {
      const all = await readToEnd(socket);
      // Only now, after the client has ended its half.
      socket.end(Buffer.concat([Buffer.from('got '), all]));
    });
    const proxy = await startProxy(t, bootstrap(port));
    const socket = await halfOpenClient(t, proxy.port('in'));
    socket.end('hello');
    assert.equal((await readToEnd(socket)).toString(), 'got hello');
    await isIdle(proxy);
    assert.equal(proxy.stat('tcp.tcp.downstream_cx_total'), 1);
    assert.equal(proxy.stat('tcp.tcp.downstream_cx_rx_bytes_total'), 5);
    assert.equal(proxy.stat('tcp.tcp.downstream_cx_tx_bytes_total'), 9);
    assert.equal(proxy.stat('cluster.up.upstream_cx_tx_bytes_total'), 5);
    assert.equal(proxy.stat('cluster.up.upstream_cx_rx_bytes_total'), 9);
    assert.equal(proxy.stat('cluster.up.upstream_cx_total'), 1);
    assert.equal(proxy.stat('listener.in.downstream_cx_total'), 1);
    assert.equal(proxy.stat('listener.in.downstream_cx_destroy'), 1);
  });

  it('lets the server speak first and end first', async (t) => {
    const port = await halfOpenServer(t, (socket) => {
      socket.end('banner');
      socket.resume();
    });
    const proxy = await startProxy(t, bootstrap(port));
    const socket = await halfOpenClient(t, proxy.port('in'));
    assert.equal((await readToEnd(socket)).toString(), 'banner');
    socket.write('still here');
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.up.upstream_cx_tx_bytes_total'), 10));
    socket.end();
    await isIdle(proxy);
  });

  it('carries large streams both ways at once, whatever the pace of the readers', async (t) => {
    const size = 24 * 1024 * 1024;
    const sent = randomBytes(size);
    const digest = createHash('sha256').update(sent).digest('hex');
    const port = await halfOpenServer(t, (socket) => {
      socket.pipe(socket);
    });
    const proxy = await startProxy(t, bootstrap(port));
    const socket = await halfOpenClient(t, proxy.port('in'));
    const hash = createHash('sha256');
    let received = 0;
    socket.on('data', (bytes: Buffer) => {
      hash.update(bytes);
      received += bytes.length;
      // Every now and then this reader stops, so that the proxy has to stop too.
      if (received % 7 !== 0) return;
      socket.pause();
      setImmediate(() => socket.resume());
    });
    socket.end(sent);
    await within('all of it', once(socket, 'end'), 30_000);
    assert.equal(received, size);
    assert.equal(hash.digest('hex'), digest);
    await isIdle(proxy);
  });

  it('stops reading from a side whose other side does not take any more', async (t) => {
    let accepted: Socket | undefined;
    const port = await halfOpenServer(t, (socket) => {
      accepted = socket;
      socket.pause();
    });
    const proxy = await startProxy(t, bootstrap(port));
    const socket = await halfOpenClient(t, proxy.port('in'));
    const piece = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 64; i++) socket.write(piece);
    await eventuallyPasses(() =>
      assert.ok((proxy.stat('tcp.tcp.downstream_flow_control_paused_reading_total') ?? 0) > 0),
    );
    // What is held is bounded: far less than was written has been read.
    assert.ok((proxy.stat('tcp.tcp.downstream_cx_rx_bytes_total') ?? 0) < 48 * 1024 * 1024);
    accepted?.resume();
    socket.end();
    accepted?.on('end', () => accepted?.end());
    await eventuallyPasses(() => assert.equal(proxy.stat('tcp.tcp.downstream_cx_rx_bytes_total'), 64 * 1024 * 1024));
    await isIdle(proxy);
  });

  it('hands resets on, in both directions', async (t) => {
    const accepted: Socket[] = [];
    const ends: string[] = [];
    const port = await halfOpenServer(t, (socket) => {
      accepted.push(socket);
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
      socket.resume();
    });
    const proxy = await startProxy(t, bootstrap(port));
    const first = await halfOpenClient(t, proxy.port('in'));
    first.write('x');
    await eventuallyPasses(() => assert.equal(accepted.length, 1));
    first.resetAndDestroy();
    await eventuallyPasses(() => assert.deepEqual(ends, ['ECONNRESET']));
    const second = await halfOpenClient(t, proxy.port('in'));
    const failed = new Promise<void>((resolve) => {
      second.on('close', () => resolve());
    });
    const errors: string[] = [];
    second.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
    second.resume();
    second.write('x');
    await eventuallyPasses(() => assert.equal(accepted.length, 2));
    accepted[1]!.resetAndDestroy();
    await within('the reset', failed);
    assert.deepEqual(errors, ['ECONNRESET']);
    await isIdle(proxy);
  });

  it('tries as often as it may, then closes the connection', async (t) => {
    const dead = await freePort();
    const proxy = await startProxy(t, bootstrap(dead, { max_connect_attempts: 3 }));
    const socket = await halfOpenClient(t, proxy.port('in'));
    assert.equal((await readToEnd(socket)).length, 0);
    await isIdle(proxy);
    assert.equal(proxy.stat('cluster.up.upstream_cx_connect_fail'), 3);
    assert.equal(proxy.stat('cluster.up.upstream_cx_connect_attempts_exceeded'), 1);
  });

  it('goes to another host when one cannot be reached', async (t) => {
    const dead = await freePort();
    const port = await halfOpenServer(t, (socket) => socket.end('alive'));
    const parts = bootstrap(port, { max_connect_attempts: 2 });
    parts.static_resources.clusters = [cluster('up', [dead, port])];
    const proxy = await startProxy(t, parts);
    for (let i = 0; i < 4; i++) {
      const socket = await halfOpenClient(t, proxy.port('in'));
      assert.equal((await readToEnd(socket)).toString(), 'alive');
      socket.end();
    }
    await isIdle(proxy);
  });

  it('closes connections for which there is no cluster, no host, or no room', async (t) => {
    const port = await halfOpenServer(t, (socket) => {
      socket.resume();
      socket.on('end', () => socket.end());
    });
    const limits = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };
    const data = bootstrap(port, {}, limits);
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          ...data.static_resources.listeners,
          listener('empty', { filter_chains: [{ filters: [tcpProxy('empty')] }] }),
        ],
        clusters: [...data.static_resources.clusters, cluster('empty', [])],
      },
    });
    const empty = await halfOpenClient(t, proxy.port('empty'));
    assert.equal((await readToEnd(empty)).length, 0);
    assert.equal(proxy.stat('cluster.empty.upstream_cx_none_healthy'), 1);
    const first = await halfOpenClient(t, proxy.port('in'));
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.up.upstream_cx_active'), 1));
    const second = await halfOpenClient(t, proxy.port('in'));
    assert.equal((await readToEnd(second)).length, 0);
    assert.equal(proxy.stat('cluster.up.upstream_cx_overflow'), 1);
    first.destroy();
    await isIdle(proxy);
  });

  it('spreads connections by weight', async (t) => {
    const counts = [0, 0];
    const ports = await Promise.all([0, 1].map((i) => halfOpenServer(t, (socket) => socket.end(String(counts[i]!++)))));
    const weighted = {
      clusters: [
        { name: 'a', weight: 3 },
        { name: 'b', weight: 1 },
      ],
    };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            filter_chains: [{ filters: [tcpProxy(undefined, { weighted_clusters: weighted })] }],
          }),
        ],
        clusters: [cluster('a', [ports[0]!]), cluster('b', [ports[1]!])],
      },
    });
    for (let i = 0; i < 80; i++) {
      const socket = await halfOpenClient(t, proxy.port('in'));
      socket.end();
      await readToEnd(socket);
    }
    assert.equal(counts[0]! + counts[1]!, 80);
    assert.ok(counts[0]! > counts[1]! && counts[1]! > 0, counts.join(' '));
  });

  it('ends connections that are idle, and those that have lasted too long', async (t) => {
    const clock = new FakeClock();
    const port = await halfOpenServer(t, (socket) => socket.pipe(socket));
    const proxy = await startProxy(
      t,
      bootstrap(port, { idle_timeout: '10s', max_downstream_connection_duration: '30s' }),
      { clock },
    );
    const idle = await halfOpenClient(t, proxy.port('in'));
    idle.write('a');
    await once(idle, 'data');
    const ended = readToEnd(idle);
    clock.advance(9000);
    assert.equal(proxy.stat('tcp.tcp.idle_timeout'), 0);
    clock.advance(1100);
    await ended;
    assert.equal(proxy.stat('tcp.tcp.idle_timeout'), 1);
    const busy = await halfOpenClient(t, proxy.port('in'));
    for (let i = 0; i < 5; i++) {
      busy.write('a');
      await once(busy, 'data');
      clock.advance(5900);
    }
    const over = readToEnd(busy);
    clock.advance(1000);
    await over;
    assert.equal(proxy.stat('tcp.tcp.idle_timeout'), 1);
    assert.equal(proxy.stat('tcp.tcp.max_downstream_connection_duration'), 1);
    await isIdle(proxy);
  });
});
