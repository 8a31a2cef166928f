/** RBAC as users meet it: rules with names and subresources, roles that change, what nobody may give away, and the reviews. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { createTestApi, type TestApi } from './support/api.ts';

const GROUP = 'rbac.authorization.k8s.io';
const RBAC = `/apis/${GROUP}/v1`;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const AUTHZ = '/apis/authorization.k8s.io/v1';
const MERGE = { 'content-type': 'application/merge-patch+json' };

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

async function make(api: TestApi, url: string, body: object): Promise<void> {
  const { status, text } = await api.ask('POST', url, { body });
  assert.equal(status, 201, text);
}

async function bind(api: TestApi, role: string, user: string, namespace = ''): Promise<void> {
  const url = namespace === '' ? `${RBAC}/clusterrolebindings` : `${RBAC}/namespaces/${namespace}/rolebindings`;
  await make(api, url, {
    metadata: { name: `${role}-${user}` },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: user }],
  });
}

async function grant(api: TestApi, user: string, rules: readonly Rule[], namespace = ''): Promise<void> {
  await make(api, `${RBAC}/clusterroles`, { metadata: { name: `role-${user}` }, rules });
  await bind(api, `role-${user}`, user, namespace);
}

/** The status of a request made by a user. */
async function as(
  api: TestApi,
  user: string,
  method: string,
  url: string,
  body?: unknown,
  headers = {},
): Promise<number> {
  return (await api.ask(method, url, { user, headers, ...(body === undefined ? {} : { body }) })).status;
}

test('rules with names allow these objects, alone or listed and watched by name', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['one', 'two']) await make(api, CONFIG_MAPS, { metadata: { name } });
  await grant(api, 'maria', [
    {
      verbs: ['get', 'list', 'watch', 'update', 'create', 'delete'],
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['one'],
    },
  ]);
  const cases: [string, string, number][] = [
    ['GET', '/one', 200],
    ['GET', '/two', 403],
    ['GET', '', 403],
    ['GET', '?fieldSelector=metadata.name=one', 200],
    ['GET', '?fieldSelector=metadata.name%3D%3Done', 200],
    ['GET', '?fieldSelector=metadata.name=two', 403],
    ['GET', '?fieldSelector=metadata.name!=two', 403],
    ['GET', '?fieldSelector=metadata.namespace=default', 403],
    ['GET', '?fieldSelector=(((', 403],
    ['GET', '?watch=true', 403],
    ['DELETE', '', 403],
    ['DELETE', '?fieldSelector=metadata.name=one', 403],
    ['DELETE', '/two', 403],
  ];
  for (const [method, rest, status] of cases)
    assert.equal(await as(api, 'maria', method, `${CONFIG_MAPS}${rest}`), status, `${method} ${rest}`);
  assert.equal(
    await as(api, 'maria', 'POST', CONFIG_MAPS, { metadata: { name: 'one' } }),
    403,
    'a creation has no name yet',
  );
});

test('a watch needs the verb watch, however it is spelled', async (t) => {
  const api = await createTestApi(t);
  await grant(api, 'lister', [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps'] }]);
  for (const value of ['true', '1', 't', 'T', 'TRUE', 'True', '', 'yes']) {
    assert.equal(await as(api, 'lister', 'GET', `${CONFIG_MAPS}?watch=${value}`), 403, value);
  }
  for (const value of ['false', '0', 'F'])
    assert.equal(await as(api, 'lister', 'GET', `${CONFIG_MAPS}?watch=${value}`), 200, value);
  await grant(api, 'watcher', [{ verbs: ['watch'], apiGroups: [''], resources: ['configmaps'] }]);
  assert.equal(await as(api, 'watcher', 'GET', CONFIG_MAPS), 403);
});

test('subresources are things of their own', async (t) => {
  const api = await createTestApi(t);
  await make(api, '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  const url = '/apis/apps/v1/namespaces/default/deployments/web';
  await grant(api, 'scaler', [{ verbs: ['get', 'patch'], apiGroups: ['apps'], resources: ['deployments/scale'] }]);
  await grant(api, 'any-scaler', [{ verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] }]);
  await grant(api, 'whole', [{ verbs: ['get', 'patch'], apiGroups: ['apps'], resources: ['deployments'] }]);
  const scale = { spec: { replicas: 3 } };
  assert.equal(await as(api, 'scaler', 'PATCH', `${url}/scale`, scale, MERGE), 200);
  assert.equal(await as(api, 'scaler', 'GET', url), 403);
  assert.equal(await as(api, 'any-scaler', 'GET', `${url}/scale`), 200);
  assert.equal(await as(api, 'whole', 'GET', `${url}/scale`), 403);
  assert.equal(await as(api, 'whole', 'PATCH', `${url}/status`, { status: {} }, MERGE), 403);
});

test('an apply that makes the object needs the right to create it', async (t) => {
  const api = await createTestApi(t);
  await grant(api, 'patcher', [{ verbs: ['get', 'patch'], apiGroups: [''], resources: ['configmaps'] }]);
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } };
  const url = `${CONFIG_MAPS}/new?fieldManager=me`;
  const refused = await api.ask('PATCH', url, { user: 'patcher', headers, body });
  assert.equal(refused.status, 403, refused.text);
  assert.match(refused.json.message, /User "patcher" cannot create resource "configmaps"/);
  await make(api, CONFIG_MAPS, { metadata: { name: 'new' } });
  assert.equal(await as(api, 'patcher', 'PATCH', url, body, headers), 200);
});

