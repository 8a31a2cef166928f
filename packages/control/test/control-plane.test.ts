/** A control plane over a real API: what is applied reaches proxies, and what becomes of it is written on it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { eventuallyPasses, leakCheck, tempDir } from '@weft/testkit';
import { startEmbeddedApi, watchFolder } from '../src/ingest/index.ts';
import { ControlPlane } from '../src/server/index.ts';
import { connectProxy } from './support/connected-proxy.ts';

leakCheck();

const base = { clock: systemClock, random: systemRandom, log: noopLogger };
const ANY_PORT = { host: '127.0.0.1', port: 0 };

async function start(t: TestContext, objects: string) {
  const folder = tempDir(t);
  const file = path.join(folder, 'mesh.yaml');
  writeFileSync(file, objects);
  const api = await startEmbeddedApi({ ...base, port: 0, version: '0.0.0' });
  t.after(() => api.close());
  const watch = await watchFolder({
    ...base,
    folder,
    client: api.client,
    onReport: ({ problems }) => assert.deepEqual(problems, []),
  });
  t.after(() => watch.close());
  const control = await ControlPlane.start({
    ...base,
    client: api.client,
    mesh: {
      clusterDomain: 'cluster.local',
      cluster: 'Kubernetes',
      systemNamespace: 'istio-system',
      configMapName: 'istio',
    },
    identifier: 'test',
    version: '0.0.0',
    plaintext: ANY_PORT,
    secure: ANY_PORT,
    debug: ANY_PORT,
    trustsThisMachine: true,
  });
  t.after(() => control.close());
  const page = async (name: string) => {
    const answer = await fetch(`http://127.0.0.1:${control.debugPort}${name}`);
    return { status: answer.status, text: await answer.text() };
  };
  return { api, control, page, apply: (text: string) => writeFileSync(file, text) };
}

const SERVICE = (name: string) => `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints: [{ addresses: [10.1.1.1], conditions: { ready: true } }]
`;

const RULES = (timeout: string) => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: cart, namespace: shop }
spec: { hosts: [cart], http: [{ route: [{ destination: { host: cart } }], timeout: ${timeout} }] }
`;

const CLUSTER = 'outbound|80||cart.shop.svc.cluster.local';

test('what is applied reaches a proxy, and its status says so', async (t) => {
  const { api, control, apply, page } = await start(t, SERVICE('cart') + RULES('3s'));
  const proxy = connectProxy(t, control.plaintextPort, {
    id: 'sidecar~10.1.1.5~web-1.shop~shop.svc.cluster.local',
  });
  await eventuallyPasses(() => {
    assert.ok(proxy.names('Cluster').includes(CLUSTER));
    assert.ok(proxy.names('ClusterLoadAssignment').includes(CLUSTER));
    assert.match(proxy.text('RouteConfiguration', '80'), /"timeout":"3s"/);
  });
  apply(SERVICE('cart') + RULES('4s'));
  await eventuallyPasses(() => assert.match(proxy.text('RouteConfiguration', '80'), /"timeout":"4s"/));
  const rules = await api.client.dynamic('networking.istio.io/v1', 'VirtualService', 'shop');
  await eventuallyPasses(async () => {
    const { status, metadata } = (await rules.get('cart')) as {
      status?: { conditions?: Record<string, unknown>[] };
      metadata: { generation?: number };
    };
    const condition = status?.conditions?.find(({ type }) => type === 'Reconciled');
    assert.deepEqual(
      [condition?.['reason'], condition?.['message'], condition?.['observedGeneration']],
      ['Effective', '1 of 1 proxies run it', metadata.generation],
    );
  });
  assert.match((await page('/debug/syncz')).text, /"proxy": "web-1\.shop"/);
  assert.match((await page('/metrics')).text, /^pilot_xds 1$/m);
  assert.equal((await page('/ready')).status, 200);
});

test('what is wrong with an object is written on it', async (t) => {
  const broken = RULES('3s').replace('destination: { host: cart }', 'destination: { host: cart, subset: v9 }');
  const { api } = await start(t, SERVICE('cart') + broken);
  const rules = await api.client.dynamic('networking.istio.io/v1', 'VirtualService', 'shop');
  await eventuallyPasses(async () => {
    const { status } = (await rules.get('cart')) as { status?: { conditions?: Record<string, unknown>[] } };
    const condition = status?.conditions?.find(({ type }) => type === 'Accepted');
    assert.deepEqual([condition?.['status'], condition?.['reason']], ['False', 'UnknownSubset']);
    assert.match(String(condition?.['message']), /v9/);
  });
});
