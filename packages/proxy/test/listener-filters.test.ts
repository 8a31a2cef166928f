/** Listener filters and the network filters in front of the terminal one, over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventuallyPasses, FakeClock, leakCheck, TestAuthority, within } from '@weft/testkit';
import {
  cluster,
  listener,
  listenerFilter,
  startProxy,
  TLS_INSPECTOR_FILTER,
  tcpProxy,
  tlsSocket,
} from '../src/test-support/start-proxy.ts';

leakCheck();

const HTTP_INSPECTOR_FILTER = listenerFilter('http', 'http_inspector.v3.HttpInspector');

function networkFilter(type: string, parts: Readonly<Record<string, unknown>> = {}) {
  return {
    name: type,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.network.${type}`, ...parts },
  };
}

/** Answers each connection with bytes, then closes it: tells which chain was chosen. */
function answer(text: string) {
  return networkFilter('direct_response.v3.Config', { response: { inline_string: text } });
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function collect(socket: Socket): Promise<string> {
  return within(
    'the end of the connection',
    new Promise<string>((resolve) => {
      let got = '';
      socket.on('data', (bytes: Buffer) => {
        got += bytes.toString('latin1');
      });
      socket.on('close', () => resolve(got));
    }),
  );
}

async function tell(t: TestContext, port: number, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = await dial(t, port);
  const all = collect(socket);
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  return all;
}

/** Sends what it gets to nobody, and remembers it. */
async function sink(t: TestContext): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    const at = received.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      received[at] += bytes.toString('latin1');
    });
    t.after(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, received };
}

