/** Connections that were captured on their way: handed over to the listener they were meant for, and sent to where they were meant to go. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, FakeClock, leakCheck, within } from '@weft/testkit';
import {
  cluster,
  listener,
  listenerFilter,
  startProxy,
  TLS_INSPECTOR_FILTER,
  tcpProxy,
} from '../src/test-support/start-proxy.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';
import { SocketAddress } from '../src/transport/socket-address.ts';

leakCheck();

const PROXY_FILTER = listenerFilter('proxy', 'proxy_protocol.v3.ProxyProtocol');
const ORIGINAL_DST_FILTER = listenerFilter('dst', 'original_dst.v3.OriginalDst');

function original(name: string, parts: Readonly<Record<string, unknown>> = {}) {
  return { name, type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', ...parts };
}

function answer(text: string) {
  return {
    name: 'answer',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config',
      response: { inline_string: text },
    },
  };
}

function virtual(name: string, host: string, port: number, parts: Readonly<Record<string, unknown>>) {
  const address = { socket_address: { address: host, port_value: port } };
  return { name, stat_prefix: name, bind_to_port: false, address, ...parts };
}

/** Sends a text and returns everything that comes until the other side ends. */
async function ask(t: TestContext, port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  let got = '';
  socket.on('data', (bytes: Buffer) => {
    got += bytes.toString('latin1');
  });
  if (text !== '') socket.write(text);
  await within('the end of the connection', once(socket, 'close'));
  return got;
}

function header(port: number, host = '127.0.0.1'): string {
  return `PROXY TCP4 127.0.0.9 ${host} 1000 ${port}\r\n`;
}

function manager(routes: readonly object[]) {
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'http',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [
        {
          name: 'router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    },
  };
}

describe('a cluster of type ORIGINAL_DST', () => {
  it('sends TCP connections to where they were meant to go, and forgets hosts that nobody uses', async (t) => {
    const clock = new FakeClock();
    const one = await tcpServer(t, (socket) => socket.end('one'));
    const two = await tcpServer(t, (socket) => socket.end('two'));
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('in', { listener_filters: [PROXY_FILTER], filter_chains: [{ filters: [tcpProxy('through')] }] }),
            listener('bare', { filter_chains: [{ filters: [tcpProxy('through')] }] }),
          ],
          clusters: [original('through', { cleanup_interval: '7s' })],
        },
      },
      { clock },
    );
    assert.equal(await ask(t, proxy.port('in'), header(one)), 'one');
    assert.equal(await ask(t, proxy.port('in'), header(two)), 'two');
    assert.equal(await ask(t, proxy.port('in'), header(two)), 'two');
    assert.equal(proxy.stat('cluster.through.membership_total'), 2);
    assert.equal(await ask(t, proxy.port('bare'), ''), '', 'nothing tells where it was meant to go');
    assert.equal(proxy.stat('cluster.through.upstream_cx_none_healthy'), 1);
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.through.upstream_cx_active'), 0));
    clock.advance(7100);
    assert.equal(proxy.stat('cluster.through.membership_total'), 2, 'they were used since');
    clock.advance(7100);
    assert.equal(proxy.stat('cluster.through.membership_total'), 0);
  });

  it('keeps a host as long as somebody is connected to it', async (t) => {
    const clock = new FakeClock();
    const held: Socket[] = [];
    const port = await tcpServer(t, (socket) => held.push(socket));
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('in', { listener_filters: [PROXY_FILTER], filter_chains: [{ filters: [tcpProxy('through')] }] }),
          ],
          clusters: [original('through')],
        },
      },
      { clock },
    );
    const asking = ask(t, proxy.port('in'), header(port));
    await eventuallyPasses(() => assert.equal(held.length, 1));
    clock.advance(5100);
    clock.advance(5100);
    assert.equal(proxy.stat('cluster.through.membership_total'), 1);
    held[0]!.end('late');
    assert.equal(await asking, 'late');
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.through.upstream_cx_active'), 0));
    clock.advance(5100);
    clock.advance(5100);
    assert.equal(proxy.stat('cluster.through.membership_total'), 0);
  });

  it('sends requests to the host of a header, if it may, and counts what is no address', async (t) => {
    const port = await tcpServer(t, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            filter_chains: [{ filters: [manager([{ match: { prefix: '/' }, route: { cluster: 'through' } }])] }],
          }),
        ],
        clusters: [
          original('through', { original_dst_lb_config: { use_http_header: true, upstream_port_override: port } }),
        ],
      },
    });
    const request = (value: string) =>
      ask(
        t,
        proxy.port('in'),
        `GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-envoy-original-dst-host: ${value}\r\n\r\n`,
      );
    assert.match(await request('127.0.0.1:1'), /^HTTP\/1.1 200.*hi$/s);
    assert.match(await request('localhost:1'), /^HTTP\/1.1 503.*no healthy upstream$/s);
    assert.equal(proxy.stat('cluster.through.original_dst_host_invalid'), 1);
  });
});

