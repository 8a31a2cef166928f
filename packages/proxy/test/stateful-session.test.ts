/** Sessions that stay at their hosts, between real clients and servers. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { httpFilter, httpListener, routeTo } from '../src/test-support/http-listener.ts';
import { type Answer, httpServer, request } from '../src/test-support/http-peers.ts';
import { startProxy } from '../src/test-support/start-proxy.ts';

type Parts = Readonly<Record<string, unknown>>;

const STATE = 'type.googleapis.com/envoy.extensions.http.stateful_session';
const state = (type: string, parts: Parts) => ({
  session_state: { name: 's', typed_config: { '@type': `${STATE}.${type}`, ...parts } },
});
const HEADER = state('header.v3.HeaderBasedSessionState', { name: 'x-session' });
const COOKIE = state('cookie.v3.CookieBasedSessionState', {
  cookie: { name: 'sticky', path: '/shop', ttl: '60s', attributes: [{ name: 'SameSite', value: 'Lax' }] },
});
const session = (parts: Parts) =>
  httpFilter('session', 'stateful_session.v3.StatefulSession', { stat_prefix: 'x', ...parts });

const addressOf = (port: number) => btoa(`127.0.0.1:${port}`);

interface Setup {
  /** Of the hosts, in order. */
  readonly health?: readonly string[];
  readonly statuses?: readonly string[];
  readonly perRoute?: Parts;
}

async function start(t: TestContext, filter: Parts, { health = [], statuses, perRoute }: Setup = {}) {
  const names = ['a', 'b', 'c'];
  const ports = await Promise.all(names.map((name) => httpServer(t, (_request, response) => response.end(name))));
  const endpoints = ports.map((port, i) => ({
    health_status: health[i] ?? 'UNKNOWN',
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  }));
  const own = perRoute === undefined ? {} : { typed_per_filter_config: { session: perRoute } };
  const proxy = await startProxy(t, {
    static_resources: {
      listeners: [httpListener('main', { filters: [filter], routes: [routeTo('app', '/own', own), routeTo('app')] })],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          load_assignment: { cluster_name: 'app', endpoints: [{ lb_endpoints: endpoints }] },
          common_lb_config: {
            healthy_panic_threshold: { value: 0 },
            ...(statuses === undefined ? {} : { override_host_status: { statuses } }),
          },
        },
      ],
    },
  });
  const get = (headers: Record<string, string> = {}, path = '/'): Promise<Answer> =>
    request(proxy.port('main'), { path, headers });
  const bodies = async (headers: Record<string, string>, path = '/') => {
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) seen.add((await get(headers, path)).body);
    return [...seen].toSorted().join();
  };
  const stat = (name: string) => proxy.stat(`http.main.stateful_session.x.${name}`);
  return { ports, get, bodies, stat };
}

describe('sessions', () => {
  it('stay where they began, by a header', async (t) => {
    const proxy = await start(t, session(HEADER));
    const first = await proxy.get();
    const known = String(first.headers['x-session']);
    assert.equal(known, addressOf(proxy.ports['abc'.indexOf(first.body)]!));
    assert.equal(await proxy.bodies({ 'x-session': known }), first.body);
    const again = await proxy.get({ 'x-session': known });
    assert.equal(again.headers['x-session'], undefined);
    assert.equal(await proxy.bodies({}), 'a,b,c');
    assert.deepEqual(['routed', 'failed_open', 'failed_closed'].map(proxy.stat), [7, 7, 0]);
  });

  it('stay where they began, by a cookie below its path', async (t) => {
    const proxy = await start(t, session(COOKIE));
    const first = await proxy.get({}, '/shop');
    const [cookie = '', ...attributes] = String(first.headers['set-cookie']?.[0]).split('; ');
    assert.deepEqual(attributes, ['Max-Age=60', 'Path=/shop', 'SameSite=Lax', 'HttpOnly']);
    assert.equal(await proxy.bodies({ cookie }, '/shop/cart'), first.body);
    assert.equal((await proxy.get({}, '/elsewhere')).headers['set-cookie'], undefined);
    assert.equal(await proxy.bodies({ cookie }, '/elsewhere'), 'a,b,c');
  });

  it('go on elsewhere when their host has gone', async (t) => {
    const proxy = await start(t, session(HEADER), { health: ['UNHEALTHY'] });
    for (const gone of [addressOf(1), addressOf(proxy.ports[0]!)]) {
      const answer = await proxy.get({ 'x-session': gone });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['x-session'], addressOf(proxy.ports['abc'.indexOf(answer.body)]!));
    }
    assert.deepEqual(['routed', 'failed_open'].map(proxy.stat), [0, 2]);
  });

  it('are refused where they must not go elsewhere', async (t) => {
    const strict = session({ ...HEADER, strict: true, status_on_strict_destination_not_found: 410 });
    const proxy = await start(t, strict, { health: ['UNHEALTHY'] });
    const gone = await proxy.get({ 'x-session': addressOf(1) });
    assert.deepEqual([gone.status, gone.body], [410, 'no healthy upstream']);
    assert.equal((await proxy.get({ 'x-session': addressOf(proxy.ports[0]!) })).status, 503);
    assert.equal((await proxy.get({ 'x-session': addressOf(proxy.ports[1]!) })).body, 'b');
    assert.deepEqual(['routed', 'failed_open', 'failed_closed'].map(proxy.stat), [1, 0, 2]);
  });

  it('stay at hosts in the states that the cluster names', async (t) => {
    const health = ['DRAINING', 'UNHEALTHY', 'HEALTHY'];
    const usual = await start(t, session(HEADER), { health });
    assert.equal((await usual.get({ 'x-session': addressOf(usual.ports[0]!) })).body, 'c');
    const proxy = await start(t, session(HEADER), { health, statuses: ['DRAINING'] });
    const bodyAt = async (i: number) => (await proxy.get({ 'x-session': addressOf(proxy.ports[i]!) })).body;
    assert.deepEqual([await bodyAt(0), await bodyAt(1)], ['a', 'c']);
  });

  it('are what the route says', async (t) => {
    const type = 'type.googleapis.com/envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute';
    const off = await start(t, session(HEADER), { perRoute: { '@type': type, disabled: true } });
    assert.equal((await off.get({}, '/own')).headers['x-session'], undefined);
    assert.equal(await off.bodies({ 'x-session': addressOf(off.ports[0]!) }, '/own'), 'a,b,c');
    const own = await start(t, session(HEADER), {
      perRoute: { '@type': type, stateful_session: { ...HEADER, strict: true } },
    });
    assert.equal((await own.get({ 'x-session': addressOf(1) }, '/own')).status, 503);
    assert.equal((await own.get({ 'x-session': addressOf(1) })).status, 200);
  });
});
