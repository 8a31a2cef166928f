/** Garbage collection where owners are not plainly there or gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

async function created(
  api: TestApi,
  url: string,
  name: string,
  owner?: object,
  more: object = {},
): Promise<{ name: string; uid: string }> {
  const ownerReferences = owner === undefined ? undefined : [owner].flat();
  const answer = await api.ask('POST', url, { body: { metadata: { name, ownerReferences }, ...more } });
  assert.equal(answer.status, 201, answer.text);
  return { name, uid: answer.json.metadata.uid };
}

async function gone(api: TestApi, url: string): Promise<void> {
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', url)).status, 404, `${url} must be gone`));
}

/** Everything that was to be collected has been when a later piece of garbage is gone. */
async function settled(api: TestApi): Promise<void> {
  await created(api, MAPS, 'marker', { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: 'none' });
  await gone(api, `${MAPS}/marker`);
}

const map = (owner: { name: string; uid: string }): object => ({ apiVersion: 'v1', kind: 'ConfigMap', ...owner });

test('an owner is looked for in the namespace of the dependent, by its identity', async (t) => {
  const api = await createTestApi(t);
  await created(api, '/api/v1/namespaces', 'other');
  const far = await created(api, '/api/v1/namespaces/other/configmaps', 'far');
  const near = await created(api, MAPS, 'near');
  await created(api, MAPS, 'of-far', map(far));
  await created(api, MAPS, 'of-another-near', map({ name: 'near', uid: 'another' }));
  await created(api, MAPS, 'of-near', map(near));
  await gone(api, `${MAPS}/of-far`);
  await gone(api, `${MAPS}/of-another-near`);
  assert.equal((await api.ask('GET', `${MAPS}/of-near`)).status, 200);
});

test('what is cluster-wide may own anything, and is owned only by what is cluster-wide', async (t) => {
  const api = await createTestApi(t);
  const role = await created(api, ROLES, 'owner');
  const reference = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', ...role };
  await created(api, MAPS, 'child', reference);
  await created(api, ROLES, 'role-child', reference);
  const near = await created(api, MAPS, 'near');
  await created(api, ROLES, 'of-near', map(near));
  await settled(api);
  for (const url of [`${MAPS}/child`, `${ROLES}/role-child`, `${ROLES}/of-near`])
    assert.equal((await api.ask('GET', url)).status, 200, url);
  await api.ask('DELETE', `${ROLES}/owner`);
  await gone(api, `${MAPS}/child`);
  await gone(api, `${ROLES}/role-child`);
  await api.ask('DELETE', `${MAPS}/near`);
  await settled(api);
  assert.equal(
    (await api.ask('GET', `${ROLES}/of-near`)).status,
    200,
    'an owner that cannot be is no reason to delete',
  );
});

test('an owner of an unknown kind is judged once the kind is known', async (t) => {
  const api = await createTestApi(t);
  await created(api, MAPS, 'child', { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'x' });
  await settled(api);
  assert.equal((await api.ask('GET', `${MAPS}/child`)).status, 200);
  const schema = { openAPIV3Schema: { type: 'object' } };
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema }],
  };
  await created(api, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'things.example.com', undefined, {
    spec,
  });
  await gone(api, `${MAPS}/child`);
});

test('one living owner is enough; references to the others are dropped', async (t) => {
  const api = await createTestApi(t);
  const [one, two] = [await created(api, MAPS, 'one'), await created(api, MAPS, 'two')];
  await created(api, MAPS, 'child', [map(one), map(two)]);
  await api.ask('DELETE', `${MAPS}/one`);
  await eventuallyPasses(async () => {
    const { metadata } = (await api.ask('GET', `${MAPS}/child`)).json;
    assert.deepEqual(
      metadata.ownerReferences.map((owner: Answer['json']) => owner.name),
      ['two'],
    );
  });
  await api.ask('DELETE', `${MAPS}/two`);
  await gone(api, `${MAPS}/child`);
});

test('a ring of owners that nobody holds from outside goes when one of it does', async (t) => {
  const api = await createTestApi(t);
  const a = await created(api, MAPS, 'a');
  const b = await created(api, MAPS, 'b', map(a));
  const merge = { 'content-type': 'application/merge-patch+json' };
  await api.ask('PATCH', `${MAPS}/a`, { body: { metadata: { ownerReferences: [map(b)] } }, headers: merge });
  await settled(api);
  assert.equal((await api.ask('GET', `${MAPS}/a`)).status, 200);
  await api.ask('DELETE', `${MAPS}/b`);
  await gone(api, `${MAPS}/a`);
  await gone(api, `${MAPS}/b`);
});
