/** Server-side apply through the API: who owns what, what goes when nobody wants it, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const MERGE = { 'content-type': 'application/merge-patch+json' };

function applyMap(
  api: TestApi,
  manager: string,
  data: object | undefined,
  query = '',
  metadata: object = {},
): Promise<Answer> {
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata },
    ...(data === undefined ? {} : { data }),
  };
  return api.ask('PATCH', `${MAPS}/a?fieldManager=${manager}${query}`, { body, headers: APPLY });
}

async function ok(answer: Promise<Answer>, status = 200): Promise<Json> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  return json;
}

async function refused(answer: Promise<Answer>, status: number, message: RegExp): Promise<Json> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  assert.match(json.message, message);
  return json;
}

function owners(object: Json): Record<string, unknown> {
  return Object.fromEntries(
    object.metadata.managedFields.map((one: Json) => [`${one.manager}/${one.operation}`, one.fieldsV1]),
  );
}

test('an apply creates, changes and removes what its manager wants', async (t) => {
  const api = await createTestApi(t);
  const created = await ok(applyMap(api, 'one', { a: '1', b: '2' }), 201);
  assert.deepEqual(owners(created), { 'one/Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } } });
  const same = await ok(applyMap(api, 'one', { a: '1', b: '2' }));
  assert.equal(same.metadata.resourceVersion, created.metadata.resourceVersion, 'the same again changes nothing');
  const changed = await ok(applyMap(api, 'one', { a: '3' }));
  assert.deepEqual(changed.data, { a: '3' }, 'what is no longer applied goes');
  const empty = await ok(applyMap(api, 'one', undefined));
  assert.equal(empty.data, undefined);
});

test('managers share an object; who changes what another owns hears of it', async (t) => {
  const api = await createTestApi(t);
  await ok(applyMap(api, 'one', { a: '1', b: '2' }), 201);
  const shared = await ok(applyMap(api, 'two', { a: '1', c: '3' }));
  assert.deepEqual(shared.data, { a: '1', b: '2', c: '3' });
  const clash = await refused(
    applyMap(api, 'two', { a: '9', b: '9' }),
    409,
    /^Apply failed with 2 conflicts: conflicts with "one":\n- \.data\.a\n- \.data\.b$/,
  );
  assert.equal(clash.reason, 'Conflict');
  assert.deepEqual(
    clash.details.causes,
    ['.data.a', '.data.b'].map((field) => ({ reason: 'FieldManagerConflict', message: 'conflict with "one"', field })),
  );
  const dropped = await ok(applyMap(api, 'one', { b: '2' }));
  assert.deepEqual(dropped.data, { a: '1', b: '2', c: '3' }, 'what another still wants stays');
  const forced = await ok(applyMap(api, 'two', { b: '9' }, '&force=true'));
  assert.deepEqual(forced.data, { b: '9' });
  assert.deepEqual(owners(forced), { 'two/Apply': { 'f:data': { 'f:b': {} } } });
});

test('a field written otherwise is owned too, and conflicts name how', async (t) => {
  const api = await createTestApi(t);
  await ok(api.ask('POST', MAPS, { body: { metadata: { name: 'a' }, data: { a: '1' } } }), 201);
  await refused(
    applyMap(api, 'one', { a: '2' }),
    409,
    /^Apply failed with 1 conflict: conflict with "tests" using v1: \.data\.a$/,
  );
  const same = await ok(applyMap(api, 'one', { a: '1' }));
  assert.deepEqual(Object.keys(owners(same)), ['one/Apply', 'tests/Update'], 'the same value is no conflict');
});

test('an apply is refused without a manager, for another object, version or state', async (t) => {
  const api = await createTestApi(t);
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  await refused(
    api.ask('PATCH', `${MAPS}/a`, { body, headers: APPLY }),
    422,
    /^PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch$/,
  );
  await refused(
    applyMap(api, 'm', {}, '', { name: 'b' }),
    400,
    /the name of the object \(b\) does not match the name on the URL \(a\)/,
  );
  await refused(applyMap(api, 'm', {}, '', { name: undefined }), 400, /undeterminable: name must be provided/);
  await refused(
    applyMap(api, 'm', {}, '', { namespace: 'other' }),
    400,
    /namespace of the provided object does not match/,
  );
  await refused(applyMap(api, 'm', {}, '', { managedFields: [] }), 400, /metadata.managedFields must be nil/);
  await refused(
    applyMap(api, 'm', {}, '', { uid: 'gone' }),
    409,
    /uid mismatch: the provided object specified uid gone, and no existing object was found/,
  );
  await refused(
    api.ask('PATCH', `${MAPS}/a?fieldManager=m`, { body: { ...body, apiVersion: 'v2' }, headers: APPLY }),
    400,
    /^invalid object type: \/v2, Kind=ConfigMap$/,
  );
  const { metadata } = await ok(applyMap(api, 'm', { a: '1' }), 201);
  await refused(applyMap(api, 'm', { a: '2' }, '', { resourceVersion: '1' }), 409, /has been modified/);
  await refused(
    applyMap(api, 'm', { a: '2' }, '', { uid: 'other' }),
    422,
    /metadata.uid: Invalid value: "other": field is immutable/,
  );
  await ok(applyMap(api, 'm', { a: '2' }, '', { resourceVersion: metadata.resourceVersion, uid: metadata.uid }));
  const unnamed = await ok(applyMap(api, 'm', { a: '3' }, '', { name: undefined }));
  assert.equal(unnamed.metadata.name, 'a', 'an object that is there needs no name in the body');
});

test('unknown fields are refused', async (t) => {
  const api = await createTestApi(t);
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "1"}\nbogus: {deep: 1}\n';
  const ask = (query: string): Promise<Answer> =>
    api.ask('PATCH', `${MAPS}/a?fieldManager=m&fieldValidation=${query}`, { body, headers: APPLY });
  // Whatever is asked for: fields that nobody knows cannot be owned.
  for (const validation of ['Strict', 'Warn', 'Ignore']) {
    await refused(
      ask(validation),
      400,
      /^failed to create typed patch object \(default\/a; .*v1, Kind=ConfigMap\): \.bogus: field not declared in schema$/,
    );
  }
  const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "1"}\n';
  await ok(api.ask('PATCH', `${MAPS}/a?fieldManager=m`, { body: twice, headers: APPLY }), 201);
});

test('lists of containers, ports and environments merge by their keys', async (t) => {
  const api = await createTestApi(t);
  const labels = { app: 'web' };
  const apply = (manager: string, containers: object[], query = ''): Promise<Answer> =>
    api.ask('PATCH', `${DEPLOYMENTS}/web?fieldManager=${manager}${query}`, {
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
      },
      headers: APPLY,
    });
  const main = { name: 'main', image: 'i', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] };
  await ok(apply('one', [main]), 201);
  const injected = await ok(
    apply('two', [
      { name: 'main', env: [{ name: 'B', value: '2' }] },
      { name: 'proxy', image: 'p' },
    ]),
  );
  const { containers } = injected.spec.template.spec;
  assert.deepEqual(
    containers.map((one: Json) => one.name),
    ['main', 'proxy'],
  );
  assert.deepEqual(containers[0].env, [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ]);
  assert.equal(containers[0].ports[0].protocol, 'TCP', 'defaults hold');
  assert.equal(injected.spec.replicas, 1);
  await refused(
    apply('two', [{ name: 'main', image: 'other' }]),
    409,
    /conflict with "one": \.spec\.template\.spec\.containers\[name="main"\]\.image/,
  );
  const left = await ok(apply('one', [{ ...main, ports: [], env: [] }]));
  assert.deepEqual(left.spec.template.spec.containers[0].env, [{ name: 'B', value: '2' }]);
});

test('kubectl moves from client-side to server-side apply by rewriting the owners', async (t) => {
  const api = await createTestApi(t);
  await ok(
    api.ask('POST', `${MAPS}?fieldManager=kubectl-client-side-apply`, {
      body: { metadata: { name: 'a' }, data: { a: '1', b: '2' } },
    }),
    201,
  );
  const { metadata } = await ok(api.ask('GET', `${MAPS}/a`));
  const managedFields = [{ ...metadata.managedFields[0], manager: 'kubectl', operation: 'Apply' }];
  const patch = [
    { op: 'replace', path: '/metadata/managedFields', value: managedFields },
    { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
  ];
  const migrated = await ok(
    api.ask('PATCH', `${MAPS}/a`, { body: patch, headers: { 'content-type': 'application/json-patch+json' } }),
  );
  assert.deepEqual(Object.keys(owners(migrated)), ['kubectl/Apply']);
  await refused(
    api.ask('PATCH', `${MAPS}/a`, { body: patch, headers: { 'content-type': 'application/json-patch+json' } }),
    409,
    /has been modified/,
  );
  const applied = await ok(applyMap(api, 'kubectl', { a: '1' }));
  assert.deepEqual(applied.data, { a: '1' }, 'what was left out of the new configuration goes');
});

test('owners may be forgotten, and are not lost by accident', async (t) => {
  const api = await createTestApi(t);
  await ok(applyMap(api, 'one', { a: '1' }), 201);
  const { metadata: _, ...rest } = await ok(api.ask('GET', `${MAPS}/a`));
  const put = await ok(api.ask('PUT', `${MAPS}/a`, { body: { ...rest, metadata: { name: 'a', labels: { x: 'y' } } } }));
  assert.deepEqual(
    Object.keys(owners(put)),
    ['one/Apply', 'tests/Update'],
    'a client that knows nothing of them keeps them',
  );
  const reset = await ok(
    api.ask('PATCH', `${MAPS}/a`, { body: { metadata: { managedFields: [{}] } }, headers: MERGE }),
  );
  assert.equal(reset.metadata.managedFields, undefined);
  await refused(applyMap(api, 'two', { a: '2' }), 409, /conflict with "before-first-apply" using v1: \.data\.a/);
});

test('applies at the same time all arrive, whoever creates the object', async (t) => {
  const api = await createTestApi(t);
  const keys = ['k0', 'k1', 'k2', 'k3', 'k4'];
  const answers = await Promise.all(keys.map((key) => applyMap(api, key, { [key]: '1' })));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 200, 200, 200, 201],
  );
  assert.deepEqual(Object.keys((await ok(api.ask('GET', `${MAPS}/a`))).data).toSorted(), keys);
});

test('an apply after the object was deleted makes a new one', async (t) => {
  const api = await createTestApi(t);
  const first = await ok(applyMap(api, 'one', { a: '1' }), 201);
  // It goes while the apply that meant to change it is being stored.
  const storage = api.core.context.storage as { write: (typeof api.core.context.storage)['write'] };
  const write = storage.write.bind(storage);
  storage.write = async (request) => {
    storage.write = write;
    await ok(api.ask('DELETE', `${MAPS}/a`));
    return write(request);
  };
  const again = await applyMap(api, 'one', { a: '2' });
  assert.equal(again.status, 201, again.text);
  assert.notEqual(again.json.metadata.uid, first.metadata.uid);
  assert.deepEqual(again.json.data, { a: '2' });
});
