/** Reviews: questions about identity and permissions that are answered and not stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenIssuer } from '../src/server/index.ts';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';

type Json = Answer['json'];

const AUTHZ = '/apis/authorization.k8s.io/v1';
const AUTHN = '/apis/authentication.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ann = { user: 'ann', groups: ['devs'] };

async function asked(answer: Promise<Answer>): Promise<Json> {
  const { status, text, json } = await answer;
  assert.equal(status, 201, text);
  return json.status;
}

async function refused(answer: Promise<Answer>, status: number, message: RegExp): Promise<void> {
  const { status: actual, text, json } = await answer;
  assert.equal(actual, status, text);
  assert.match(json.message, message);
}

/** Members of devs may read config maps in default, and see the version. */
async function policy(api: TestApi): Promise<void> {
  const role = {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  };
  const subjects = [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'devs' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  for (const [url, body] of [
    [`${RBAC}/namespaces/default/roles`, role],
    [`${RBAC}/namespaces/default/rolebindings`, { metadata: { name: 'reader' }, subjects, roleRef }],
  ] as const) {
    const { status, text } = await api.ask('POST', url, { body });
    assert.equal(status, 201, text);
  }
}

const configMaps = (verb: string, namespace = 'default'): object => ({ verb, resource: 'configmaps', namespace });

test('a user asks what they may do, and is answered as a request would be', async (t) => {
  const api = await createTestApi(t);
  await policy(api);
  const self = (spec: object): Promise<Json> =>
    asked(api.ask('POST', `${AUTHZ}/selfsubjectaccessreviews`, { body: { spec }, ...ann }));
  const cases: [object, boolean][] = [
    [{ resourceAttributes: configMaps('get') }, true],
    [{ resourceAttributes: configMaps('delete') }, false],
    [{ resourceAttributes: configMaps('get', 'other') }, false],
    [{ resourceAttributes: { ...configMaps('get'), name: 'x', version: 'v1' } }, true],
    [{ resourceAttributes: { ...configMaps('get'), subresource: 'status' } }, false],
    [{ nonResourceAttributes: { verb: 'get', path: '/version' } }, true],
    [{ nonResourceAttributes: { verb: 'get', path: '/metrics' } }, false],
  ];
  for (const [spec, allowed] of cases) assert.equal((await self(spec)).allowed, allowed, JSON.stringify(spec));
  assert.equal((await api.ask('GET', '/api/v1/namespaces/default/configmaps', ann)).status, 200);
  assert.equal((await api.ask('GET', '/api/v1/namespaces/kube-system/configmaps', ann)).status, 403);
});

test('those who may ask learn what others may do', async (t) => {
  const api = await createTestApi(t);
  await policy(api);
  const ask = (spec: object): Promise<Answer> => api.ask('POST', `${AUTHZ}/subjectaccessreviews`, { body: { spec } });
  assert.equal(
    (await asked(ask({ user: 'bob', groups: ['devs'], resourceAttributes: configMaps('list') }))).allowed,
    true,
  );
  assert.equal((await asked(ask({ user: 'bob', resourceAttributes: configMaps('list') }))).allowed, false);
  assert.equal(
    (await asked(ask({ groups: ['system:masters'], resourceAttributes: configMaps('delete') }))).allowed,
    true,
  );
  await refused(
    api.ask('POST', `${AUTHZ}/subjectaccessreviews`, {
      body: { spec: { user: 'x', resourceAttributes: configMaps('get') } },
      ...ann,
    }),
    403,
    /cannot create resource "subjectaccessreviews"/,
  );
  await refused(
    ask({ resourceAttributes: configMaps('get') }),
    422,
    /^SubjectAccessReview.authorization.k8s.io "" is invalid: .*at least one of user or group must be specified/,
  );
  await refused(
    ask({ user: 'x' }),
    422,
    /exactly one of nonResourceAttributes or resourceAttributes must be specified/,
  );
  await refused(
    ask({ user: 'x', resourceAttributes: configMaps('get'), nonResourceAttributes: { verb: 'get', path: '/' } }),
    422,
    /cannot be specified in combination with|exactly one of/,
  );
});

test('a local review is about its own namespace', async (t) => {
  const api = await createTestApi(t);
  await policy(api);
  const url = `${AUTHZ}/namespaces/default/localsubjectaccessreviews`;
  const ask = (resourceAttributes: object): Promise<Answer> =>
    api.ask('POST', url, { body: { spec: { user: 'bob', groups: ['devs'], resourceAttributes } } });
  assert.equal((await asked(ask(configMaps('get')))).allowed, true);
  const { status, json } = await ask(configMaps('get', 'other'));
  assert.ok(status === 400 || status === 422, json.message);
  assert.match(json.message, /namespace/);
  await refused(api.ask('POST', `${AUTHZ}/localsubjectaccessreviews`, { body: {} }), 405, /does not allow this method/);
});

test('the rules of a user in a namespace are listed', async (t) => {
  const api = await createTestApi(t);
  await policy(api);
  const rules = (spec: object): Promise<Answer> =>
    api.ask('POST', `${AUTHZ}/selfsubjectrulesreviews`, { body: { spec }, ...ann });
  const { resourceRules, nonResourceRules, incomplete } = await asked(rules({ namespace: 'default' }));
  assert.equal(incomplete, false);
  assert.ok(resourceRules.some((rule: Json) => rule.resources.includes('configmaps') && rule.verbs.includes('list')));
  assert.ok(nonResourceRules.some((rule: Json) => rule.nonResourceURLs.includes('/version')));
  const elsewhere = await asked(rules({ namespace: 'other' }));
  assert.ok(!elsewhere.resourceRules.some((rule: Json) => rule.resources.includes('configmaps')));
  const { status, json } = await rules({});
  assert.ok(status === 400 || status === 422, json.message);
});

test('everybody may ask who they are', async (t) => {
  const api = await createTestApi(t);
  const { userInfo } = await asked(api.ask('POST', `${AUTHN}/selfsubjectreviews`, { body: {}, ...ann }));
  assert.equal(userInfo.username, 'ann');
  assert.ok(userInfo.groups.includes('devs') && userInfo.groups.includes('system:authenticated'));
});

const issuer: TokenIssuer = {
  url: 'https://kubernetes.default.svc',
  algorithms: ['ES256'],
  issue: (claims) => ({
    token: JSON.stringify(claims),
    audiences: claims.audiences,
    issuedAt: '2026-01-01T00:00:00Z',
    expiresAt: '2026-01-01T01:00:00Z',
  }),
  checker: () => ({
    name: 'fake',
    check: (token, audiences) => {
      if (token === 'good')
        return {
          kind: 'user',
          user: { username: 'robot', uid: 'u', groups: ['robots'] },
          ...(audiences === undefined ? {} : { audiences }),
        };
      return token === 'old' ? { kind: 'refused', reason: 'the token has expired' } : { kind: 'none' };
    },
  }),
  jwks: () => ({ keys: [] }),
};

test('a token is reviewed without being repeated', async (t) => {
  const api = await createTestApi(t, { issuer });
  const ask = (spec: object): Promise<Answer> => api.ask('POST', `${AUTHN}/tokenreviews`, { body: { spec } });
  const good = await ask({ token: 'good', audiences: ['mesh'] });
  assert.deepEqual(good.json.status, {
    authenticated: true,
    user: { username: 'robot', uid: 'u', groups: ['robots'] },
    audiences: ['mesh'],
  });
  assert.ok(!good.text.includes('"good"'));
  assert.deepEqual(await asked(ask({ token: 'old' })), { authenticated: false, error: 'the token has expired' });
  assert.equal((await asked(ask({ token: 'unknown' }))).authenticated, false);
  const { status } = await ask({ token: '' });
  assert.ok(status === 400 || status === 422);
});

test('a token is made for a service account, and only as it may be', async (t) => {
  const api = await createTestApi(t, { issuer });
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const { json: account } = await api.ask('POST', accounts, { body: { metadata: { name: 'robot' } } });
  const ask = (spec: object, name = 'robot'): Promise<Answer> =>
    api.ask('POST', `${accounts}/${name}/token`, { body: { spec } });
  const made = JSON.parse((await asked(ask({ audiences: ['mesh'], expirationSeconds: 900 }))).token) as Json;
  assert.deepEqual(
    [made.name, made.uid, made.audiences, made.expirationSeconds],
    ['robot', account.metadata.uid, ['mesh'], 900],
  );
  const usual = await api.ask('POST', `${accounts}/robot/token`, { body: {} });
  assert.deepEqual([usual.json.kind, usual.json.spec.expirationSeconds], ['TokenRequest', 3600]);
  await refused(
    ask({ expirationSeconds: 10 }),
    422,
    /^TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes$/,
  );
  await refused(
    ask({ boundObjectRef: { kind: 'ConfigMap', name: 'x' } }),
    400,
    /cannot bind token to object of type "ConfigMap"/,
  );
  await refused(ask({ boundObjectRef: { kind: 'Secret', name: 'none' } }), 404, /secrets "none" not found/);
  await refused(ask({}, 'none'), 404, /serviceaccounts "none" not found/);
  await api.ask('POST', '/api/v1/namespaces/default/pods', {
    body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  });
  await refused(
    ask({ boundObjectRef: { kind: 'Pod', name: 'p' } }),
    400,
    /pod running with different serviceaccount name/,
  );
  await refused(api.ask('GET', `${accounts}/robot/token`), 405, /does not allow this method/);
});
