/** Which object a write means: names, namespaces, identities and versions, in bodies, URLs and patches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestApi, type TestApi } from './support/api.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const ROUTES = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const MERGE = { 'content-type': 'application/merge-patch+json' };

async function created(api: TestApi, url: string, body: object): Promise<{ metadata: Record<string, string> }> {
  const answer = await api.ask('POST', url, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function refused(
  api: TestApi,
  [method, url, body]: readonly [string, string, object?],
  [status, reason, message]: readonly [number, string, RegExp],
  headers: Record<string, string> = method === 'PATCH' ? MERGE : {},
): Promise<void> {
  const answer = await api.ask(method, url, { body, headers });
  const told = `${method} ${url} ${JSON.stringify(body)}: ${answer.text}`;
  assert.equal(answer.status, status, told);
  assert.equal(answer.json.reason, reason, told);
  assert.match(answer.json.message, message, told);
}

test('a replacement names the object that the URL names', async (t) => {
  const api = await createTestApi(t);
  const { metadata } = await created(api, MAPS, { metadata: { name: 'a' } });
  const put = (body: object): readonly [string, string, object] => ['PUT', `${MAPS}/a`, body];
  await refused(api, put({ data: {} }), [
    400,
    'BadRequest',
    /^the name of the object \(a based on URL\) was undeterminable: name must be provided$/,
  ]);
  await refused(api, put({ metadata: { name: 'b' } }), [
    400,
    'BadRequest',
    /^the name of the object \(b\) does not match the name on the URL \(a\)$/,
  ]);
  await refused(api, put({ metadata: { name: 'a', namespace: 'other' } }), [
    400,
    'BadRequest',
    /^the namespace of the provided object does not match the namespace sent on the request$/,
  ]);
  await refused(api, put({ metadata: { name: 'a', uid: 'other' } }), [
    409,
    'Conflict',
    new RegExp(`Precondition failed: UID in precondition: other, UID in object meta: ${metadata['uid']}`),
  ]);
  await refused(api, put({ metadata: { name: 'a', resourceVersion: '1' } }), [
    409,
    'Conflict',
    /the object has been modified/,
  ]);
  const zero = await api.ask('PUT', `${MAPS}/a`, {
    body: { metadata: { name: 'a', resourceVersion: '0' }, data: { k: '1' } },
  });
  assert.equal(zero.status, 200, 'version 0 stands for any');
  assert.equal(zero.json.metadata.uid, metadata['uid']);
  await refused(
    api,
    ['PUT', `${MAPS}/new`, { metadata: { name: 'new' } }],
    [404, 'NotFound', /configmaps "new" not found/],
  );
});

test('custom resources are replaced only by who names the version they have seen', async (t) => {
  const api = await createTestApi(t);
  const spec = { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] };
  const { metadata } = await created(api, ROUTES, { metadata: { name: 'a' }, spec });
  for (const resourceVersion of [undefined, '', '0']) {
    await refused(
      api,
      ['PUT', `${ROUTES}/a`, { metadata: { name: 'a', resourceVersion }, spec }],
      [422, 'Invalid', /metadata.resourceVersion: Invalid value: 0: must be specified for an update/],
    );
  }
  const { resourceVersion } = metadata;
  const answer = await api.ask('PUT', `${ROUTES}/a`, { body: { metadata: { name: 'a', resourceVersion }, spec } });
  assert.equal(answer.status, 200, answer.text);
  const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  await created(api, lease, { metadata: { name: 'l' } });
  await refused(
    api,
    ['PUT', `${lease}/l`, { metadata: { name: 'l' } }],
    [422, 'Invalid', /must be specified for an update/],
  );
});

test('a patch cannot make another object of it', async (t) => {
  const api = await createTestApi(t);
  const { metadata } = await created(api, MAPS, { metadata: { name: 'a' } });
  const patch = (metadata: object): readonly [string, string, object] => ['PATCH', `${MAPS}/a`, { metadata }];
  await refused(api, patch({ name: 'b' }), [400, 'BadRequest', /name of the object \(b\) does not match/]);
  await refused(api, patch({ name: null }), [400, 'BadRequest', /undeterminable: name must be provided/]);
  await refused(api, patch({ namespace: 'other' }), [
    400,
    'BadRequest',
    /namespace of the provided object does not match/,
  ]);
  await refused(api, patch({ uid: 'other' }), [
    422,
    'Invalid',
    /metadata.uid: Invalid value: "other": field is immutable/,
  ]);
  await refused(api, patch({ resourceVersion: '1' }), [409, 'Conflict', /the object has been modified/]);
  const same = await api.ask('PATCH', `${MAPS}/a`, {
    body: {
      metadata: {
        uid: metadata['uid'],
        creationTimestamp: '2001-01-01T00:00:00Z',
        generation: 9,
        deletionTimestamp: '2001-01-01T00:00:00Z',
      },
    },
    headers: MERGE,
  });
  assert.equal(same.status, 200, same.text);
  assert.deepEqual(same.json.metadata, metadata, 'nothing of it is for clients to change');
});

test('collections across namespaces are read, never written', async (t) => {
  const api = await createTestApi(t);
  await created(api, MAPS, { metadata: { name: 'a' } });
  await refused(
    api,
    ['POST', '/api/v1/configmaps', { metadata: { name: 'b' } }],
    [405, 'MethodNotAllowed', /does not allow this method/],
  );
  await refused(api, ['DELETE', '/api/v1/configmaps'], [405, 'MethodNotAllowed', /does not allow this method/]);
  await refused(api, ['DELETE', '/api/v1/namespaces'], [405, 'MethodNotAllowed', /does not allow this method/]);
  assert.equal((await api.ask('GET', `${MAPS}/a`)).status, 200);
});

test('a cluster-wide object is in no namespace, whatever it says', async (t) => {
  const api = await createTestApi(t);
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  const { metadata } = await created(api, roles, { metadata: { name: 'r', namespace: 'default' } });
  assert.equal(metadata['namespace'], undefined);
  const put = await api.ask('PUT', `${roles}/r`, {
    body: { metadata: { name: 'r', namespace: 'default', labels: { a: 'b' } } },
  });
  assert.equal(put.status, 200, put.text);
  assert.equal(put.json.metadata.namespace, undefined);
});

test('what is being deleted takes no new finalizers, and goes with the last one', async (t) => {
  const api = await createTestApi(t);
  await created(api, MAPS, { metadata: { name: 'a', finalizers: ['example.com/one', 'example.com/two'] } });
  await api.ask('DELETE', `${MAPS}/a`);
  const patch = (finalizers: string[] | null): readonly [string, string, object] => [
    'PATCH',
    `${MAPS}/a`,
    { metadata: { finalizers } },
  ];
  await refused(api, patch(['example.com/one', 'example.com/three']), [
    422,
    'Invalid',
    /metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example.com\/three"\}/,
  ]);
  const fewer = await api.ask(...(patch(['example.com/two']).slice(0, 2) as [string, string]), {
    body: patch(['example.com/two'])[2],
    headers: MERGE,
  });
  assert.deepEqual(fewer.json.metadata.finalizers, ['example.com/two']);
  assert.ok(fewer.json.metadata.deletionTimestamp, 'a deletion cannot be taken back');
  const last = await api.ask('PATCH', `${MAPS}/a`, { body: { metadata: { finalizers: [] } }, headers: MERGE });
  assert.equal(last.status, 200, last.text);
  assert.equal((await api.ask('GET', `${MAPS}/a`)).status, 404);
});

test('generated names that are taken are made again, and given up after a while', async (t) => {
  const api = await createTestApi(t);
  const random = api.core.context.random as { int: (max: number) => number };
  const real = random.int.bind(random);
  let calls = 0;
  // The first two names come out the same.
  random.int = (max) => (calls++ < 10 ? 0 : real(max));
  const first = await created(api, MAPS, { metadata: { generateName: 'x-' } });
  const second = await created(api, MAPS, { metadata: { generateName: 'x-' } });
  assert.equal(first.metadata['name'], 'x-bbbbb');
  assert.notEqual(second.metadata['name'], 'x-bbbbb');
  random.int = () => 0;
  const answer = await api.ask('POST', MAPS, { body: { metadata: { generateName: 'x-' } } });
  assert.equal(answer.status, 409);
  assert.equal(answer.json.reason, 'AlreadyExists');
  assert.match(answer.json.message, /the server was not able to generate a unique name for the object/);
  const long = 'y'.repeat(100);
  random.int = real;
  const cut = await created(api, MAPS, { metadata: { generateName: long } });
  assert.equal(cut.metadata['name']!.length, 63);
});
