/** How many clients there may be, by runtime values. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, leakCheck, within } from '@weft/testkit';
import { listener, startProxy } from '../src/test-support/start-proxy.ts';

leakCheck();

const ECHO = {
  filters: [
    {
      name: 'echo',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' },
    },
  ],
};
const LOOPBACK = { socket_address: { address: '127.0.0.1', port_value: 0 } };

/** A connection that is served; undefined if it was closed at once. */
async function open(t: TestContext, port: number): Promise<Socket | undefined> {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const served = new Promise<boolean>((resolve) => {
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.once('data', () => resolve(true));
  });
  socket.write('x');
  return (await within('an answer or the end', served)) ? socket : undefined;
}

async function openAll(t: TestContext, port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = await open(t, port);
    if (socket !== undefined) sockets.push(socket);
  }
  return sockets;
}

describe('connections', () => {
  it('are as many at a listener, and at all, as runtime values say, at any time', async (t) => {
    const limits = { overload: { global_downstream_max_connections: 3 } };
    const own = { envoy: { resource_limits: { listener: { web: { connection_limit: 2 } } } } };
    const proxy = await startProxy(t, {
      layered_runtime: {
        layers: [
          { name: 'base', static_layer: { ...limits, ...own } },
          { name: 'admin', admin_layer: {} },
        ],
      },
      admin: { address: LOOPBACK },
      static_resources: {
        listeners: [
          listener('web', { filter_chains: [ECHO] }),
          listener('other', { filter_chains: [ECHO] }),
          listener('free', { filter_chains: [ECHO], ignore_global_conn_limit: true }),
        ],
      },
    });
    const web = await openAll(t, proxy.port('web'), 4);
    const other = await openAll(t, proxy.port('other'), 3);
    const free = await openAll(t, proxy.port('free'), 2);
    assert.deepEqual([web.length, other.length, free.length], [2, 1, 2]);
    assert.equal(proxy.stat('listener.web.downstream_cx_overflow'), 2);
    assert.equal(proxy.stat('listener.other.downstream_global_cx_overflow'), 2);
    for (const socket of [...other, ...free]) socket.destroy();
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.free.downstream_cx_active'), 0));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.other.downstream_cx_active'), 0));
    assert.equal((await openAll(t, proxy.port('other'), 2)).length, 1);
    const query =
      'envoy.resource_limits.listener.web.connection_limit=3&overload.global_downstream_max_connections=100';
    const url = `http://${proxy.server.adminAddress}/runtime_modify?${query}`;
    await fetch(url, { method: 'POST', headers: { connection: 'close' } });
    assert.equal((await openAll(t, proxy.port('web'), 2)).length, 1);
  });

  it('are as many at all as the overload manager says', async (t) => {
    const monitor = {
      name: 'connections',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        max_active_downstream_connections: 2,
      },
    };
    const proxy = await startProxy(t, {
      overload_manager: { resource_monitors: [monitor] },
      static_resources: {
        listeners: [listener('one', { filter_chains: [ECHO] }), listener('two', { filter_chains: [ECHO] })],
      },
    });
    assert.equal((await openAll(t, proxy.port('one'), 1)).length, 1);
    assert.equal((await openAll(t, proxy.port('two'), 3)).length, 1);
    assert.equal(proxy.stat('listener.two.downstream_global_cx_overflow'), 2);
  });
});