describe('inspection', () => {
  it('finds TLS in a ClientHello that comes byte by byte, and hands all of it on', async (t) => {
    const authority = await TestAuthority.create();
    const own = await authority.server();
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [TLS_INSPECTOR_FILTER],
            filter_chains: [
              {
                filter_chain_match: { transport_protocol: 'tls', server_names: ['localhost'] },
                transport_socket: tlsSocket({
                  common_tls_context: {
                    tls_certificates: [
                      {
                        certificate_chain: { inline_string: own.chainPem },
                        private_key: { inline_string: own.keyPem.reveal() },
                      },
                    ],
                  },
                }),
                filters: [answer('secret')],
              },
              { filters: [answer('plain')] },
            ],
          }),
        ],
      },
    });
    const port = proxy.port('in');
    // A relay in between that hands on one byte at a time.
    const relay = createServer((client) => {
      const server = connect({ port, host: '127.0.0.1', noDelay: true });
      server.on('error', () => undefined);
      client.on('error', () => undefined);
      client.on('data', (bytes: Buffer) => {
        for (const byte of bytes) server.write(Buffer.from([byte]));
      });
      client.on('end', () => server.end());
      server.pipe(client);
      t.after(() => {
        server.destroy();
        client.destroy();
      });
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    t.after(() => relay.close());
    const { port: slow } = relay.address() as { port: number };
    const socket = connectTls({ port: slow, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem });
    t.after(() => socket.destroy());
    assert.equal(await collect(socket), 'secret');
    assert.equal(await tell(t, port, '\x16\x03', '\x01\xff\xff garbage'), 'plain');
    assert.equal(await tell(t, port, 'anything'), 'plain');
    assert.equal(proxy.stat('tls_inspector.tls_found'), 1);
    assert.equal(proxy.stat('tls_inspector.tls_not_found'), 2);
  });

  it('chooses chains by what an HTTP client says first', async (t) => {
    const chain = (protocol: string) => ({
      filter_chain_match: { application_protocols: [protocol] },
      filters: [answer(protocol)],
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [TLS_INSPECTOR_FILTER, HTTP_INSPECTOR_FILTER],
            filter_chains: [chain('http/1.0'), chain('http/1.1'), chain('h2c'), { filters: [answer('other')] }],
          }),
        ],
      },
    });
    const port = proxy.port('in');
    assert.equal(await tell(t, port, 'GET / HTT', 'P/1.1\r\n'), 'http/1.1');
    assert.equal(await tell(t, port, 'GET / HTTP/1.0\r\n\r\n'), 'http/1.0');
    assert.equal(await tell(t, port, 'PRI * HTTP/2.0\r\n\r\n', 'SM\r\n\r\n'), 'h2c');
    assert.equal(await tell(t, port, 'hello there\r\n'), 'other');
    assert.equal(proxy.stat('http_inspector.http11_found'), 1);
    assert.equal(proxy.stat('http_inspector.http_not_found'), 1);
  });

  it('closes on clients that say nothing, or goes on with them, and notices those that go', async (t) => {
    const clock = new FakeClock();
    const parts = (continues: boolean) => ({
      listener_filters: [TLS_INSPECTOR_FILTER],
      listener_filters_timeout: '3s',
      continue_on_listener_filters_timeout: continues,
      filter_chains: [{ filters: [answer('went on')] }],
    });
    const proxy = await startProxy(
      t,
      { static_resources: { listeners: [listener('strict', parts(false)), listener('lenient', parts(true))] } },
      { clock },
    );
    const strict = collect(await dial(t, proxy.port('strict')));
    const lenient = collect(await dial(t, proxy.port('lenient')));
    const gone = await dial(t, proxy.port('strict'));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.strict.downstream_pre_cx_active'), 2));
    gone.end();
    await eventuallyPasses(() =>
      assert.equal(proxy.stat('listener.strict.downstream_listener_filter_remote_close'), 1),
    );
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.lenient.downstream_pre_cx_active'), 1));
    clock.advance(3100);
    assert.deepEqual([await strict, await lenient], ['', 'went on']);
    assert.equal(proxy.stat('listener.strict.downstream_pre_cx_timeout'), 1);
    assert.equal(proxy.stat('listener.strict.downstream_pre_cx_active'), 0);
    assert.equal(proxy.stat('listener.strict.downstream_cx_total'), 0);
    assert.equal(proxy.stat('listener.lenient.downstream_cx_total'), 1);
  });

  it('takes the client from a PROXY header, of both versions, and refuses who has none', async (t) => {
    const upstream = await sink(t);
    const filter = (parts: object) => listenerFilter('proxy', 'proxy_protocol.v3.ProxyProtocol', { ...parts });
    const chains = [
      {
        filter_chain_match: { source_prefix_ranges: [{ address_prefix: '10.1.0.0', prefix_len: 16 }] },
        filters: [answer('ours')],
      },
      { filter_chain_match: { destination_port: 4433 }, filters: [answer('port')] },
      { filters: [tcpProxy('sink')] },
    ];
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('must', { listener_filters: [filter({ stat_prefix: 'must' })], filter_chains: chains }),
          listener('may', {
            listener_filters: [filter({ allow_requests_without_proxy_protocol: true, disallowed_versions: ['V1'] })],
            filter_chains: chains,
          }),
        ],
        clusters: [cluster('sink', [upstream.port])],
      },
    });
    const must = proxy.port('must');
    assert.equal(await tell(t, must, 'PROXY TCP4 10.1.2.3 9.9.9.9 1000 80\r\n'), 'ours');
    assert.equal(await tell(t, must, 'PROXY TCP4 8.8.8.8 9.9', '.9.9 1000 4433\r\n'), 'port');
    const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000c0a010203090909090001005061', 'hex');
    assert.equal(await tell(t, must, v2), 'ours');
    assert.equal(await tell(t, must, 'GET / HTTP/1.1\r\n'), '');
    assert.equal(await tell(t, must, 'PROXY TCP4 nonsense\r\n'), '');
    assert.equal(await tell(t, must, 'PROXY TCP4 224.0.0.1 9.9.9.9 1 2\r\n'), '', 'nobody sends from there');
    assert.equal(await tell(t, must, 'PROXY TCP4 9.9.9.9 224.0.0.1 1 2\r\n'), '', 'nobody is there alone');
    assert.equal(proxy.stat('proxy_proto.must.versions.v1.found'), 2);
    assert.equal(proxy.stat('proxy_proto.must.versions.v2.found'), 1);
    assert.equal(proxy.stat('proxy_proto.must.versions.v1.error'), 3);
    assert.equal(proxy.stat('proxy_proto.must.not_found_disallowed'), 1);
    assert.equal(proxy.stat('listener.must.downstream_listener_filter_error'), 4);
    // What is behind the header goes on, the header does not; and one that is not allowed is nothing special.
    const first = await dial(t, must);
    first.write('PROXY UNKNOWN\r\npayload');
    await eventuallyPasses(() => assert.deepEqual(upstream.received, ['payload']));
    const second = await dial(t, proxy.port('may'));
    second.write('PROXY TCP4 10.1.2.3 9.9.9.9 1000 80\r\n');
    await eventuallyPasses(() => assert.equal(upstream.received[1], 'PROXY TCP4 10.1.2.3 9.9.9.9 1000 80\r\n'));
    assert.equal(proxy.stat('proxy_proto.not_found_allowed'), 1);
  });
});

