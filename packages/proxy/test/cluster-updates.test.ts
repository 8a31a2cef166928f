/** Clusters and endpoints that change while requests are under way. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import {
  ControlPlane,
  edsCluster,
  endpointsOf,
  httpManager,
  rds,
  routesTo,
} from '../src/test-support/control-plane.ts';
import { httpServer, request } from '../src/test-support/http-peers.ts';
import { listener, startProxy } from '../src/test-support/start-proxy.ts';

leakCheck();

async function startSubject(t: TestContext, apiType: 'GRPC' | 'DELTA_GRPC') {
  const held: ServerResponse[] = [];
  const serve = (name: string) =>
    httpServer(t, ({ url }, response) => {
      if (url === '/hold') held.push(response);
      else response.end(name);
    });
  const ports = { a: await serve('a'), b: await serve('b') };
  const plane = await ControlPlane.start(t);
  plane.set('cluster', edsCluster('one')).set('endpoints', endpointsOf('one', [ports.a]));
  plane.set('routes', routesTo('routes', 'one'));
  plane.set('listener', listener('web', { filter_chains: [{ filters: [httpManager(rds('routes'))] }] }));
  const proxy = await startProxy(t, plane.bootstrap(apiType));
  return { plane, proxy, ports, held, port: proxy.port('web') };
}

for (const apiType of ['GRPC', 'DELTA_GRPC'] as const) {
  describe(`an update by ${apiType}`, () => {
    it('of endpoints, clusters and routes drops no request, whatever is under way', async (t) => {
      const { plane, proxy, ports, held, port } = await startSubject(t, apiType);
      let isOver = false;
      let served = 0;
      const load = (async () => {
        while (!isOver) {
          const { status, body } = await request(port);
          assert.equal(status, 200, body);
          served++;
        }
      })();
      const underway = request(port, { path: '/hold' });
      await eventuallyPasses(() => assert.equal(held.length, 1));
      const steps: (readonly [() => void, string])[] = [
        [() => plane.set('endpoints', endpointsOf('one', [ports.b])), 'b'],
        [() => plane.set('cluster', edsCluster('one', { lb_policy: 'RANDOM' })), 'b'],
        [() => plane.set('endpoints', endpointsOf('one', [ports.a, ports.b])), ''],
        [() => plane.set('endpoints', endpointsOf('one', [ports.a])), 'a'],
        // Routes to a cluster that has no endpoints yet wait for it.
        [
          () =>
            plane
              .set('cluster', edsCluster('two'))
              .set('endpoints', endpointsOf('two', [ports.b]))
              .set('routes', routesTo('routes', 'two')),
          'b',
        ],
        [() => plane.delete('cluster', 'one').delete('endpoints', 'one'), 'b'],
      ];
      for (const [step, expected] of steps) {
        const until = served + 10;
        step();
        plane.push();
        await eventuallyPasses(async () => {
          const { body } = await request(port);
          if (expected !== '') assert.equal(body, expected);
          assert.ok(served > until);
        });
      }
      await eventuallyPasses(() => assert.equal(proxy.stat('cluster_manager.cluster_removed'), 1));
      isOver = true;
      await load;
      held[0]!.end('held');
      const { status, body } = await underway;
      assert.deepEqual([status, body], [200, 'held']);
      // With its last request everything of the cluster has gone.
      await eventuallyPasses(() => assert.deepEqual(proxy.stats('cluster.one.'), []));
      assert.deepEqual(plane.host.rejections, []);
    });

    it('of a cluster keeps the numbers of its hosts', async (t) => {
      const { plane, proxy } = await startSubject(t, apiType);
      plane.set('cluster', edsCluster('one', { lb_policy: 'RANDOM' })).push();
      await eventuallyPasses(() => assert.equal(proxy.stat('cluster_manager.cluster_modified'), 1));
      assert.equal(proxy.stat('cluster.one.membership_total'), 1);
      assert.equal(proxy.stat('cluster.one.membership_healthy'), 1);
    });

    // A server of the other protocol would say that the endpoints do not exist.
    if (apiType !== 'GRPC') return;
    it('of a cluster waits for the endpoints of the new version, and the one before serves', async (t) => {
      const { plane, proxy, ports, port } = await startSubject(t, apiType);
      const { eds_cluster_config: eds } = edsCluster('one') as { eds_cluster_config: object };
      plane.set('cluster', edsCluster('one', { eds_cluster_config: { ...eds, service_name: 'late' } })).push();
      await eventuallyPasses(() => assert.equal(proxy.stat('cluster_manager.warming_clusters'), 1));
      assert.equal((await request(port)).body, 'a');
      plane.set('endpoints', endpointsOf('late', [ports.b])).push();
      await eventuallyPasses(async () => assert.equal((await request(port)).body, 'b'));
      assert.equal(proxy.stat('cluster_manager.warming_clusters'), 0);
    });
  });
}

describe('two control planes', () => {
  it('may have different endpoints and routes of the same names', async (t) => {
    const [plane, other] = [await ControlPlane.start(t), await ControlPlane.start(t)];
    const backends = { a: await httpServer(t, (_, r) => r.end('a')), b: await httpServer(t, (_, r) => r.end('b')) };
    const { api_config_source: api } = other.source() as { api_config_source: object };
    const grpc_services = [{ envoy_grpc: { cluster_name: 'other' } }];
    const source = { api_config_source: { ...api, grpc_services }, resource_api_version: 'V3' };
    const second = { eds_cluster_config: { eds_config: source, service_name: 'svc' } };
    const { eds_cluster_config: eds } = edsCluster('one') as { eds_cluster_config: object };
    plane.set('endpoints', endpointsOf('svc', [backends.a])).set('routes', routesTo('routes', 'one'));
    other.set('endpoints', endpointsOf('svc', [backends.b])).set('routes', routesTo('routes', 'two'));
    plane.set('cluster', edsCluster('one', { eds_cluster_config: { ...eds, service_name: 'svc' } }));
    plane.set('cluster', edsCluster('two', second));
    const fromOther = { rds: { route_config_name: 'routes', config_source: source } };
    plane.set('listener', listener('first', { filter_chains: [{ filters: [httpManager(rds('routes'))] }] }));
    plane.set('listener', listener('second', { filter_chains: [{ filters: [httpManager(fromOther)] }] }));
    const proxy = await startProxy(t, plane.bootstrap('GRPC', { clusters: [{ ...other.cluster, name: 'other' }] }));
    assert.equal((await request(proxy.port('first'))).body, 'a');
    assert.equal((await request(proxy.port('second'))).body, 'b');
    plane.delete('listener', 'second').push();
    await eventuallyPasses(() => assert.equal(proxy.stat('listener_manager.listener_removed'), 1));
    assert.equal((await request(proxy.port('first'))).body, 'a');
  });
});