test('roles take effect, grow and shrink while the server runs; aggregation follows labels of every form', async (t) => {
  const api = await createTestApi(t);
  const may = (verb: string): Promise<number> =>
    as(
      api,
      'maria',
      verb === 'list' ? 'GET' : 'POST',
      '/api/v1/namespaces/default/secrets',
      verb === 'list' ? undefined : { metadata: { generateName: 's-' } },
    );
  const clusterRoleSelectors = [
    { matchLabels: { team: 'a' } },
    { matchLabels: { team: 'b' }, matchExpressions: [{ key: 'stage', operator: 'In', values: ['prod'] }] },
  ];
  await make(api, `${RBAC}/clusterroles`, { metadata: { name: 'sum' }, aggregationRule: { clusterRoleSelectors } });
  await bind(api, 'sum', 'maria');
  assert.equal(await may('list'), 403);
  const part = (name: string, labels: object, verbs: string[]): Promise<void> =>
    make(api, `${RBAC}/clusterroles`, {
      metadata: { name, labels },
      rules: [{ verbs, apiGroups: [''], resources: ['secrets'] }],
    });
  await part('readers', { team: 'a' }, ['list']);
  assert.equal(await may('list'), 200);
  await part('writers', { team: 'b', stage: 'test' }, ['create']);
  assert.equal(await may('create'), 403, 'both halves of a selector must hold');
  await api.ask('PATCH', `${RBAC}/clusterroles/writers`, {
    headers: MERGE,
    body: { metadata: { labels: { stage: 'prod' } } },
  });
  assert.equal(await may('create'), 201);
  await api.ask('DELETE', `${RBAC}/clusterroles/readers`);
  assert.equal(await may('list'), 403);
  await api.ask('DELETE', `${RBAC}/clusterrolebindings/sum-maria`);
  assert.equal(await may('create'), 403);
  await part('for-editors', { [`${GROUP}/aggregate-to-edit`]: 'true' }, ['escalate-things']);
  await bind(api, 'admin', 'admina', 'default');
  const review = await api.ask('POST', `${AUTHZ}/subjectaccessreviews`, {
    body: {
      spec: {
        user: 'admina',
        resourceAttributes: { verb: 'escalate-things', resource: 'secrets', namespace: 'default' },
      },
    },
  });
  assert.equal(review.json.status.allowed, true, 'what editors may, admins may');
});

const RBAC_WRITER: Rule = { verbs: ['*'], apiGroups: [GROUP], resources: ['*'] };
const READ_PODS: Rule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

