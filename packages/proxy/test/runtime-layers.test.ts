/** Runtime values that come from a control plane. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { ADS, ControlPlane, httpManager } from '../src/test-support/control-plane.ts';
import { request } from '../src/test-support/http-peers.ts';
import { listener, startProxy } from '../src/test-support/start-proxy.ts';

leakCheck();

type JsonObject = Readonly<Record<string, unknown>>;

/** Everybody gets 200, and those of the share that the runtime says 418. */
const ROUTES = {
  name: 'routes',
  virtual_hosts: [
    {
      name: 'all',
      domains: ['*'],
      routes: [
        {
          match: { prefix: '/', runtime_fraction: { default_value: { numerator: 0 }, runtime_key: 'teapots' } },
          direct_response: { status: 418 },
        },
        { match: { prefix: '/' }, direct_response: { status: 200 } },
      ],
    },
  ],
};
const LOOPBACK = { socket_address: { address: '127.0.0.1', port_value: 0 } };

async function start(t: TestContext, plane: ControlPlane, layers: readonly JsonObject[]) {
  plane.set('listener', listener('web', { filter_chains: [{ filters: [httpManager({ route_config: ROUTES })] }] }));
  const proxy = await startProxy(t, {
    ...plane.bootstrap(),
    layered_runtime: { layers },
    admin: { address: LOOPBACK },
  });
  const call = async (path: string, method = 'GET') => {
    const url = `http://${proxy.server.adminAddress}${path}`;
    return (await fetch(url, { method, headers: { connection: 'close' } })).text();
  };
  return { proxy, call, status: async () => (await request(proxy.port('web'))).status };
}

const FETCHED = { name: 'fetched', rtds_layer: { name: 'values', rtds_config: ADS } };

describe('a runtime layer of a control plane', () => {
  it('is there before the first request, changes at once what reads it, and lies where the bootstrap has put it', async (t) => {
    const plane = await ControlPlane.start(t);
    plane.set('runtime', { name: 'values', layer: { teapots: 100, b: 'from the plane' } });
    const layers = [{ name: 'base', static_layer: { teapots: 0, a: 1 } }, FETCHED, { name: 'admin', admin_layer: {} }];
    const { proxy, call, status } = await start(t, plane, layers);
    assert.equal(await status(), 418);
    const { entries, layers: names } = JSON.parse(await call('/runtime')) as JsonObject;
    assert.deepEqual(names, ['base', 'fetched', 'admin']);
    assert.deepEqual(entries, {
      a: { final_value: '1', layer_values: ['1', '', ''] },
      b: { final_value: 'from the plane', layer_values: ['', 'from the plane', ''] },
      teapots: { final_value: '100', layer_values: ['0', '100', ''] },
    });
    plane.set('runtime', { name: 'values', layer: {} }).push();
    await eventuallyPasses(async () => assert.equal(await status(), 200));
    await call('/runtime_modify?teapots=100', 'POST');
    assert.equal(await status(), 418);
    plane.set('runtime', { name: 'values', layer: { teapots: 0 } }).push();
    await eventuallyPasses(() => assert.equal(proxy.stat('runtime.update_success'), 3));
    assert.equal(await status(), 418);
    assert.equal(proxy.stat('runtime.admin_overrides_active'), 1);
    // The start, and the four changes.
    assert.equal(proxy.stat('runtime.load_success'), 5);
  });

  it('that is wrong is refused, and what was there stays', async (t) => {
    const plane = await ControlPlane.start(t);
    plane.set('runtime', { name: 'values', layer: { teapots: 100 } });
    const { proxy, status } = await start(t, plane, [FETCHED]);
    plane.set('runtime', { name: 'values', layer: { teapots: [1] } }).push();
    await eventuallyPasses(() =>
      assert.match(plane.host.rejections[0]?.reason ?? '', /layer\["teapots"\]: a runtime value/),
    );
    assert.equal(await status(), 418);
    assert.equal(proxy.stat('runtime.update_rejected'), 1);
  });

  it('that does not come is waited for as long as it may take', async (t) => {
    const plane = await ControlPlane.start(t);
    const source = { ...ADS, initial_fetch_timeout: '0.05s' };
    const layer = { name: 'fetched', rtds_layer: { name: 'nobody has it', rtds_config: source } };
    const { proxy, status } = await start(t, plane, [layer]);
    assert.equal(await status(), 200);
    assert.equal(proxy.stat('runtime.init_fetch_timeout'), 1);
  });
});
