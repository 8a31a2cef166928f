/** One object in several versions of its kind: read, written and watched in each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const V1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const V2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } },
};

async function ok(answer: Promise<Answer>, status = 200): Promise<Json> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

async function autoscaler(api: TestApi, name = 'web'): Promise<Json> {
  const spec = {
    scaleTargetRef,
    minReplicas: 2,
    maxReplicas: 5,
    metrics: [cpu, memory],
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  };
  return ok(
    api.ask('POST', V2, {
      body: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name }, spec },
    }),
    201,
  );
}

test('an autoscaler keeps in each version what only the other can say', async (t) => {
  const api = await createTestApi(t);
  const stored = await autoscaler(api);
  const old = await ok(api.ask('GET', `${V1}/web`));
  assert.equal(old.apiVersion, 'autoscaling/v1');
  assert.equal(old.spec.targetCPUUtilizationPercentage, 60);
  assert.equal(old.spec.metrics, undefined);
  const put = await ok(
    api.ask('PUT', `${V1}/web`, {
      body: { ...old, spec: { ...old.spec, targetCPUUtilizationPercentage: 70, maxReplicas: 9 } },
    }),
  );
  assert.equal(put.apiVersion, 'autoscaling/v1');
  const now = await ok(api.ask('GET', `${V2}/web`));
  assert.equal(now.spec.maxReplicas, 9);
  const metrics = now.spec.metrics.map((one: Json) => [
    one.resource.name,
    one.resource.target.averageUtilization ?? one.resource.target.averageValue,
  ]);
  assert.deepEqual(metrics.toSorted(), [
    ['cpu', 70],
    ['memory', '100Mi'],
  ]);
  assert.deepEqual(now.spec.behavior.scaleDown.stabilizationWindowSeconds, 60);
  assert.equal(now.metadata.generation, stored.metadata.generation === undefined ? undefined : 2);
  assert.deepEqual(now.metadata.annotations, undefined, 'what carried it is not shown');
});

test('lists, watches and patches speak the version of their URL', async (t) => {
  const api = await createTestApi(t);
  const [one, two] = [await api.watch(`${V1}?watch=true`), await api.watch(`${V2}?watch=true`)];
  await autoscaler(api);
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patched = await ok(
    api.ask('PATCH', `${V1}/web`, { body: { spec: { targetCPUUtilizationPercentage: 80 } }, headers: merge }),
  );
  assert.equal(patched.spec.targetCPUUtilizationPercentage, 80);
  await ok(api.ask('DELETE', `${V1}/web`));
  const told = (events: Json[]): unknown[] => events.map(({ type, object }) => [type, object.apiVersion]);
  for (const [watch, version] of [
    [one, 'autoscaling/v1'],
    [two, 'autoscaling/v2'],
  ] as const) {
    assert.deepEqual(told(watch.events), [
      ['ADDED', version],
      ['MODIFIED', version],
      ['DELETED', version],
    ]);
  }
  assert.equal(one.events[1].object.spec.targetCPUUtilizationPercentage, 80);
  assert.equal(
    two.events[1].object.spec.metrics.find((m: Json) => m.resource.name === 'cpu').resource.target.averageUtilization,
    80,
  );
  await autoscaler(api);
  const { apiVersion, items } = await ok(api.ask('GET', V1));
  assert.deepEqual(
    [apiVersion, items[0].apiVersion, items[0].spec.targetCPUUtilizationPercentage],
    ['autoscaling/v1', undefined, 60],
  );
});

test('a deletion is told with its own revision, in every version', async (t) => {
  const api = await createTestApi(t);
  const created = await autoscaler(api);
  const watch = await api.watch(`${V1}?watch=true&resourceVersion=${created.metadata.resourceVersion}`);
  await ok(api.ask('DELETE', `${V2}/web`));
  const [event] = watch.events;
  assert.equal(event.type, 'DELETED');
  assert.equal(event.object.metadata.uid, created.metadata.uid);
  assert.ok(Number(event.object.metadata.resourceVersion) > Number(created.metadata.resourceVersion));
  const rest = await api.watch(`${V1}?watch=true&resourceVersion=${event.object.metadata.resourceVersion}`);
  assert.deepEqual(rest.events, [], 'nothing is told twice to who goes on from there');
});

test('managers of two versions own fields in the names of their own version', async (t) => {
  const api = await createTestApi(t);
  const apply = (url: string, version: string, manager: string, spec: object): Promise<Answer> =>
    api.ask('PATCH', `${url}/web?fieldManager=${manager}`, {
      body: { apiVersion: `autoscaling/${version}`, kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  await ok(apply(V2, 'v2', 'two', { scaleTargetRef, maxReplicas: 5 }), 201);
  const both = await ok(apply(V1, 'v1', 'one', { minReplicas: 3 }));
  assert.equal(both.spec.maxReplicas, 5);
  const managers = both.metadata.managedFields.map((entry: Json) => [entry.manager, entry.apiVersion]);
  assert.deepEqual(managers.toSorted(), [
    ['one', 'autoscaling/v1'],
    ['two', 'autoscaling/v2'],
  ]);
  const clash = await apply(V1, 'v1', 'one', { minReplicas: 3, maxReplicas: 9 });
  assert.match(clash.json.message, /conflict with "two"[^:]*: \.spec\.maxReplicas/);
});

test('kinds that look alike in all their versions are stored once and shown in each', async (t) => {
  const api = await createTestApi(t);
  const at = (version: string): string => `/apis/networking.istio.io/${version}/namespaces/default/virtualservices`;
  const http = [{ route: [{ destination: { host: 'reviews' } }] }];
  await ok(
    api.ask('POST', at('v1alpha3'), {
      body: {
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'VirtualService',
        metadata: { name: 'a' },
        spec: { hosts: ['reviews'], http },
      },
    }),
    201,
  );
  const watch = await api.watch(`${at('v1beta1')}?watch=true`);
  assert.equal(watch.events[0].object.apiVersion, 'networking.istio.io/v1beta1');
  const wrong = await api.ask('POST', at('v1'), {
    body: {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { name: 'b' },
      spec: { hosts: ['x'], http },
    },
  });
  assert.match(
    wrong.json.message,
    /the API version in the data \(networking.istio.io\/v1beta1\) does not match the expected API version \(networking.istio.io\/v1\)/,
  );
});
