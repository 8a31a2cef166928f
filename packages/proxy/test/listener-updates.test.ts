/** Listeners that change while clients are connected. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, FakeClock, freePort, leakCheck, within } from '@weft/testkit';
import { ControlPlane, httpManager, rds, routesTo } from '../src/test-support/control-plane.ts';
import { type Answer, httpServer, request } from '../src/test-support/http-peers.ts';
import { cluster, listener, type RunningProxy, startProxy, tcpProxy } from '../src/test-support/start-proxy.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';

leakCheck();

type JsonObject = Readonly<Record<string, unknown>>;

interface Subject {
  readonly plane: ControlPlane;
  readonly proxy: RunningProxy;
  /** Changes listener `web`, and waits until the proxy has taken it. */
  readonly update: (parts: JsonObject) => Promise<void>;
}

/** A chain of its own for clients of each loopback address, all to one backend. */
function chain(name: string, source: string, parts: JsonObject = {}): JsonObject {
  return {
    name,
    filter_chain_match: { source_prefix_ranges: [{ address_prefix: source, prefix_len: 32 }] },
    filters: [tcpProxy('echo', { stat_prefix: name, ...parts })],
  };
}

const ONE = chain('one', '127.0.0.1');
const TWO = chain('two', '127.0.0.2');

async function startSubject(t: TestContext, parts: JsonObject, drainTimeMs?: number): Promise<Subject> {
  const plane = await ControlPlane.start(t);
  const echo = await tcpServer(t, (socket) => socket.pipe(socket));
  plane.set('cluster', cluster('echo', [echo])).set('listener', listener('web', parts));
  const proxy = await startProxy(t, withAdmin(plane), drainTimeMs === undefined ? {} : { drainTimeMs });
  const update = async (next: JsonObject) => {
    const before = proxy.stat('listener_manager.listener_modified') ?? 0;
    plane.set('listener', listener('web', next)).push();
    await eventuallyPasses(() => assert.equal(proxy.stat('listener_manager.listener_modified'), before + 1));
  };
  return { plane, proxy, update };
}

function loopback(port: number): JsonObject {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function withAdmin(plane: ControlPlane): JsonObject {
  return { ...plane.bootstrap(), admin: { address: loopback(0) } };
}

interface ShownListener {
  readonly name: string;
  readonly active_state?: JsonObject;
  readonly error_state?: { readonly details: string };
}

/** What `/config_dump` says of a listener. */
async function dumpOf({ server }: RunningProxy, name: string): Promise<ShownListener> {
  const url = `http://${server.adminAddress}/config_dump?resource=dynamic_listeners`;
  const { configs } = (await (await fetch(url, { headers: { connection: 'close' } })).json()) as {
    readonly configs: readonly ShownListener[];
  };
  const found = configs.find((each) => each.name === name);
  assert.ok(found !== undefined);
  return found;
}

function isLast({ headers }: Answer): boolean {
  return headers.connection === 'close';
}

interface Client {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  echo(text: string): Promise<void>;
}

async function open(t: TestContext, port: number, localAddress = '127.0.0.1'): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await within('the connection', new Promise<void>((resolve) => socket.once('connect', () => resolve())));
  const client = {
    socket,
    closed,
    echo: async (text: string) => {
      const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
      socket.write(text);
      assert.equal(await within('the echo', answer), text);
    },
  };
  await client.echo('hello');
  return client;
}

