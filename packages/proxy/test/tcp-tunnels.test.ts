/** tcp_proxy through requests: a proxy that makes tunnels, another one that ends them, and a server of TCP behind it. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, FakeClock, leakCheck, TestAuthority, type TestCertificate, within } from '@weft/testkit';
import {
  cluster,
  listener,
  type RunningProxy,
  startProxy,
  tcpProxy,
  tlsSocket,
} from '../src/test-support/start-proxy.ts';
import { halfOpenClient, halfOpenServer, readToEnd } from '../src/test-support/tcp-peers.ts';

leakCheck();

interface TunnelOptions {
  readonly protocol: 'http1' | 'http2';
  readonly tunnel?: Readonly<Record<string, unknown>>;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Of the proxy that makes the tunnels. */
  readonly clock?: FakeClock;
}

function manager() {
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'http',
      http2_protocol_options: { allow_connect: true },
      upgrade_configs: [{ upgrade_type: 'CONNECT' }],
      route_config: {
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ connect_matcher: {} }, { prefix: '/' }].map((match) => ({
              match,
              route: {
                cluster: 'app',
                timeout: '0s',
                upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: { allow_post: true } }],
              },
            })),
          },
        ],
      },
      http_filters: [
        {
          name: 'router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    },
  };
}

function tlsOf(authority: TestAuthority, own: TestCertificate, role: 'Downstream' | 'Upstream', protocol: string) {
  const context = {
    alpn_protocols: [protocol === 'http2' ? 'h2' : 'http/1.1'],
    tls_certificates: [
      { certificate_chain: { inline_string: own.chainPem }, private_key: { inline_string: own.keyPem.reveal() } },
    ],
    validation_context: {
      trusted_ca: { inline_string: authority.caPem },
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/ns/' } }],
    },
  };
  const required = role === 'Downstream' ? { require_client_certificate: true } : {};
  return { transport_socket: tlsSocket({ ...required, common_tls_context: context }, role) };
}

function httpOptions(protocol: 'http1' | 'http2') {
  const options = protocol === 'http2' ? { http2_protocol_options: {} } : { http_protocol_options: {} };
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: options,
      },
    },
  };
}

/** Two proxies in front of a server, with mutual TLS between them. */
async function startPair(
  t: TestContext,
  appPort: number,
  { protocol, tunnel = {}, more = {}, clock }: TunnelOptions,
): Promise<{ readonly near: RunningProxy; readonly far: RunningProxy }> {
  const authority = await TestAuthority.create();
  const [a, b] = await Promise.all([authority.workload('a', 'client'), authority.workload('b', 'server')]);
  const far = await startProxy(t, {
    static_resources: {
      listeners: [
        listener('in', { filter_chains: [{ ...tlsOf(authority, b, 'Downstream', protocol), filters: [manager()] }] }),
      ],
      clusters: [cluster('app', [appPort])],
    },
  });
  const tunneling = { hostname: 'app.local:80', ...tunnel };
  const near = await startProxy(
    t,
    {
      static_resources: {
        listeners: [
          listener('in', { filter_chains: [{ filters: [tcpProxy('far', { tunneling_config: tunneling, ...more })] }] }),
        ],
        clusters: [
          cluster('far', [far.port('in')], { ...httpOptions(protocol), ...tlsOf(authority, a, 'Upstream', protocol) }),
        ],
      },
    },
    clock === undefined ? {} : { clock },
  );
  return { near, far };
}

async function isIdle(near: RunningProxy, far: RunningProxy): Promise<void> {
  await eventuallyPasses(() => {
    assert.equal(near.stat('listener.in.downstream_cx_active'), 0);
    assert.equal(near.stat('cluster.far.upstream_rq_active'), 0);
    assert.equal(far.stat('cluster.app.upstream_cx_active'), 0);
  });
}

const KINDS: readonly (readonly [string, TunnelOptions])[] = [
  ['CONNECT over HTTP/2', { protocol: 'http2' }],
  ['CONNECT over HTTP/1', { protocol: 'http1' }],
  ['POST over HTTP/2', { protocol: 'http2', tunnel: { use_post: true, post_path: '/tunnel' } }],
  ['POST over HTTP/1', { protocol: 'http1', tunnel: { use_post: true } }],
];