describe('use_original_dst', () => {
  it('hands connections over to the listener of their address, with what was read of them, through its own filters', async (t) => {
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('front', {
            use_original_dst: true,
            listener_filters: [PROXY_FILTER],
            filter_chains: [{ filters: [answer('front')] }],
          }),
          virtual('exact', '10.0.0.1', 80, { filter_chains: [{ filters: [answer('exact')] }] }),
          virtual('wildcard', '0.0.0.0', 80, {
            listener_filters: [TLS_INSPECTOR_FILTER],
            filter_chains: [{ filter_chain_match: { transport_protocol: 'raw_buffer' }, filters: [tcpProxy('echo')] }],
          }),
        ],
        clusters: [
          cluster('echo', [await tcpServer(t, (socket) => socket.once('data', (bytes) => socket.end(bytes)))]),
        ],
      },
    });
    const port = proxy.port('front');
    assert.equal(await ask(t, port, header(80, '10.0.0.1')), 'exact');
    assert.equal(await ask(t, port, `${header(80, '10.0.0.2')}hello`), 'hello');
    assert.equal(await ask(t, port, header(81, '10.0.0.1')), 'front', 'nobody listens there');
    assert.equal(proxy.stat('listener.front.downstream_cx_total'), 1);
    assert.equal(proxy.stat('listener.exact.downstream_cx_total'), 1);
    assert.equal(proxy.stat('listener.wildcard.downstream_cx_total'), 1);
    await eventuallyPasses(() => {
      for (const name of ['front', 'exact', 'wildcard']) {
        assert.equal(proxy.stat(`listener.${name}.downstream_cx_active`), 0);
        assert.equal(proxy.stat(`listener.${name}.downstream_pre_cx_active`), 0);
      }
    });
  });

  it('asks whoever knows where a connection was redirected from, before anything is read of it', async (t) => {
    const echo = await tcpServer(t, (socket) => socket.end('server speaks first'));
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('front', { use_original_dst: true, filter_chains: [{ filters: [tcpProxy('through')] }] }),
            virtual('meant', '10.0.0.1', 80, { filter_chains: [{ filters: [answer('meant')] }] }),
            listener('inbound', {
              listener_filters: [ORIGINAL_DST_FILTER, TLS_INSPECTOR_FILTER],
              filter_chains: [
                { filter_chain_match: { destination_port: 80 }, filters: [answer('by port')] },
                { filters: [answer('no other')] },
              ],
            }),
          ],
          clusters: [original('through')],
        },
      },
      {
        abilities: {
          originalDestination: ({ connection }) => {
            // The test says it by the address that it connects from.
            const { host } = connection.remote;
            if (host === '127.0.0.3') return new SocketAddress('10.0.0.1', 80);
            return host === '127.0.0.4' ? new SocketAddress('127.0.0.1', echo) : undefined;
          },
        },
      },
    );
    const from = async (localAddress: string, name: string, text = ''): Promise<string> => {
      const socket = connect({ port: proxy.port(name), host: '127.0.0.1', localAddress });
      t.after(() => socket.destroy());
      socket.on('error', () => undefined);
      let got = '';
      socket.on('data', (bytes: Buffer) => {
        got += bytes.toString('latin1');
      });
      socket.write(text);
      await within('the end of the connection', once(socket, 'close'));
      return got;
    };
    assert.equal(await from('127.0.0.3', 'front'), 'meant');
    assert.equal(await from('127.0.0.4', 'front'), 'server speaks first');
    assert.equal(await from('127.0.0.1', 'front'), '');
    assert.equal(await from('127.0.0.3', 'inbound', 'hello'), 'by port');
    assert.equal(await from('127.0.0.1', 'inbound', 'hello'), 'no other');
  });

  it('is refused, as is its filter, where nobody knows', async (t) => {
    const chains = [{ filters: [answer('x')] }];
    const start = (parts: object) =>
      startProxy(t, { static_resources: { listeners: [listener('in', { ...parts, filter_chains: chains })] } });
    await assert.rejects(start({ use_original_dst: true }), /use_original_dst: .*SO_ORIGINAL_DST.*PROXY protocol/);
    await assert.rejects(
      start({ listener_filters: [ORIGINAL_DST_FILTER] }),
      /listener_filters\[0\]: .*SO_ORIGINAL_DST/,
    );
  });
});