describe('an update of a listener', () => {
  it('that concerns filter chains only keeps the connections of those that stay, and ends the others after the drain time', async (t) => {
    const { proxy, update } = await startSubject(t, { filter_chains: [ONE, TWO] }, 100);
    const port = proxy.port('web');
    const one = await open(t, port);
    const two = await open(t, port, '127.0.0.2');
    await update({ filter_chains: [chain('two', '127.0.0.2', { max_connect_attempts: 2 }), ONE] });
    await within('the end of the changed chain', two.closed);
    await one.echo('still here');
    await open(t, port, '127.0.0.2');
    assert.equal(proxy.port('web'), port);
    assert.equal(proxy.stat('listener_manager.listener_in_place_updated'), 1);
    assert.equal(proxy.stat('listener_manager.listener_create_success'), 2);
    assert.equal(proxy.stat('listener_manager.total_filter_chains_draining'), 0);
    assert.equal(proxy.stat('listener_manager.total_listeners_draining'), 0);
  });

  it('that is wrong changes nothing', async (t) => {
    const { plane, proxy } = await startSubject(t, { filter_chains: [ONE] });
    const one = await open(t, proxy.port('web'));
    const broken = { name: 'x', filters: [tcpProxy('echo', { max_connect_attempts: 0 })] };
    plane.set('listener', listener('web', { filter_chains: [broken, ONE] })).push();
    await eventuallyPasses(() => assert.match(plane.host.rejections[0]?.reason ?? '', /max_connect_attempts/));
    await one.echo('still here');
    assert.equal(proxy.stat('listener_manager.listener_modified'), 0);
  });

  it('that concerns more hands its sockets over: new connections are never refused, those before may finish', async (t) => {
    const { proxy, update } = await startSubject(t, { filter_chains: [ONE] }, 200);
    const port = proxy.port('web');
    const before = await open(t, port);
    let isOver = false;
    let opened = 0;
    const load = (async () => {
      while (!isOver) {
        const { socket, closed } = await open(t, port);
        opened++;
        socket.end();
        await closed;
      }
    })();
    for (let i = 1; i <= 5; i++) {
      const until = opened + 5;
      await update({ filter_chains: [ONE], per_connection_buffer_limit_bytes: 32_768 * i });
      await eventuallyPasses(() => assert.ok(opened >= until));
    }
    isOver = true;
    await load;
    assert.equal(proxy.port('web'), port);
    assert.equal(proxy.stat('listener_manager.listener_in_place_updated'), 0);
    await within('the end of the drain time', before.closed);
    await eventuallyPasses(() => assert.equal(proxy.stat('listener_manager.total_listeners_draining'), 0));
  });

  it('may move it to another address', async (t) => {
    const { proxy, update } = await startSubject(t, { filter_chains: [ONE] });
    const [from, to] = [proxy.port('web'), await freePort()];
    await update({ filter_chains: [ONE], address: loopback(to) });
    await eventuallyPasses(() => assert.equal(proxy.port('web'), to));
    await open(t, to);
    await assert.rejects(fetch(`http://127.0.0.1:${from}/`));
  });

  it('that removes it lets clients finish their requests', async (t) => {
    const backend = await httpServer(t, (_, response) => setTimeout(() => response.end('late'), 100));
    const plane = await ControlPlane.start(t);
    plane.set('cluster', cluster('backend', [backend])).set('routes', routesTo('routes', 'backend'));
    plane.set('listener', listener('web', { filter_chains: [{ filters: [httpManager(rds('routes'))] }] }));
    const proxy = await startProxy(t, plane.bootstrap('DELTA_GRPC'));
    const port = proxy.port('web');
    const underway = request(port);
    await eventuallyPasses(() => assert.equal(proxy.stat('cluster.backend.upstream_rq_active'), 1));
    plane.delete('listener', 'web').push();
    await eventuallyPasses(() => assert.equal(proxy.stat('listener_manager.listener_removed'), 1));
    await assert.rejects(request(port));
    const { status, headers } = await underway;
    assert.deepEqual([status, headers.connection], [200, 'close']);
    assert.equal(proxy.stat('listener_manager.total_listeners_active'), 0);
    assert.equal(proxy.stat('listener_manager.total_listeners_draining'), 1);
  });

  it('that removes it takes its statistics along, when its clients have gone', async (t) => {
    const { plane, proxy } = await startSubject(t, { filter_chains: [ONE] }, 50);
    await open(t, proxy.port('web'));
    assert.equal(proxy.stat('tcp.one.downstream_cx_total'), 1);
    plane.delete('listener', 'web').push();
    await eventuallyPasses(() => assert.deepEqual([...proxy.stats('listener.web.'), ...proxy.stats('tcp.one.')], []));
  });

  it('to an address that is taken is refused with the reason, and what was there stays', async (t) => {
    const { plane, proxy } = await startSubject(t, { filter_chains: [ONE] });
    const port = proxy.port('web');
    const taken = await tcpServer(t, (socket) => socket.end());
    plane.set('listener', listener('web', { filter_chains: [ONE], address: loopback(taken) })).push();
    const reason = new RegExp(`cannot bind 127\\.0\\.0\\.1:${taken}: address already in use`);
    await eventuallyPasses(() => assert.match(plane.host.rejections[0]?.reason ?? '', reason));
    assert.equal(proxy.stat('listener_manager.listener_create_failure'), 1);
    assert.equal(proxy.port('web'), port);
    await open(t, port);
    const dump = await dumpOf(proxy, 'web');
    assert.match(dump.error_state?.details ?? '', reason);
    assert.ok(dump.active_state);
  });

  it('may exchange the addresses of two listeners', async (t) => {
    const { plane, proxy, update } = await startSubject(t, { filter_chains: [ONE] });
    const [web, other] = [await freePort(), await freePort()];
    const at = (port: number) => ({ filter_chains: [ONE], address: loopback(port) });
    plane.set('listener', listener('other', at(other)));
    await update(at(web));
    await eventuallyPasses(() => assert.deepEqual([proxy.port('web'), proxy.port('other')], [web, other]));
    plane.set('listener', listener('other', at(web)));
    plane.set('listener', listener('web', at(other))).push();
    await eventuallyPasses(() => assert.deepEqual([proxy.port('web'), proxy.port('other')], [other, web]));
    assert.equal(plane.host.rejections.length, 0);
    await open(t, other);
    await open(t, web);
  });
});