test('nobody gives away what they do not have: not by a role, a binding, or an aggregation', async (t) => {
  const api = await createTestApi(t);
  const writer = {
    verbs: ['create', 'update', 'patch', 'get', 'list', 'delete'],
    apiGroups: [GROUP],
    resources: ['*'],
  };
  await grant(api, 'maria', [writer, READ_PODS]);
  const role = (rules: readonly Rule[], more: object = {}): object => ({ metadata: { name: 'x' }, rules, ...more });
  const url = `${RBAC}/clusterroles`;
  const refused = await api.ask('POST', url, {
    user: 'maria',
    body: role([{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }]),
  });
  assert.equal(refused.status, 403);
  assert.match(
    refused.json.message,
    /user "maria" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["delete"\]\}/,
  );
  assert.equal(await as(api, 'maria', 'POST', url, role([{ verbs: ['get'], nonResourceURLs: ['/metrics'] }])), 403);
  assert.equal(await as(api, 'maria', 'POST', url, role([READ_PODS])), 201);
  assert.equal(await as(api, 'maria', 'PATCH', `${url}/x`, { rules: [RBAC_WRITER] }, MERGE), 403, 'nor later');
  const everything = {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }] },
  };
  assert.equal(
    await as(api, 'maria', 'PATCH', `${url}/x`, everything, MERGE),
    403,
    'an aggregation can gather anything',
  );
  assert.equal(await as(api, 'maria', 'POST', url, { metadata: { name: 'y' }, ...everything }), 403);
  const binding = (name: string): object => ({
    metadata: { name: 'b' },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: 'maria' }],
  });
  for (const name of ['cluster-admin', 'admin', 'edit', 'does-not-exist-yet', 'system:monitoring']) {
    assert.equal(await as(api, 'maria', 'POST', `${RBAC}/clusterrolebindings`, binding(name)), 403, name);
  }
  assert.equal(await as(api, 'maria', 'POST', `${RBAC}/clusterrolebindings`, binding('x')), 201);
});

test('the verbs escalate and bind are the keys to that', async (t) => {
  const api = await createTestApi(t);
  const write: Rule = { verbs: ['create', 'update'], apiGroups: [GROUP], resources: ['clusterroles', 'rolebindings'] };
  await grant(api, 'escalator', [write, { verbs: ['escalate'], apiGroups: [GROUP], resources: ['clusterroles'] }]);
  await grant(api, 'binder', [
    write,
    { verbs: ['bind'], apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['view'] },
  ]);
  const role = { metadata: { name: 'all' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] };
  assert.equal(await as(api, 'binder', 'POST', `${RBAC}/clusterroles`, role), 403);
  assert.equal(await as(api, 'escalator', 'POST', `${RBAC}/clusterroles`, role), 201);
  const bindings = `${RBAC}/namespaces/default/rolebindings`;
  const binding = (name: string): object => ({
    metadata: { generateName: 'b-' },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
    subjects: [{ apiGroup: GROUP, kind: 'Group', name: 'devs' }],
  });
  assert.equal(await as(api, 'binder', 'POST', bindings, binding('view')), 201);
  assert.equal(await as(api, 'binder', 'POST', bindings, binding('edit')), 403);
  assert.equal(await as(api, 'escalator', 'POST', bindings, binding('view')), 403);
});

test('members of system:masters may do everything, whatever the policy says', async (t) => {
  const api = await createTestApi(t);
  for (const { metadata } of (await api.ask('GET', `${RBAC}/clusterrolebindings`)).json.items) {
    assert.equal((await api.ask('DELETE', `${RBAC}/clusterrolebindings/${metadata.name}`)).status, 200);
  }
  assert.equal((await api.ask('GET', '/api/v1/secrets')).status, 200);
  assert.equal(await as(api, 'root', 'GET', '/version'), 403);
});

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const oneOf = (...values: string[]): fc.Arbitrary<string[]> => fc.subarray(values, { minLength: 1, maxLength: 2 });
const ruleArb: fc.Arbitrary<Rule> = fc.oneof(
  fc.record(
    {
      verbs: oneOf('get', 'list', 'watch', 'create', 'delete', '*'),
      apiGroups: oneOf('', 'apps', '*'),
      resources: oneOf('configmaps', 'secrets', 'deployments', 'deployments/scale', '*'),
      resourceNames: oneOf('one', 'two'),
    },
    { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
  ),
  fc.record({ verbs: oneOf('get', '*'), nonResourceURLs: oneOf('/metrics', '/openapi/*', '*') }),
);

/** What a client decides from a SelfSubjectRulesReview, as `kubectl auth can-i --list` readers do. */
function allowedBy(status: { resourceRules: Rule[]; nonResourceRules: Rule[] }, ask: Record<string, string>): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list !== undefined && (list.includes('*') || list.includes(value));
  if (ask['path'] !== undefined) {
    const { path } = ask;
    return status.nonResourceRules.some(
      (r) =>
        has(r.verbs, ask['verb']!) &&
        (r.nonResourceURLs ?? []).some((u) => u === path || (u.endsWith('*') && path.startsWith(u.slice(0, -1)))),
    );
  }
  const full = ask['subresource'] === '' ? ask['resource']! : `${ask['resource']}/${ask['subresource']}`;
  return status.resourceRules.some(
    (r) =>
      has(r.verbs, ask['verb']!) &&
      has(r.apiGroups, ask['group']!) &&
      has(r.resources, full) &&
      (r.resourceNames === undefined || r.resourceNames.includes(ask['name']!)),
  );
}

