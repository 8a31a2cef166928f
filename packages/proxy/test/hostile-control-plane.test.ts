/** Control planes that flap, flood and never learn: whoever sends requests through the proxy does not notice. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, leakCheck } from '@weft/testkit';
import { typeUrls } from '@weft/xds/protocol';
import { ModelHost, ScriptedXdsServer } from '@weft/xds/test-support';
import {
  ControlPlane,
  edsCluster,
  endpointsOf,
  httpManager,
  packResource,
  rds,
  routesTo,
} from '../src/test-support/control-plane.ts';
import { httpServer, request } from '../src/test-support/http-peers.ts';
import { listener, type RunningProxy, startProxy } from '../src/test-support/start-proxy.ts';

leakCheck();

/** Sends one request after the other until it is stopped; fails with the first that does. */
function startLoad(port: number) {
  let isOver = false;
  let served = 0;
  const done = (async () => {
    while (!isOver) {
      const { status, body } = await request(port);
      assert.equal(status, 200, body);
      served++;
    }
  })();
  return {
    /** Waits for some more answers. */
    more: async () => {
      const until = served + 5;
      await eventuallyPasses(() => assert.ok(served >= until));
    },
    stop: async () => {
      isOver = true;
      await done;
    },
  };
}

async function fill(t: TestContext, plane: ControlPlane): Promise<readonly number[]> {
  const ports = [
    await httpServer(t, (_, response) => response.end('a')),
    await httpServer(t, (_, response) => response.end('b')),
  ];
  plane.set('cluster', edsCluster('one')).set('endpoints', endpointsOf('one', [ports[0]!]));
  plane.set('routes', routesTo('routes', 'one'));
  plane.set('listener', listener('web', { filter_chains: [{ filters: [httpManager(rds('routes'))] }] }));
  return ports;
}

for (const apiType of ['GRPC', 'DELTA_GRPC'] as const) {
  describe(`a control plane by ${apiType}`, () => {
    it('that comes and goes, and says wrong things in between, costs no request', async (t) => {
      let plane = await ControlPlane.start(t);
      const ports = await fill(t, plane);
      const proxy = await startProxy(t, plane.bootstrap(apiType));
      const load = startLoad(proxy.port('web'));
      const { model, port } = plane.host;
      for (let round = 0; round < 4; round++) {
        plane.host.dropStreams();
        await load.more();
        plane.set('cluster', { name: `bad ${round}`, type: 'STATIC', lb_policy: 'CLUSTER_PROVIDED' });
        plane.set('endpoints', endpointsOf('one', [ports[round % 2]!]));
        plane.push();
        await load.more();
        plane.host.close();
        await load.more();
        // Another one takes over, which knows the same and has never heard of this proxy.
        const next = await ModelHost.start(port);
        t.after(() => next.close());
        for (const [, resources] of [...model.all()]) {
          for (const [name, { resource }] of resources)
            if (resource !== undefined) next.model.setResource(name, resource);
        }
        plane = new ControlPlane(next);
        await load.more();
      }
      plane.set('endpoints', endpointsOf('one', [ports[1]!])).push();
      await eventuallyPasses(async () => assert.equal((await request(proxy.port('web'))).body, 'b'), {
        withinMs: 30_000,
      });
      await load.stop();
    });
  });
}

describe('a control plane that does not keep to bounds', () => {
  it('loses its stream with a response that is too long, and may come again', async (t) => {
    const { plane, stream, serves } = await startScripted(t);
    stream.sendBytes(new Uint8Array(64 * 1024 * 1024 + 1));
    await stream.expectEnd();
    await serves();
    const again = await plane.expectSotwStream();
    await again.expectRequest(typeUrls.cluster);
    await serves();
  });

  it('is answered more and more slowly when it sends again what was refused', async (t) => {
    const { stream, serves } = await startScripted(t);
    const bad = packResource(typeUrls.cluster, { name: 'bad', type: 'STATIC', lb_policy: 'CLUSTER_PROVIDED' });
    let isOver = false;
    let rejections = 0;
    const insist = (async () => {
      for (;;) {
        const nonce = `n${rejections}`;
        stream.send({ typeUrl: typeUrls.cluster, versionInfo: 'bad', nonce, resources: [bad] });
        if (isOver) return;
        await stream.expectNack(typeUrls.cluster, nonce, /bad: .*CLUSTER_PROVIDED/);
        rejections++;
      }
    })();
    for (let i = 0; i < 200; i++) await serves();
    isOver = true;
    await insist;
    assert.ok(rejections < 20, `${rejections} times in the time of 200 requests`);
  });

  it('may name a resource twice, and resources that lead nowhere', async (t) => {
    const { stream, serves, proxy } = await startScripted(t);
    const one = packResource(typeUrls.cluster, edsCluster('twice'));
    const cold = packResource(typeUrls.cluster, edsCluster('cold'));
    stream.send({ typeUrl: typeUrls.cluster, versionInfo: '2', nonce: 'c2', resources: [one, one, cold] });
    await stream.expectNack(typeUrls.cluster, 'c2', /twice: there is more than one resource of this name/);
    await stream.expectSubscribe(typeUrls.endpoints, ['cold']);
    await serves();
    assert.equal(proxy.stat('cluster_manager.warming_clusters'), 1);
  });
});

interface Scripted {
  readonly plane: ScriptedXdsServer;
  readonly stream: Awaited<ReturnType<ScriptedXdsServer['expectSotwStream']>>;
  readonly proxy: RunningProxy;
  /** Requests are served as ever. */
  readonly serves: () => Promise<void>;
}

/** A proxy that has all that it needs, and whose control plane does what the test says. */
async function startScripted(t: TestContext): Promise<Scripted> {
  const plane = await ScriptedXdsServer.start();
  t.after(() => plane.close());
  const backend = await httpServer(t, (_, response) => response.end('a'));
  const chains = [{ filters: [httpManager({ route_config: routesTo('inline', 'own') })] }];
  const starting = startProxy(
    t,
    ControlPlane.bootstrapFor(plane.port, 'GRPC', {
      listeners: [listener('web', { filter_chains: chains })],
      clusters: [{ name: 'own', type: 'STATIC', load_assignment: endpointsOf('own', [backend]) }],
    }),
  );
  const stream = await plane.expectSotwStream();
  for (const typeUrl of [typeUrls.cluster, typeUrls.listener]) {
    await stream.expectRequest(typeUrl);
    stream.send({ typeUrl, versionInfo: '1', nonce: 'first', resources: [] });
    await stream.expectAck(typeUrl, 'first');
  }
  const proxy = await starting;
  const serves = async () => assert.equal((await request(proxy.port('web'))).status, 200);
  await serves();
  return { plane, stream, proxy, serves };
}