describe('a tunnel through two proxies and mutual TLS', () => {
  for (const [name, options] of KINDS) {
    it(`by ${name} carries both directions, and each ends by itself`, async (t) => {
      const port = await halfOpenServer(t, async (socket) => {
        socket.write('banner ');
        const all = await readToEnd(socket);
        // Only now, after the client has ended its half.
        socket.end(Buffer.concat([Buffer.from('got '), all]));
      });
      const { near, far } = await startPair(t, port, options);
      for (let i = 0; i < 3; i++) {
        const socket = await halfOpenClient(t, near.port('in'));
        socket.end('hello');
        assert.equal((await readToEnd(socket)).toString(), 'banner got hello');
      }
      await isIdle(near, far);
      assert.equal(near.stat('cluster.far.upstream_rq_total'), 3);
      assert.equal(near.stat('tcp.tcp.downstream_cx_rx_bytes_total'), 15);
      assert.equal(near.stat('tcp.tcp.downstream_cx_tx_bytes_total'), 48);
    });

    it(`by ${name} carries large streams both ways at once, whatever the pace of the readers`, async (t) => {
      const sent = randomBytes(12 * 1024 * 1024);
      const digest = createHash('sha256').update(sent).digest('hex');
      const { near, far } = await startPair(t, await halfOpenServer(t, (socket) => socket.pipe(socket)), options);
      const socket = await halfOpenClient(t, near.port('in'));
      const hash = createHash('sha256');
      let received = 0;
      socket.on('data', (bytes: Buffer) => {
        hash.update(bytes);
        received += bytes.length;
        if (received % 7 !== 0) return;
        socket.pause();
        setImmediate(() => socket.resume());
      });
      socket.end(sent);
      await within('all of it', once(socket, 'end'), 30_000);
      assert.equal(received, sent.length);
      assert.equal(hash.digest('hex'), digest);
      await isIdle(near, far);
    });
  }

  it('shares one connection with others over HTTP/2, and a reset of one is none of the others', async (t) => {
    const accepted: Socket[] = [];
    const port = await halfOpenServer(t, (socket) => {
      accepted.push(socket);
      socket.pipe(socket);
    });
    const { near, far } = await startPair(t, port, { protocol: 'http2' });
    const sockets: Socket[] = [];
    for (let i = 0; i < 20; i++) {
      const socket = await halfOpenClient(t, near.port('in'));
      sockets.push(socket);
      socket.write(`n${i}`);
      const [answer] = (await within('the echo', once(socket, 'data'))) as [Buffer];
      assert.equal(answer.toString(), `n${i}`);
    }
    assert.equal(near.stat('cluster.far.upstream_cx_total'), 1);
    assert.equal(near.stat('cluster.far.upstream_rq_active'), 20);
    const errors: string[] = [];
    sockets[0]!.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
    const closed = new Promise((resolve) => {
      sockets[0]!.on('close', resolve);
    });
    accepted[0]!.resetAndDestroy();
    await within('the reset to come through', closed);
    assert.deepEqual(errors, ['ECONNRESET']);
    const ends: string[] = [];
    accepted[1]!.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
    sockets[1]!.resetAndDestroy();
    await eventuallyPasses(() => assert.equal(far.stat('cluster.app.upstream_cx_active'), 18));
    sockets[2]!.write('still');
    assert.equal(String(await within('the echo', once(sockets[2]!, 'data'))), 'still');
    for (const socket of sockets) socket.destroy();
    await isIdle(near, far);
    assert.equal(near.stat('cluster.far.upstream_cx_total'), 1);
  });

  it('stops reading from a client whose server takes no more, through both proxies', async (t) => {
    let accepted: Socket | undefined;
    const port = await halfOpenServer(t, (socket) => {
      accepted = socket;
      socket.pause();
    });
    const { near, far } = await startPair(t, port, { protocol: 'http2' });
    const socket = await halfOpenClient(t, near.port('in'));
    const piece = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 64; i++) socket.write(piece);
    await eventuallyPasses(() =>
      assert.ok((near.stat('tcp.tcp.downstream_flow_control_paused_reading_total') ?? 0) > 0),
    );
    assert.ok((near.stat('tcp.tcp.downstream_cx_rx_bytes_total') ?? 0) < 48 * 1024 * 1024);
    accepted?.resume();
    socket.end();
    accepted?.on('end', () => accepted?.end());
    await eventuallyPasses(() => assert.equal(near.stat('tcp.tcp.downstream_cx_rx_bytes_total'), 64 * 1024 * 1024));
    await isIdle(near, far);
  });
});

describe('a tunnel that does not come about', () => {
  it('is given up when the host does not answer in the idle time', async (t) => {
    const clock = new FakeClock();
    let requests = 0;
    const port = await halfOpenServer(t, (socket) => socket.on('data', () => requests++));
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('in', {
              filter_chains: [
                { filters: [tcpProxy('silent', { tunneling_config: { hostname: 'a:1' }, idle_timeout: '10s' })] },
              ],
            }),
          ],
          clusters: [cluster('silent', [port])],
        },
      },
      { clock },
    );
    const socket = await halfOpenClient(t, proxy.port('in'));
    const ended = readToEnd(socket);
    await eventuallyPasses(() => assert.equal(requests, 1));
    clock.advance(10_100);
    assert.equal((await ended).length, 0);
    assert.equal(proxy.stat('tcp.tcp.idle_timeout'), 1);
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.silent.upstream_cx_active'), 0));
    assert.equal(proxy.stat('cluster.silent.upstream_rq_active'), 0);
  });

  it('ends the connection when there are too many requests', async (t) => {
    const port = await halfOpenServer(t, (socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nhello'));
      socket.on('end', () => socket.end());
    });
    const limits = { circuit_breakers: { thresholds: [{ max_requests: 1 }] } };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            filter_chains: [{ filters: [tcpProxy('one', { tunneling_config: { hostname: 'a:1' } })] }],
          }),
        ],
        clusters: [cluster('one', [port], limits)],
      },
    });
    const first = await halfOpenClient(t, proxy.port('in'));
    assert.equal(String(await within('the greeting', once(first, 'data'))), 'hello');
    const second = await halfOpenClient(t, proxy.port('in'));
    assert.equal((await readToEnd(second)).length, 0);
    assert.equal(proxy.stat('cluster.one.upstream_rq_pending_overflow'), 1);
    first.destroy();
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.one.upstream_rq_active'), 0));
  });
});