/** The request that an access review asks about, made for real. */
async function attempt(api: TestApi, user: string, ask: Record<string, string>): Promise<boolean> {
  const base = ask['group'] === '' ? '/api/v1' : `/apis/${ask['group']}/v1`;
  const url =
    ask['path'] ??
    [base, 'namespaces', 'shop', ask['resource'], ask['name'], ask['subresource']]
      .filter((part) => part !== '')
      .join('/');
  const method =
    { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETE' }[ask['verb']!] ??
    'GET';
  const query = ask['verb'] === 'watch' ? '?watch=true&timeoutSeconds=1' : '?dryRun=All';
  const response = await api
    .ask(method, `${url}${method === 'GET' && query !== '?watch=true&timeoutSeconds=1' ? '' : query}`, {
      user,
      ...(method === 'GET' ? {} : { body: {} }),
    })
    .catch(() => ({ status: 200 }));
  return response.status !== 403;
}

test('the reviews tell exactly what is then decided', async (t: TestContext) => {
  const api = await createTestApi(t);
  await make(api, '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const asks: Record<string, string>[] = [];
  for (const [group, resource, subresource] of [
    ['', 'configmaps', ''],
    ['', 'secrets', ''],
    ['apps', 'deployments', ''],
    ['apps', 'deployments', 'scale'],
  ] as const) {
    for (const verb of verbs) {
      const isNamed = ['get', 'update', 'patch', 'delete'].includes(verb);
      if (subresource !== '' && !['get', 'update', 'patch'].includes(verb)) continue;
      for (const name of isNamed ? ['one', 'three'] : ['']) asks.push({ verb, group, resource, subresource, name });
    }
  }
  for (const path of ['/metrics', '/openapi/v3', '/version']) asks.push({ verb: 'get', path });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(ruleArb, { maxLength: 3 }), fc.array(ruleArb, { maxLength: 2 }), async (wide, narrow) => {
      const user = `user-${run++}`;
      await grant(api, user, wide);
      await make(api, `${RBAC}/clusterroles`, { metadata: { name: `n-${user}` }, rules: narrow });
      await bind(api, `n-${user}`, user, 'shop');
      const rules = await api.ask('POST', `${AUTHZ}/selfsubjectrulesreviews`, {
        user,
        body: { spec: { namespace: 'shop' } },
      });
      assert.equal(rules.status, 201, rules.text);
      for (const ask of asks) {
        const { verb, path, ...resource } = ask;
        const spec =
          path === undefined
            ? { resourceAttributes: { verb, namespace: 'shop', ...resource } }
            : { nonResourceAttributes: { verb, path } };
        const self = await api.ask('POST', `${AUTHZ}/selfsubjectaccessreviews`, { user, body: { spec } });
        const groups = ['system:authenticated'];
        const other = await api.ask('POST', `${AUTHZ}/subjectaccessreviews`, {
          body: { spec: { ...spec, user, groups } },
        });
        const wasAllowed = await attempt(api, user, ask);
        const told = {
          self: self.json.status.allowed,
          other: other.json.status.allowed,
          rules: allowedBy(rules.json.status, ask),
        };
        assert.deepEqual(
          told,
          { self: wasAllowed, other: wasAllowed, rules: wasAllowed },
          `${JSON.stringify(ask)} by ${JSON.stringify([wide, narrow])}`,
        );
      }
    }),
    { numRuns: 15 },
  );
});
