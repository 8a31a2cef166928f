/** Parts of objects that have URLs of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const PODS = '/api/v1/namespaces/default/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const PATCHES = {
  json: { 'content-type': 'application/json-patch+json' },
  merge: { 'content-type': 'application/merge-patch+json' },
  strategic: { 'content-type': 'application/strategic-merge-patch+json' },
  apply: { 'content-type': 'application/apply-patch+yaml' },
};

async function ok(answer: Promise<Answer>, status = 200): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

async function refused(answer: Promise<Answer>, status: number, message: RegExp): Promise<Answer['json']> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  assert.match(json.message, message);
  return json;
}

async function deployment(api: TestApi): Promise<Answer['json']> {
  const labels = { app: 'web' };
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  };
  return ok(api.ask('POST', DEPLOYMENTS, { body: { metadata: { name: 'web', labels }, spec } }), 201);
}

async function pod(api: TestApi, name: string, more: object = {}, metadata: object = {}): Promise<Answer['json']> {
  const spec = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }], ...more };
  return ok(api.ask('POST', PODS, { body: { metadata: { name, labels: { app: 'web' }, ...metadata }, spec } }), 201);
}

test('scale reads and sets the number of replicas in every way of writing', async (t) => {
  const api = await createTestApi(t);
  const { metadata } = await deployment(api);
  const url = `${DEPLOYMENTS}/web/scale`;
  const shown = await ok(api.ask('GET', url));
  assert.deepEqual(shown, {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { replicas: 2 },
    status: { replicas: 0, selector: 'app=web' },
  });
  const replaced = await ok(api.ask('PUT', url, { body: { ...shown, spec: { replicas: 3 } } }));
  assert.equal(replaced.spec.replicas, 3);
  await refused(api.ask('PUT', url, { body: { ...shown, spec: { replicas: 4 } } }), 409, /has been modified/);
  const patch = async (type: keyof typeof PATCHES, body: object, query = ''): Promise<number> =>
    (await ok(api.ask('PATCH', url + query, { body, headers: PATCHES[type] }))).spec.replicas;
  assert.equal(await patch('merge', { spec: { replicas: 5 } }), 5);
  assert.equal(await patch('strategic', { spec: { replicas: 6 } }), 6);
  assert.equal(await patch('json', [{ op: 'replace', path: '/spec/replicas', value: 7 }]), 7);
  const whole = await ok(api.ask('GET', `${DEPLOYMENTS}/web`));
  assert.equal(whole.spec.replicas, 7);
  assert.equal(whole.metadata.generation, 5);
  assert.equal((await ok(api.ask('GET', url))).spec.replicas, 7);
});

test('scale refuses what is no number of replicas of this object', async (t) => {
  const api = await createTestApi(t);
  await deployment(api);
  const url = `${DEPLOYMENTS}/web/scale`;
  const put = (body: object, query = ''): Promise<Answer> => api.ask('PUT', url + query, { body });
  const negative = await refused(
    put({ spec: { replicas: -1 } }),
    422,
    /^Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0$/,
  );
  assert.equal(negative.details.causes[0].field, 'spec.replicas');
  await refused(put({ spec: { replicas: 'two' } }), 400, /Scale in version "v1" cannot be handled as a Scale/);
  await refused(put({ spec: { replicas: 2 ** 40 } }), 400, /cannot be handled as a Scale/);
  await refused(
    put({ spec: { replicas: 1, more: 1 } }, '?fieldValidation=Strict'),
    400,
    /strict decoding error: unknown field "spec.more"/,
  );
  await refused(
    put({ metadata: { name: 'other' }, spec: { replicas: 1 } }),
    400,
    /the name of the object \(other\) does not match the name on the URL \(web\)/,
  );
  await refused(put({ metadata: { uid: 'other' }, spec: { replicas: 1 } }), 409, /Precondition failed: UID/);
  await refused(put({ kind: 'Deployment', spec: { replicas: 1 } }), 400, /does not match the expected kind \(Scale\)/);
  await refused(
    put({ apiVersion: 'apps/v1', spec: { replicas: 1 } }),
    400,
    /does not match the expected API version \(autoscaling\/v1\)/,
  );
  await refused(
    api.ask('PUT', `${DEPLOYMENTS}/none/scale`, { body: { spec: { replicas: 1 } } }),
    404,
    /deployments.apps "none" not found/,
  );
  await refused(api.ask('GET', `${DEPLOYMENTS}/none/scale`), 404, /not found/);
  await refused(api.ask('DELETE', url), 405, /does not allow this method/);
  await refused(api.ask('GET', `${PODS}/x/scale`), 404, /could not find the requested resource/);
  assert.equal((await ok(api.ask('GET', url))).spec.replicas, 2);
});

test('an applied scale owns the number of replicas', async (t) => {
  const api = await createTestApi(t);
  await deployment(api);
  const apply = (replicas: number, query: string): Promise<Answer> =>
    api.ask('PATCH', `${DEPLOYMENTS}/web/scale?${query}`, {
      body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas } },
      headers: PATCHES.apply,
    });
  await refused(apply(3, ''), 422, /fieldManager: Required value: is required for apply patch/);
  const clash = await refused(
    apply(3, 'fieldManager=hpa'),
    409,
    /Apply failed with 1 conflict: conflict with "tests" using apps\/v1: .spec.replicas/,
  );
  assert.equal(clash.details.causes[0].field, '.spec.replicas');
  assert.equal((await ok(apply(3, 'fieldManager=hpa&force=true'))).spec.replicas, 3);
  const { metadata } = await ok(api.ask('GET', `${DEPLOYMENTS}/web`));
  const entry = metadata.managedFields.find((one: { manager: string }) => one.manager === 'hpa');
  assert.equal(entry.subresource, 'scale');
  assert.equal(entry.operation, 'Apply');
  assert.deepEqual(entry.fieldsV1, { 'f:spec': { 'f:replicas': {} } });
});

test('who writes the status changes neither spec nor metadata', async (t) => {
  const api = await createTestApi(t);
  const created = await deployment(api);
  const url = `${DEPLOYMENTS}/web/status`;
  const foreign = {
    metadata: { name: 'web', labels: { stolen: 'yes' }, finalizers: ['example.com/x'] },
    spec: { ...created.spec, replicas: 9 },
    status: { replicas: 1 },
  };
  const changed = [
    await ok(api.ask('PUT', url, { body: foreign })),
    await ok(api.ask('PATCH', url, { body: { ...foreign, status: { replicas: 2 } }, headers: PATCHES.merge })),
    await ok(
      api.ask('PATCH', `${url}?fieldManager=c&force=true`, {
        body: { apiVersion: 'apps/v1', kind: 'Deployment', ...foreign, status: { replicas: 3 } },
        headers: PATCHES.apply,
      }),
    ),
  ];
  for (const [i, object] of changed.entries()) {
    assert.deepEqual(object.metadata.labels, { app: 'web' });
    assert.equal(object.metadata.finalizers, undefined);
    assert.deepEqual(object.spec, created.spec);
    assert.equal(object.metadata.generation, 1);
    assert.equal(object.status.replicas, i + 1);
  }
  const entry = changed[2].metadata.managedFields.find((one: { manager: string }) => one.manager === 'c');
  assert.deepEqual([entry.subresource, entry.fieldsV1], ['status', { 'f:status': { 'f:replicas': {} } }]);
  await refused(
    api.ask('PATCH', `${DEPLOYMENTS}/none/status?fieldManager=c`, {
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'none' } },
      headers: PATCHES.apply,
    }),
    404,
    /not found/,
  );
  await refused(api.ask('GET', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt/status'), 404, /could not find/);
  await refused(api.ask('DELETE', url), 405, /does not allow this method/);
});

test('ephemeral containers are added to a pod, and nothing else changes', async (t) => {
  const api = await createTestApi(t);
  const created = await pod(api, 'a', { nodeName: 'n' });
  const url = `${PODS}/a/ephemeralcontainers`;
  const debug = { name: 'debug', image: 'busybox', targetContainerName: 'c' };
  const body = {
    metadata: { labels: { stolen: 'yes' } },
    spec: { ephemeralContainers: [debug], containers: [{ name: 'c', image: 'other' }] },
  };
  const added = await ok(api.ask('PATCH', url, { body, headers: PATCHES.strategic }));
  assert.equal(added.spec.ephemeralContainers[0].name, 'debug');
  assert.equal(added.spec.containers[0].image, 'i');
  assert.deepEqual(added.metadata.labels, created.metadata.labels);
  const entry = added.metadata.managedFields.find(
    (one: { subresource?: string }) => one.subresource === 'ephemeralcontainers',
  );
  assert.ok(entry.fieldsV1['f:spec']['f:ephemeralContainers']);
  assert.deepEqual(await ok(api.ask('GET', url)), added);
  await refused(
    api.ask('PATCH', url, { body: { spec: { ephemeralContainers: null } }, headers: PATCHES.merge }),
    422,
    /may not be removed/,
  );
  await refused(
    api.ask('PATCH', `${PODS}/a`, {
      body: { spec: { ephemeralContainers: [debug, { name: 'two', image: 'x' }] } },
      headers: PATCHES.strategic,
    }),
    422,
    /pod updates may not change fields other than/,
  );
});

test('resize changes the resources of containers that are there', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a', { nodeName: 'n' });
  const resources = { requests: { cpu: '2' } };
  const body = {
    metadata: { labels: { stolen: 'yes' } },
    spec: { containers: [{ name: 'c', image: 'other', resources }] },
  };
  await refused(
    api.ask('PATCH', `${PODS}/a`, {
      body: { spec: { containers: [{ name: 'c', resources }] } },
      headers: PATCHES.strategic,
    }),
    422,
    /pod updates may not change fields/,
  );
  const resized = await ok(api.ask('PATCH', `${PODS}/a/resize`, { body, headers: PATCHES.strategic }));
  assert.deepEqual(resized.spec.containers[0].resources, resources);
  assert.equal(resized.spec.containers[0].image, 'i');
  assert.equal(resized.metadata.labels.stolen, undefined);
});

test('a binding puts a pod on a node, once', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a');
  const url = `${PODS}/a/binding`;
  const before = api.core.context.storage.revision;
  const bind = (body: object, query = ''): Promise<Answer> => api.ask('POST', url + query, { body });
  await refused(bind({ target: { kind: 'Node' } }), 422, /target.name: Required value/);
  await refused(
    bind({ target: { kind: 'Service', name: 'n' } }),
    422,
    /target.kind: Unsupported value: "Service": supported values: "Node", "<empty>"/,
  );
  await refused(
    bind({ metadata: { name: 'b' }, target: { name: 'n' } }),
    400,
    /name in URL does not match name in Binding object/,
  );
  await refused(bind({ metadata: { uid: 'other' }, target: { name: 'n' } }), 409, /Precondition failed: UID/);
  await ok(bind({ target: { name: 'n' } }, '?dryRun=All'), 201);
  const watch = await api.watch(`${PODS}?watch=true&resourceVersion=${before}`);
  const success = await ok(
    bind({ metadata: { name: 'a', annotations: { by: 'scheduler' } }, target: { kind: 'Node', name: 'n' } }),
    201,
  );
  assert.equal(success.status, 'Success');
  assert.equal(watch.events.length, 1, 'node and condition change together');
  const { spec, status, metadata } = watch.events[0].object;
  assert.equal(spec.nodeName, 'n');
  assert.equal(metadata.annotations.by, 'scheduler');
  assert.deepEqual(
    status.conditions.map((c: { type: string; status: string }) => [c.type, c.status]),
    [['PodScheduled', 'True']],
  );
  await refused(bind({ target: { name: 'm' } }), 409, /pod a is already assigned to node "n"/);
  await refused(
    api.ask('POST', `${PODS}/none/binding`, { body: { target: { name: 'n' } } }),
    404,
    /pods "none" not found/,
  );
});

async function running(api: TestApi, name: string, ready = 'True'): Promise<void> {
  await pod(api, name, { nodeName: 'n', terminationGracePeriodSeconds: 0 });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] };
  await ok(api.ask('PATCH', `${PODS}/${name}/status`, { body: { status }, headers: PATCHES.merge }));
}

async function budget(api: TestApi, name: string, status: object, spec: object = {}): Promise<void> {
  const body = { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec } };
  await ok(api.ask('POST', BUDGETS, { body }), 201);
  await ok(api.ask('PATCH', `${BUDGETS}/${name}/status`, { body: { status }, headers: PATCHES.merge }));
}

const counts = { expectedPods: 2, desiredHealthy: 1, currentHealthy: 2, disruptionsAllowed: 1, observedGeneration: 1 };

test('an eviction takes a disruption from the budget, and is refused when there is none', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['a', 'b']) await running(api, name);
  await budget(api, 'web', counts);
  const evict = (name: string, more: object = {}): Promise<Answer> =>
    api.ask('POST', `${PODS}/${name}/eviction`, { body: { metadata: { name }, ...more } });
  await ok(evict('a', { deleteOptions: { dryRun: ['All'] } }), 201);
  assert.equal((await ok(api.ask('GET', `${BUDGETS}/web`))).status.disruptionsAllowed, 1, 'a dry run takes nothing');
  const answers = await Promise.all([evict('a'), evict('b')]);
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 429],
    'one disruption is taken once',
  );
  const { status } = await ok(api.ask('GET', `${BUDGETS}/web`));
  assert.equal(status.disruptionsAllowed, 0);
  assert.equal(Object.keys(status.disruptedPods).length, 1);
  const left = answers[0]!.status === 201 ? 'b' : 'a';
  const told = await refused(evict(left), 429, /^Cannot evict pod as it would violate the pod's disruption budget.$/);
  assert.deepEqual(told.details.causes, [
    { reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 2 currently' },
  ]);
  assert.equal(told.details.retryAfterSeconds, undefined);
  await refused(evict('none'), 404, /pods "none" not found/);
  await refused(
    evict(left, { metadata: { name: 'other' } }),
    400,
    /name in URL does not match name in Eviction object/,
  );
});

test('budgets do not protect what does not run, or is not ready when they have enough', async (t) => {
  const api = await createTestApi(t);
  const evict = (name: string): Promise<Answer> => api.ask('POST', `${PODS}/${name}/eviction`, { body: {} });
  await budget(api, 'web', { ...counts, disruptionsAllowed: 0, currentHealthy: 1 });
  await pod(api, 'pending');
  await ok(evict('pending'), 201);
  await running(api, 'unready', 'False');
  await ok(evict('unready'), 201);
  await running(api, 'ready');
  await refused(evict('ready'), 429, /disruption budget/);
  await ok(api.ask('PATCH', `${BUDGETS}/web`, { body: { spec: { minAvailable: 2 } }, headers: PATCHES.merge }));
  const stale = await refused(evict('ready'), 429, /disruption budget/);
  assert.match(stale.details.causes[0].message, /web is still being processed by the server/);
  assert.equal(stale.details.retryAfterSeconds, 10);
  await budget(api, 'second', counts);
  await refused(
    evict('ready'),
    500,
    /This pod has more than one PodDisruptionBudget, which the eviction subresource does not support/,
  );
});

test('finalize alone changes the finalizers in the spec of a namespace', async (t) => {
  const api = await createTestApi(t);
  await ok(
    api.ask('POST', '/api/v1/namespaces', {
      body: { metadata: { name: 'shop' }, spec: { finalizers: ['example.com/hold'] } },
    }),
    201,
  );
  const url = '/api/v1/namespaces/shop';
  const put = await ok(api.ask('PUT', url, { body: { metadata: { name: 'shop' }, spec: { finalizers: [] } } }));
  assert.deepEqual(put.spec.finalizers, ['example.com/hold', 'kubernetes'], 'not by an ordinary write');
  const body = { metadata: { name: 'shop', labels: { stolen: 'yes' } }, spec: { finalizers: ['kubernetes'] } };
  const finalized = await ok(api.ask('PUT', `${url}/finalize`, { body }));
  assert.deepEqual(finalized.spec.finalizers, ['kubernetes']);
  assert.equal(finalized.metadata.labels.stolen, undefined);
  assert.equal((await ok(api.ask('GET', url))).status.phase, 'Active');
});

test('what would need somebody who runs pods is refused by name', async (t) => {
  const api = await createTestApi(t);
  await pod(api, 'a');
  await ok(
    api.ask('POST', '/api/v1/namespaces/default/services', {
      body: { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } },
    }),
    201,
  );
  const cases = [
    ['GET', `${PODS}/a/log?follow=true`, 'pods/log'],
    ['POST', `${PODS}/a/exec?command=ls`, 'pods/exec'],
    ['GET', `${PODS}/a/exec?command=ls`, 'pods/exec'],
    ['POST', `${PODS}/a/attach`, 'pods/attach'],
    ['POST', `${PODS}/a/portforward`, 'pods/portforward'],
    ['GET', `${PODS}/a/proxy/index.html`, 'pods/proxy'],
    ['GET', '/api/v1/namespaces/default/services/s/proxy/', 'services/proxy'],
  ] as const;
  for (const [method, url, name] of cases) {
    const told = await refused(api.ask(method, url), 501, /nothing runs pods/);
    assert.equal(told.message, `${name} is not served: nothing runs pods on this API server`);
    assert.equal(told.reason, undefined);
    assert.equal(told.code, 501);
  }
  await refused(api.ask('GET', `${PODS}/none/log`), 404, /pods "none" not found/);
  const { resources } = (await api.ask('GET', '/api/v1')).json;
  const names = resources.map((resource: { name: string }) => resource.name);
  for (const [, , name] of cases) assert.ok(!names.includes(name), `${name} is not listed`);
});