describe('network filters', () => {
  it('decide by policies who gets in, before a server says anything', async (t) => {
    const policy = {
      permissions: [{ any: true }],
      principals: [{ remote_ip: { address_prefix: '10.0.0.0', prefix_len: 8 } }],
    };
    const shadow = { action: 'DENY', policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [listenerFilter('proxy', 'proxy_protocol.v3.ProxyProtocol')],
            filter_chains: [
              {
                filters: [
                  networkFilter('rbac.v3.RBAC', {
                    stat_prefix: 'tcp.',
                    rules: { action: 'ALLOW', policies: { ours: policy } },
                    shadow_rules: shadow,
                  }),
                  answer('welcome'),
                ],
              },
            ],
          }),
        ],
      },
    });
    const port = proxy.port('in');
    assert.equal(await tell(t, port, 'PROXY TCP4 10.2.3.4 9.9.9.9 1 2\r\n'), 'welcome');
    assert.equal(await tell(t, port, 'PROXY TCP4 11.2.3.4 9.9.9.9 1 2\r\n'), '');
    assert.equal(proxy.stat('tcp.rbac.allowed'), 1);
    assert.equal(proxy.stat('tcp.rbac.denied'), 1);
    assert.equal(proxy.stat('tcp.rbac.shadow_denied'), 2);
  });

  it('keep who is denied waiting where they are told to', async (t) => {
    const rules = { action: 'DENY', policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } };
    const rbac = networkFilter('rbac.v3.RBAC', { stat_prefix: 'late', rules, delay_deny: '0.1s' });
    const proxy = await startProxy(t, {
      static_resources: { listeners: [listener('in', { filter_chains: [{ filters: [rbac, answer('welcome')] }] })] },
    });
    const began = performance.now();
    assert.equal(await tell(t, proxy.port('in'), 'hello'), '');
    // Timers are coarse, and may be early by a tick.
    assert.ok(performance.now() - began > 50);
    assert.equal(proxy.stat('late.rbac.denied'), 1);
  });

  it('read what a PROXY header says beside the addresses', async (t) => {
    const rule = { tlv_type: 0xea, on_tlv_present: { key: 'vpc' } };
    const ours = {
      permissions: [{ any: true }],
      principals: [
        {
          metadata: {
            filter: 'envoy.filters.listener.proxy_protocol',
            path: [{ key: 'vpc' }],
            value: { string_match: { exact: 'abc' } },
          },
        },
      ],
    };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [listenerFilter('proxy', 'proxy_protocol.v3.ProxyProtocol', { rules: [rule] })],
            filter_chains: [
              {
                filters: [
                  networkFilter('rbac.v3.RBAC', { stat_prefix: 't', rules: { action: 'ALLOW', policies: { ours } } }),
                  answer('welcome'),
                ],
              },
            ],
          }),
        ],
      },
    });
    const header = (value: string) =>
      Buffer.from(`0d0a0d0a000d0a515549540a211100120a0000010909090900010050ea0003${value}`, 'hex');
    assert.equal(await tell(t, proxy.port('in'), header('616263')), 'welcome');
    assert.equal(await tell(t, proxy.port('in'), header('616264')), '');
  });

  it('limit how many connections there are, and how many come', async (t) => {
    const clock = new FakeClock();
    const upstream = await sink(t);
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('active', {
              filter_chains: [
                {
                  filters: [
                    networkFilter('connection_limit.v3.ConnectionLimit', {
                      stat_prefix: 'c',
                      max_connections: 1,
                      delay: '2s',
                    }),
                    tcpProxy('sink'),
                  ],
                },
              ],
            }),
            listener('rate', {
              filter_chains: [
                {
                  filters: [
                    networkFilter('local_ratelimit.v3.LocalRateLimit', {
                      stat_prefix: 'r',
                      token_bucket: { max_tokens: 2, tokens_per_fill: 1, fill_interval: '1s' },
                    }),
                    answer('ok'),
                  ],
                },
              ],
            }),
          ],
          clusters: [cluster('sink', [upstream.port])],
        },
      },
      { clock },
    );
    const first = await dial(t, proxy.port('active'));
    await eventuallyPasses(() => assert.equal(proxy.stat('connection_limit.c.active_connections'), 1));
    const second = await dial(t, proxy.port('active'));
    const ended = collect(second);
    await eventuallyPasses(() => assert.equal(proxy.stat('connection_limit.c.limited_connections'), 1));
    assert.equal(second.destroyed, false, 'it is kept for a while');
    clock.advance(2100);
    assert.equal(await ended, '');
    first.destroy();
    await eventuallyPasses(() => assert.equal(proxy.stat('connection_limit.c.active_connections'), 0));
    const rate = proxy.port('rate');
    assert.deepEqual([await tell(t, rate), await tell(t, rate), await tell(t, rate)], ['ok', 'ok', '']);
    clock.advance(1000);
    assert.equal(await tell(t, rate), 'ok');
    assert.equal(proxy.stat('local_rate_limit.r.rate_limited'), 1);
  });

  it('choose the cluster by SNI, or by the state that a filter sets', async (t) => {
    const [a, b] = await Promise.all([sink(t), sink(t)]);
    const state = {
      on_new_connection: [
        { object_key: 'envoy.tcp_proxy.cluster', format_string: { text_format_source: { inline_string: 'b.test' } } },
      ],
    };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('sni', {
            listener_filters: [TLS_INSPECTOR_FILTER],
            filter_chains: [{ filters: [networkFilter('sni_cluster.v3.SniCluster'), tcpProxy('b.test')] }],
          }),
          listener('state', {
            filter_chains: [{ filters: [networkFilter('set_filter_state.v3.Config', state), tcpProxy('a.test')] }],
          }),
        ],
        clusters: [cluster('a.test', [a.port]), cluster('b.test', [b.port])],
      },
    });
    const socket = connectTls({ port: proxy.port('sni'), host: '127.0.0.1', servername: 'a.test' });
    socket.on('error', () => undefined);
    t.after(() => socket.destroy());
    await eventuallyPasses(() => assert.ok((a.received[0] ?? '').startsWith('\x16\x03\x01')));
    const plain = await dial(t, proxy.port('state'));
    plain.write('to b');
    await eventuallyPasses(() => assert.deepEqual(b.received, ['to b']));
  });

  it('echo', async (t) => {
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [listener('in', { filter_chains: [{ filters: [networkFilter('echo.v3.Echo')] }] })],
      },
    });
    const socket = await dial(t, proxy.port('in'));
    const all = collect(socket);
    const sent = 'x'.repeat(3_000_000);
    socket.end(sent);
    assert.equal((await all).length, sent.length);
  });
});
