/** Connections that break off, lie, or hang, at every step on their way: the proxy counts them, forgets them, and serves everybody else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventuallyPasses, leakCheck, seededRandom, TestAuthority, within } from '@weft/testkit';
import {
  cluster,
  listener,
  listenerFilter,
  type RunningProxy,
  startProxy,
  TLS_INSPECTOR_FILTER,
  tcpProxy,
  tlsSocket,
} from '../src/test-support/start-proxy.ts';
import { halfOpenServer, tcpClient } from '../src/test-support/tcp-peers.ts';

leakCheck();

async function dial(t: TestContext, port: number): Promise<Socket> {
  return (await tcpClient(t, port)).resume();
}

/** The first bytes that a TLS client sends. */
async function clientHello(t: TestContext): Promise<Buffer> {
  const first = Promise.withResolvers<Buffer>();
  const port = await halfOpenServer(t, (socket) => socket.once('data', (bytes: Buffer) => first.resolve(bytes)));
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'some.test' });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  return within('the ClientHello', first.promise);
}

async function start(t: TestContext): Promise<{ proxy: RunningProxy; ca: string }> {
  const authority = await TestAuthority.create();
  const own = await authority.server();
  const echo = await halfOpenServer(t, (socket) => socket.pipe(socket));
  const chain = {
    transport_socket: tlsSocket({
      common_tls_context: {
        tls_certificates: [
          { certificate_chain: { inline_string: own.chainPem }, private_key: { inline_string: own.keyPem.reveal() } },
        ],
      },
    }),
    filters: [tcpProxy('echo')],
  };
  const proxy = await startProxy(t, {
    static_resources: {
      listeners: [
        listener('in', {
          listener_filters: [
            listenerFilter('proxy', 'proxy_protocol.v3.ProxyProtocol', { allow_requests_without_proxy_protocol: true }),
            TLS_INSPECTOR_FILTER,
          ],
          filter_chains: [chain],
        }),
      ],
      clusters: [cluster('echo', [echo])],
    },
  });
  return { proxy, ca: authority.caPem };
}

/** Somebody honest is served all the same. */
async function isServed(t: TestContext, port: number, ca: string): Promise<void> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca });
  t.after(() => socket.destroy());
  socket.write('ping');
  const [bytes] = (await within('the echo', once(socket, 'data'))) as [Buffer];
  assert.equal(bytes.toString(), 'ping');
  socket.destroy();
}

async function isForgotten(proxy: RunningProxy): Promise<void> {
  await eventuallyPasses(() => {
    for (const gauge of ['downstream_cx_active', 'downstream_pre_cx_active']) {
      assert.equal(proxy.stat(`listener.in.${gauge}`), 0, gauge);
    }
    assert.equal(proxy.stat('cluster.echo.upstream_cx_active'), 0);
  });
}

describe('connections that go wrong', () => {
  it('break off or are reset after any number of bytes of a handshake', async (t) => {
    const { proxy, ca } = await start(t);
    const port = proxy.port('in');
    const hello = Buffer.concat([Buffer.from('PROXY UNKNOWN\r\n'), await clientHello(t)]);
    const random = seededRandom(7);
    const sockets = await Promise.all(Array.from({ length: 60 }, () => dial(t, port)));
    for (const [i, socket] of sockets.entries()) {
      socket.write(hello.subarray(0, Math.floor(random.next() * (hello.length + 1))));
      if (i % 3 === 0) socket.resetAndDestroy();
      else if (i % 3 === 1) socket.end();
    }
    await isServed(t, port, ca);
    for (const socket of sockets) socket.destroy();
    await isForgotten(proxy);
  });

  it('carry bytes that are changed at random', async (t) => {
    const { proxy, ca } = await start(t);
    const port = proxy.port('in');
    const hello = await clientHello(t);
    const random = seededRandom(11);
    const sockets = await Promise.all(Array.from({ length: 60 }, () => dial(t, port)));
    for (const socket of sockets) {
      const bytes = Buffer.from(hello);
      for (let i = 0; i < 3; i++) bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      socket.write(bytes);
    }
    await isServed(t, port, ca);
    for (const socket of sockets) socket.end();
    await eventuallyPasses(() => assert.ok(sockets.every((socket) => socket.destroyed || socket.readableEnded)));
    await isForgotten(proxy);
  });

  it('meet an upstream that resets, hangs up or talks nonsense where TLS is due', async (t) => {
    let turn = 0;
    const upstream = await halfOpenServer(t, (socket) => {
      const act = turn++ % 3;
      socket.once('data', () => {
        if (act === 0) socket.resetAndDestroy();
        else if (act === 1) socket.destroy();
        else socket.end('220 welcome to a mail server\r\n');
      });
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [listener('in', { filter_chains: [{ filters: [tcpProxy('echo')] }] })],
        clusters: [
          cluster('echo', [upstream], { transport_socket: tlsSocket({ common_tls_context: {} }, 'Upstream') }),
        ],
      },
    });
    for (let i = 0; i < 9; i++) {
      const socket = await dial(t, proxy.port('in'));
      await within('the end', new Promise<void>((resolve) => socket.on('close', () => resolve())));
    }
    assert.equal(proxy.stat('cluster.echo.upstream_cx_connect_fail'), 9);
    assert.equal(proxy.stat('cluster.echo.ssl.connection_error'), 9);
    await isForgotten(proxy);
  });

  it('hang in the middle of a handshake with an upstream for as long as they may', async (t) => {
    const upstream = await halfOpenServer(t, (socket) => socket.resume());
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [listener('in', { filter_chains: [{ filters: [tcpProxy('echo')] }] })],
        clusters: [
          cluster('echo', [upstream], {
            connect_timeout: '0.2s',
            transport_socket: tlsSocket({ common_tls_context: {} }, 'Upstream'),
          }),
        ],
      },
    });
    const socket = await dial(t, proxy.port('in'));
    await within('the end', new Promise<void>((resolve) => socket.on('close', () => resolve())));
    assert.equal(proxy.stat('cluster.echo.upstream_cx_connect_timeout'), 1);
    await isForgotten(proxy);
  });
});
