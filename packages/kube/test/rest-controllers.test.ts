/** What the server does by itself: namespaces, garbage, definitions, access. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import { createTestApi, type TestApi } from './support/api.ts';

async function gone(api: TestApi, url: string): Promise<void> {
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', url)).status, 404, `${url} must be gone`));
}

async function owned(
  api: TestApi,
  name: string,
  owner?: { name: string; uid: string },
  more: object = {},
): Promise<{ name: string; uid: string }> {
  const ownerReferences =
    owner === undefined ? undefined : [{ apiVersion: 'v1', kind: 'ConfigMap', ...owner, ...more }];
  const { json, text } = await api.ask('POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name, ownerReferences } },
  });
  assert.ok(json.metadata.uid, text);
  return { name, uid: json.metadata.uid };
}

const url = (name: string): string => `/api/v1/namespaces/default/configmaps/${name}`;

test('every namespace has a default service account and the CA', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  await eventuallyPasses(async () => {
    assert.equal((await api.ask('GET', '/api/v1/namespaces/shop/serviceaccounts/default')).status, 200);
    assert.equal(
      (await api.ask('GET', '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt')).json.data['ca.crt'],
      'CA',
    );
  });
});

test('a deleted namespace is emptied and goes; nothing new is let in meanwhile', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const held = { metadata: { name: 'held', finalizers: ['example.com/hold'] } };
  await api.ask('POST', '/api/v1/namespaces/shop/configmaps', { body: held });
  await api.ask('DELETE', '/api/v1/namespaces/shop');
  assert.equal((await api.ask('GET', '/api/v1/namespaces/shop')).json.status.phase, 'Terminating');
  const late = await api.ask('POST', '/api/v1/namespaces/shop/configmaps', { body: { metadata: { name: 'late' } } });
  assert.equal(late.status, 403);
  assert.match(late.json.message, /because it is being terminated/);
  await eventuallyPasses(async () => {
    const { json } = await api.ask('GET', '/api/v1/namespaces/shop');
    assert.match(
      json.status.conditions?.[0]?.message ?? '',
      /configmaps has 1 resource instances held by example.com\/hold/,
    );
  });
  await api.ask('PATCH', '/api/v1/namespaces/shop/configmaps/held', {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await eventuallyPasses(async () => {
    api.clock.advance(500);
    assert.equal((await api.ask('GET', '/api/v1/namespaces/shop')).status, 404);
  });
});

test('the first namespaces cannot be deleted', async (t) => {
  const api = await createTestApi(t);
  assert.equal((await api.ask('DELETE', '/api/v1/namespaces/default')).status, 403);
});

test('dependents go with their last owner', async (t) => {
  const api = await createTestApi(t);
  const owner = await owned(api, 'owner');
  const child = await owned(api, 'child', owner);
  await owned(api, 'grandchild', child);
  await api.ask('DELETE', url('owner'));
  await gone(api, url('grandchild'));
  await gone(api, url('child'));
});

test('an object whose owner never was is collected; one with a living owner stays', async (t) => {
  const api = await createTestApi(t);
  const owner = await owned(api, 'owner');
  await owned(api, 'lost', { name: 'nobody', uid: 'no-such-uid' });
  await owned(api, 'kept', owner);
  await gone(api, url('lost'));
  assert.equal((await api.ask('GET', url('kept'))).status, 200);
});

test('a foreground deletion waits for its dependents', async (t) => {
  const api = await createTestApi(t);
  const owner = await owned(api, 'owner');
  const { json } = await api.ask('POST', '/api/v1/namespaces/default/configmaps', {
    body: {
      metadata: {
        name: 'slow',
        finalizers: ['example.com/hold'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', ...owner, blockOwnerDeletion: true }],
      },
    },
  });
  assert.equal(json.metadata.name, 'slow');
  await api.ask('DELETE', url('owner'), { body: { propagationPolicy: 'Foreground' } });
  await eventuallyPasses(async () => assert.ok((await api.ask('GET', url('slow'))).json.metadata.deletionTimestamp));
  assert.equal((await api.ask('GET', url('owner'))).status, 200);
  await api.ask('PATCH', url('slow'), {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await gone(api, url('owner'));
});

test('a ring of owners does not wait for itself', async (t) => {
  const api = await createTestApi(t);
  const a = await owned(api, 'a');
  const b = await owned(api, 'b', a, { blockOwnerDeletion: true });
  await api.ask('PATCH', url('a'), {
    body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', ...b, blockOwnerDeletion: true }] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await api.ask('DELETE', url('a'), { body: { propagationPolicy: 'Foreground' } });
  await gone(api, url('a'));
  await gone(api, url('b'));
});

test('orphaning cuts dependents loose', async (t) => {
  const api = await createTestApi(t);
  const owner = await owned(api, 'owner');
  await owned(api, 'child', owner);
  await api.ask('DELETE', url('owner'), { body: { propagationPolicy: 'Orphan' } });
  await gone(api, url('owner'));
  const { json } = await api.ask('GET', url('child'));
  assert.equal(json.metadata.ownerReferences, undefined);
});

const CRD = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', maximum: 10, default: 3 } },
                'x-kubernetes-validations': [{ rule: 'self.size != 7', message: 'not seven' }],
              },
            },
          },
        },
      },
    ],
  },
};

const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

test('a definition becomes a kind, with its schema, and takes its objects along when it goes', async (t) => {
  const api = await createTestApi(t);
  const created = await api.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: CRD });
  assert.equal(created.status, 201, created.text);
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', WIDGETS)).status, 200));
  const widget = await api.ask('POST', WIDGETS, { body: { metadata: { name: 'w' }, spec: { bogus: 1 } } });
  assert.equal(widget.status, 201, widget.text);
  assert.deepEqual(widget.json.spec, { size: 3 }, 'pruned and defaulted');
  const tooBig = await api.ask('POST', WIDGETS, { body: { metadata: { name: 'x' }, spec: { size: 11 } } });
  assert.match(
    tooBig.json.message,
    /spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10/,
  );
  const seven = await api.ask('POST', WIDGETS, { body: { metadata: { name: 'x' }, spec: { size: 7 } } });
  assert.match(seven.json.message, /not seven/);
  const groups = await api.ask('GET', '/apis');
  assert.ok(groups.json.groups.some((group: { name: string }) => group.name === 'example.com'));
  await api.ask('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com');
  await eventuallyPasses(async () => assert.equal((await api.ask('GET', WIDGETS)).status, 404));
});

test('a user may do what RBAC allows, and is told what it is not', async (t) => {
  const api = await createTestApi(t);
  const list = (): ReturnType<TestApi['ask']> =>
    api.ask('GET', '/api/v1/namespaces/default/configmaps', { user: 'maria' });
  const denied = await list();
  assert.equal(denied.status, 403);
  assert.equal(
    denied.json.message,
    'configmaps is forbidden: User "maria" cannot list resource "configmaps" in API group "" in the namespace "default"',
  );
  await api.ask('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    body: {
      metadata: { name: 'viewers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'maria' }],
    },
  });
  assert.equal((await list()).status, 200);
  assert.equal((await api.ask('GET', '/api/v1/namespaces/kube-system/configmaps', { user: 'maria' })).status, 403);
  assert.equal((await api.ask('GET', '/api/v1/namespaces/default/secrets', { user: 'maria' })).status, 403);
});

test('nobody gives away what they do not have', async (t) => {
  const api = await createTestApi(t);
  const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
  const binding = (name: string, role: string, user: string): object => ({
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
  await api.ask('POST', bindings, { body: binding('admins', 'admin', 'maria') });
  const ok = await api.ask('POST', bindings, { body: binding('jan-views', 'view', 'jan'), user: 'maria' });
  assert.equal(ok.status, 201, ok.text);
  const escalation = await api.ask('POST', bindings, {
    body: binding('jan-rules', 'cluster-admin', 'jan'),
    user: 'maria',
  });
  assert.equal(escalation.status, 403);
  assert.match(escalation.json.message, /attempting to grant RBAC permissions not currently held/);
});

test('health, version and metrics are there for those who may see them', async (t) => {
  const api = await createTestApi(t);
  const anonymous = { user: '' };
  assert.equal((await api.ask('GET', '/readyz', anonymous)).text, 'ok');
  assert.match((await api.ask('GET', '/livez?verbose', anonymous)).text, /\[\+\]ping ok/);
  assert.match((await api.ask('GET', '/version', anonymous)).json.gitVersion, /^v1\.\d+\.\d+\+weft-/);
  assert.equal((await api.ask('GET', '/metrics', anonymous)).status, 403);
  assert.match((await api.ask('GET', '/metrics')).text, /apiserver_request_total\{code="200"/);
  assert.equal((await api.ask('GET', '/api/v1/pods', anonymous)).status, 403);
});