describe('a gradual drain', () => {
  it('asks clients to leave little by little, and all of them in the end', async (t) => {
    const clock = new FakeClock();
    const backend = await httpServer(t, (_, response) => response.end('here'));
    const chain = { filters: [httpManager({ route_config: routesTo('routes', 'backend') })] };
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          clusters: [cluster('backend', [backend])],
          listeners: [listener('web', { filter_chains: [chain] })],
        },
        admin: { address: loopback(0) },
      },
      { clock, drainTimeMs: 60_000, drainStrategy: 'gradual' },
    );
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const ask = () => Promise.all(Array.from({ length: 20 }, () => request(proxy.port('web'), { agent })));
    const asked = () => proxy.stat('http.web.downstream_cx_drain_close') ?? 0;
    await ask();
    const url = `http://${proxy.server.adminAddress}/drain_listeners?graceful&skip_exit`;
    await fetch(url, { method: 'POST', headers: { connection: 'close' } });
    assert.equal((await ask()).some(isLast), false);
    clock.advance(27_000);
    assert.ok(asked() > 2 && asked() < 18, `${asked()} in half of the time`);
    clock.advance(28_000);
    assert.equal(asked(), 20);
    const late = new Agent({ keepAlive: true });
    t.after(() => late.destroy());
    assert.equal(isLast(await request(proxy.port('web'), { agent: late })), true);
  });
});

describe('while health checks are to fail', () => {
  it('whoever comes is asked to leave as well, but of listeners that drain when they change only', async (t) => {
    const backend = await httpServer(t, (_, response) => response.end('here'));
    const chain = { filters: [httpManager({ route_config: routesTo('routes', 'backend') })] };
    const proxy = await startProxy(t, {
      static_resources: {
        clusters: [cluster('backend', [backend])],
        listeners: [
          listener('web', { filter_chains: [chain] }),
          listener('modified', { filter_chains: [chain], drain_type: 'MODIFY_ONLY' }),
        ],
      },
      admin: { address: loopback(0) },
    });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const ask = async (name: string) => isLast(await request(proxy.port(name), { agent }));
    const post = (path: string) =>
      fetch(`http://${proxy.server.adminAddress}${path}`, { method: 'POST', headers: { connection: 'close' } });
    assert.deepEqual([await ask('web'), await ask('modified')], [false, false]);
    await post('/healthcheck/fail');
    // On the connection that was there, and on a new one.
    assert.deepEqual([await ask('web'), await ask('web'), await ask('modified')], [true, true, false]);
    await post('/healthcheck/ok');
    assert.equal(await ask('web'), false);
  });
});

describe('a listener of a control plane that cannot be opened', () => {
  it('keeps nobody from starting, and shows why', async (t) => {
    const plane = await ControlPlane.start(t);
    const echo = await tcpServer(t, (socket) => socket.pipe(socket));
    const port = await freePort();
    plane.set('cluster', cluster('echo', [echo]));
    // That two want the same address shows only when both are there.
    for (const name of ['web', 'rival'])
      plane.set('listener', listener(name, { filter_chains: [ONE], address: loopback(port) }));
    const proxy = await startProxy(t, withAdmin(plane));
    await open(t, port);
    assert.equal(proxy.stat('listener_manager.listener_create_failure'), 1);
    assert.equal(proxy.logs('a listener cannot be opened').length, 1);
    const { listeners } = proxy.server;
    assert.equal(listeners.length, 1);
    const loser = await dumpOf(proxy, listeners[0]!.name === 'web' ? 'rival' : 'web');
    assert.match(loser.error_state?.details ?? '', /cannot be opened: .*address already in use/);
    assert.equal(loser.active_state, undefined);
  });
});
