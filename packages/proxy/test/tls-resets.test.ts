/** Connections that are reset, through two proxies with TLS between them: the reset comes through, and nobody else notices. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { eventuallyPasses, leakCheck, TestAuthority, within } from '@weft/testkit';
import {
  cluster,
  listener,
  type RunningProxy,
  startProxy,
  tcpProxy,
  tlsSocket,
} from '../src/test-support/start-proxy.ts';

leakCheck();

async function startPair(t: TestContext, serverPort: number): Promise<RunningProxy> {
  const authority = await TestAuthority.create();
  const own = await authority.server();
  const certificate = {
    certificate_chain: { inline_string: own.chainPem },
    private_key: { inline_string: own.keyPem.reveal() },
  };
  const far = await startProxy(t, {
    static_resources: {
      listeners: [
        listener('in', {
          filter_chains: [
            {
              transport_socket: tlsSocket({ common_tls_context: { tls_certificates: [certificate] } }),
              filters: [tcpProxy('server')],
            },
          ],
        }),
      ],
      clusters: [cluster('server', [serverPort])],
    },
  });
  const trust = { common_tls_context: { validation_context: { trusted_ca: { inline_string: authority.caPem } } } };
  return startProxy(t, {
    static_resources: {
      listeners: [listener('in', { filter_chains: [{ filters: [tcpProxy('far')] }] })],
      clusters: [cluster('far', [far.port('in')], { transport_socket: tlsSocket(trust, 'Upstream') })],
    },
  });
}

async function echo(t: TestContext): Promise<{ readonly port: number; readonly accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => socket.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of accepted) socket.destroy();
  });
  return { port: (server.address() as { port: number }).port, accepted };
}

async function hello(t: TestContext, proxy: RunningProxy): Promise<Socket> {
  const socket = connect({ port: proxy.port('in'), host: '127.0.0.1' });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  socket.write('hello');
  assert.equal(String(await within('the echo', once(socket, 'data'))), 'hello');
  return socket;
}

/** Resolves with the error, empty for none, that a connection ends with. */
function endOf(socket: Socket): Promise<string> {
  let code = '';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? '';
  });
  socket.resume();
  return within(
    'the end of the connection',
    new Promise((resolve) => {
      socket.on('close', () => resolve(code));
    }),
  );
}

it('resets of clients and servers come through TLS, and others go on', async (t) => {
  const { port, accepted } = await echo(t);
  const proxy = await startPair(t, port);
  const other = await hello(t, proxy);
  const first = await hello(t, proxy);
  const atServer = endOf(accepted[1]!);
  first.resetAndDestroy();
  assert.equal(await atServer, 'ECONNRESET');
  const second = await hello(t, proxy);
  const atClient = endOf(second);
  accepted[2]!.resetAndDestroy();
  assert.equal(await atClient, 'ECONNRESET');
  other.write('still here');
  assert.equal(String(await within('the echo', once(other, 'data'))), 'still here');
  other.destroy();
  await eventuallyPasses(() => assert.equal(proxy.stat('cluster.far.upstream_cx_active'), 0));
});
