/** Acting as somebody else, as `kubectl --as` asks for it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createTestApi, type TestApi } from './support/api.ts';
import { startTestServer } from './support/server.ts';

const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

interface Who {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

async function who(api: TestApi, headers: Record<string, string>, user?: string): Promise<Who | number> {
  const { status, json } = await api.ask('POST', SELF, { body: {}, headers, ...(user === undefined ? {} : { user }) });
  return status === 201 ? json.status.userInfo : status;
}

async function grant(api: TestApi, user: string, rules: readonly object[]): Promise<void> {
  const role = await api.ask('POST', `${RBAC}/clusterroles`, { body: { metadata: { name: `for-${user}` }, rules } });
  assert.equal(role.status, 201, role.text);
  const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { kind: 'ClusterRole', name: `for-${user}`, apiGroup: 'rbac.authorization.k8s.io' };
  const binding = await api.ask('POST', `${RBAC}/clusterrolebindings`, {
    body: { metadata: { name: user }, roleRef, subjects },
  });
  assert.equal(binding.status, 201, binding.text);
}

test('the owner becomes whom the headers name, with the groups that one would have', async (t) => {
  const api = await createTestApi(t);
  assert.deepEqual(await who(api, { 'impersonate-user': 'maria' }), {
    username: 'maria',
    groups: ['system:authenticated'],
  });
  assert.deepEqual(
    await who(api, { 'impersonate-user': 'maria', 'impersonate-group': 'devs', 'impersonate-uid': '7' }),
    {
      username: 'maria',
      uid: '7',
      groups: ['devs', 'system:authenticated'],
    },
  );
  assert.deepEqual(await who(api, { 'impersonate-user': 'system:serviceaccount:shop:web' }), {
    username: 'system:serviceaccount:shop:web',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
  });
  assert.equal(await who(api, { 'impersonate-user': 'system:anonymous' }), 403, 'nobody may not ask this');
  const extra = await who(api, { 'impersonate-user': 'm', 'impersonate-extra-example.com%2fscopes': 'view' });
  assert.deepEqual((extra as Who).extra, { 'example.com/scopes': ['view'] });
});

test('whoever is impersonated has no more rights than that user', async (t) => {
  const api = await createTestApi(t);
  const as = { 'impersonate-user': 'maria' };
  const secrets = '/api/v1/namespaces/default/secrets';
  const { status, json } = await api.ask('GET', secrets, { headers: as });
  assert.equal(status, 403);
  assert.equal(
    json.message,
    'secrets is forbidden: User "maria" cannot list resource "secrets" in API group "" in the namespace "default"',
  );
  assert.equal(
    (await api.ask('GET', secrets, { headers: { ...as, 'impersonate-group': 'system:masters' } })).status,
    200,
  );
});

test('each part of the name needs a right of its own', async (t) => {
  const api = await createTestApi(t);
  const impersonate = ['impersonate'];
  await grant(api, 'deputy', [
    { verbs: impersonate, apiGroups: [''], resources: ['users'], resourceNames: ['maria'] },
    { verbs: impersonate, apiGroups: [''], resources: ['groups'], resourceNames: ['devs'] },
    {
      verbs: impersonate,
      apiGroups: ['authentication.k8s.io'],
      resources: ['userextras/scopes'],
      resourceNames: ['view'],
    },
  ]);
  const as = (headers: Record<string, string>): Promise<Who | number> => who(api, headers, 'deputy');
  const maria = { 'impersonate-user': 'maria' };
  assert.equal(((await as(maria)) as Who).username, 'maria');
  assert.deepEqual(((await as({ ...maria, 'impersonate-group': 'devs' })) as Who).groups, [
    'devs',
    'system:authenticated',
  ]);
  assert.notEqual(await as({ ...maria, 'impersonate-extra-scopes': 'view' }), 403);
  for (const headers of [
    { 'impersonate-user': 'root' },
    { ...maria, 'impersonate-group': 'system:masters' },
    { ...maria, 'impersonate-group': 'devs,system:masters' },
    { ...maria, 'impersonate-uid': '1' },
    { ...maria, 'impersonate-extra-scopes': 'edit' },
    { ...maria, 'impersonate-extra-other': 'view' },
    { 'impersonate-user': 'system:serviceaccount:kube-system:admin' },
  ]) {
    assert.equal(await as(headers), 403, JSON.stringify(headers));
  }
  const refusal = await api.ask('GET', '/version', { user: 'nobody', headers: maria });
  assert.equal(
    refusal.json.message,
    'users "maria" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
  assert.equal(await who(api, maria, ''), 403, 'nobody cannot either');
});

test('an incomplete or unknown impersonation is refused, never ignored', async (t) => {
  const api = await createTestApi(t);
  for (const headers of [
    { 'impersonate-group': 'devs' },
    { 'impersonate-uid': '1' },
    { 'impersonate-extra-a': 'b' },
    { 'impersonate-user': '' },
    { 'impersonate-user': 'maria', 'impersonate-role': 'admin' },
  ] as Record<string, string>[]) {
    assert.equal(await who(api, headers), 400, JSON.stringify(headers));
  }
});

test('several groups come in several headers, and names in UTF-8', async (t: TestContext) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  const body = '{}';
  await client.send(
    `POST ${SELF} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nImpersonate-User: märia\r\nImpersonate-Group: a, b\r\nImpersonate-Group: c\r\n\r\n${body}`,
  );
  const answer = JSON.parse((await client.readResponse()).body.toString()) as { status: { userInfo: Who } };
  assert.deepEqual(answer.status.userInfo, { username: 'märia', groups: ['a, b', 'c', 'system:authenticated'] });
  const twice = await server.connect();
  await twice.send('GET /version HTTP/1.1\r\nHost: a\r\nImpersonate-User: a\r\nImpersonate-User: b\r\n\r\n');
  assert.equal((await twice.readResponse()).statusCode, 400);
});
