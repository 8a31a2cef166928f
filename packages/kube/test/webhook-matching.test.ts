/** Which requests webhooks are asked about: rules, versions, selectors, conditions, and what is exempt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDir } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';
import { patchWith, startWebhook, type TestWebhook } from './support/webhook.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const HOOKS = '/apis/admissionregistration.k8s.io/v1';
const MERGE = { 'content-type': 'application/merge-patch+json' };

type Kind = 'mutating' | 'validating';

function register(api: TestApi, hook: TestWebhook, more: object, kind: Kind = 'validating'): Promise<Answer> {
  const webhook = {
    name: 'hook.test.io',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
    clientConfig: { url: hook.url, caBundle: hook.caBundle },
    ...more,
  };
  return api.ask('POST', `${HOOKS}/${kind}webhookconfigurations`, {
    body: { metadata: { name: 'test' }, webhooks: [webhook] },
  });
}

async function registered(api: TestApi, hook: TestWebhook, more: object, kind: Kind = 'validating'): Promise<void> {
  const { status, text } = await register(api, hook, more, kind);
  assert.equal(status, 201, text);
}

/** Does something and tells what the webhook was asked meanwhile. */
async function asked(hook: TestWebhook, act: () => Promise<Answer>, status: number): Promise<string[]> {
  hook.reviews.length = 0;
  const answer = await act();
  assert.equal(answer.status, status, answer.text);
  return hook.reviews.map(
    (r) => `${r.operation} ${r.resource.resource}${r.subResource === undefined ? '' : `/${r.subResource}`}`,
  );
}

const deployment = (name: string): object => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

test('rules name operations, resources and subresources', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  const rule = (operations: string[], ...resources: string[]): object => ({
    operations,
    resources,
    apiGroups: ['apps'],
    apiVersions: ['v1'],
  });
  await registered(api, hook, {
    rules: [rule(['CREATE', 'DELETE'], 'deployments'), rule(['UPDATE'], 'deployments/*')],
  });
  assert.deepEqual(await asked(hook, () => api.ask('POST', DEPLOYMENTS, { body: deployment('a') }), 201), [
    'CREATE deployments',
  ]);
  const patch = (path: string, body: object): Promise<Answer> =>
    api.ask('PATCH', `${DEPLOYMENTS}/a${path}`, { headers: MERGE, body });
  assert.deepEqual(await asked(hook, () => patch('/status', { status: { replicas: 1 } }), 200), [
    'UPDATE deployments/status',
  ]);
  assert.deepEqual(await asked(hook, () => patch('/scale', { spec: { replicas: 2 } }), 200), [
    'UPDATE deployments/scale',
  ]);
  assert.deepEqual(
    await asked(hook, () => api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } }), 201),
    [],
  );
  assert.deepEqual(await asked(hook, () => api.ask('DELETE', `${DEPLOYMENTS}/a`), 200), ['DELETE deployments']);
  const [review] = hook.reviews;
  assert.equal(review.object, null);
  assert.equal(review.oldObject.metadata.name, 'a');
});

test('scope tells namespaced objects from others', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['*'], scope: 'Cluster' }];
  await registered(api, hook, { rules });
  assert.deepEqual(
    await asked(hook, () => api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } }), 201),
    [],
  );
  const made = await asked(
    hook,
    () => api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } }),
    201,
  );
  assert.ok(made.includes('CREATE namespaces'), String(made));
});

test('both kinds of webhooks may refuse a deletion, each object of a collection too; neither can patch it', async (t) => {
  const api = await createTestApi(t);
  for (const name of ['keep', 'go'])
    await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name, labels: { test: 'yes' } } } });
  const rules = [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
  for (const kind of ['mutating', 'validating'] as const) {
    const hook = await startWebhook(t, (review) => ({
      allowed: review.name !== 'keep',
      status: { message: 'keep it', code: 403 },
    }));
    await registered(api, hook, { rules }, kind);
    const refused = await api.ask('DELETE', `${CONFIG_MAPS}/keep`);
    assert.equal(refused.status, 403, refused.text);
    assert.equal(refused.json.message, 'admission webhook "hook.test.io" denied the request: keep it');
    assert.equal((await api.ask('DELETE', `${CONFIG_MAPS}?labelSelector=test`)).status, 403);
    assert.equal((await api.ask('GET', `${CONFIG_MAPS}/keep`)).status, 200);
    hook.answer = () => patchWith({ op: 'add', path: '/x', value: 1 });
    if (kind === 'mutating')
      assert.match((await api.ask('DELETE', `${CONFIG_MAPS}/keep`)).json.message, /attempted to modify the object/);
    await api.ask('DELETE', `${HOOKS}/${kind}webhookconfigurations/test`);
  }
});

test('a webhook for one version is asked about the others in its own, unless it wants exact matches', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t, (review) =>
    review.operation === 'CREATE'
      ? patchWith({ op: 'add', path: '/metadata/labels', value: { seen: review.object.apiVersion.split('/')[1] } })
      : {},
  );
  const rules = [
    { operations: ['*'], apiGroups: ['networking.istio.io'], apiVersions: ['v1'], resources: ['serviceentries'] },
  ];
  await registered(api, hook, { rules }, 'mutating');
  const body = (name: string): object => ({
    metadata: { name },
    spec: { hosts: ['a.example.com'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], resolution: 'DNS' },
  });
  const beta = '/apis/networking.istio.io/v1beta1/namespaces/default/serviceentries';
  const { status, json, text } = await api.ask('POST', beta, { body: body('a') });
  assert.equal(status, 201, text);
  assert.equal(json.apiVersion, 'networking.istio.io/v1beta1');
  assert.deepEqual(json.metadata.labels, { seen: 'v1' });
  const [review] = hook.reviews;
  assert.equal(review.resource.version, 'v1');
  assert.equal(review.requestResource.version, 'v1beta1');
  await api.ask('DELETE', `${HOOKS}/mutatingwebhookconfigurations/test`);
  await registered(api, hook, { rules, matchPolicy: 'Exact' }, 'mutating');
  assert.deepEqual(await asked(hook, () => api.ask('POST', beta, { body: body('b') }), 201), []);
});

test('selectors look at the labels of the object, old or new, and of its namespace', async (t) => {
  const api = await createTestApi(t);
  await api.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'watched', labels: { watched: 'yes' } } } });
  const hook = await startWebhook(t);
  const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps', 'namespaces'] }];
  await registered(api, hook, {
    rules,
    namespaceSelector: { matchLabels: { watched: 'yes' } },
    objectSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
  });
  const make =
    (namespace: string, name: string, labels: object): (() => Promise<Answer>) =>
    () =>
      api.ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: { metadata: { name, labels } } });
  assert.deepEqual(await asked(hook, make('default', 'x', { a: '1' }), 201), []);
  assert.deepEqual(await asked(hook, make('watched', 'y', {}), 201), []);
  assert.deepEqual(await asked(hook, make('watched', 'x', { a: '1' }), 201), ['CREATE configmaps']);
  const remove = (): Promise<Answer> =>
    api.ask('PATCH', '/api/v1/namespaces/watched/configmaps/x', {
      headers: MERGE,
      body: { metadata: { labels: { a: null } } },
    });
  assert.deepEqual(await asked(hook, remove, 200), ['UPDATE configmaps'], 'no way out by taking the label off');
  const unwatch = (): Promise<Answer> =>
    api.ask('PATCH', '/api/v1/namespaces/watched', {
      headers: MERGE,
      body: { metadata: { labels: { watched: null, a: '1' } } },
    });
  assert.deepEqual(await asked(hook, unwatch, 200), [], 'a namespace is selected by what it becomes');
  assert.deepEqual(await asked(hook, make('watched', 'z', { a: '1' }), 201), []);
});

test('match conditions decide, and one that cannot be evaluated falls under the failure policy', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
  const condition = (name: string, expression: string): object => ({ name, expression });
  await registered(api, hook, {
    rules,
    matchConditions: [
      condition('explodes', 'object.data.must == "be there"'),
      condition('user', 'request.userInfo.username != "exempt"'),
      condition(
        'operation',
        'request.operation == "CREATE" && oldObject == null && request.resource.resource == "configmaps"',
      ),
    ],
  });
  const make =
    (name: string, data: object, user = 'owner'): (() => Promise<Answer>) =>
    () =>
      api.ask('POST', CONFIG_MAPS, { user, groups: ['system:masters'], body: { metadata: { name }, data } });
  assert.deepEqual(await asked(hook, make('a', { must: 'be there' }), 201), ['CREATE configmaps']);
  assert.deepEqual(await asked(hook, make('b', { must: 'not' }), 201), []);
  assert.deepEqual(
    await asked(hook, make('c', {}, 'exempt'), 201),
    [],
    'one that does not hold decides, whatever the others do',
  );
  const failed = await make('d', {})();
  assert.equal(failed.status, 500);
  assert.match(
    failed.json.message,
    /failed calling webhook "hook\.test\.io": matchCondition "explodes" cannot be evaluated: no such key/,
  );
  const url = `${HOOKS}/validatingwebhookconfigurations/test`;
  const { json } = await api.ask('GET', url);
  json.webhooks[0].failurePolicy = 'Ignore';
  await api.ask('PUT', url, { body: json });
  assert.deepEqual(await asked(hook, make('d', {}), 201), []);
});

test('a condition that is no expression is refused when it is written', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  for (const expression of ['object.', '1 + 1', 'nobody.knows']) {
    const { status, json } = await register(api, hook, { matchConditions: [{ name: 'bad', expression }] });
    assert.equal(status, 422, expression);
    assert.match(
      json.message,
      /webhooks\[0\]\.matchConditions\[0\]\.expression: Invalid value: "[^"]+": compilation failed: /,
    );
  }
});

test('dry runs are told as such, and nothing is stored', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await registered(api, hook, {
    sideEffects: 'NoneOnDryRun',
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  });
  assert.equal((await api.ask('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'x' } } })).status, 201);
  assert.equal(hook.reviews[0].dryRun, true);
  assert.deepEqual(hook.reviews[0].options.dryRun, ['All']);
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/x`)).status, 404);
  const some = await register(api, hook, { sideEffects: 'Some' });
  assert.equal(some.status, 422, 'side effects that dry runs would have cannot be registered');
});

test('a webhook for everything can still be removed, and never judges reviews or webhooks', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t, () => ({ allowed: false, status: { message: 'no' } }));
  await registered(api, hook, {});
  assert.equal((await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 400);
  const self = await api.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: { spec: { nonResourceAttributes: { verb: 'get', path: '/' } } },
  });
  assert.equal(self.status, 201);
  hook.reviews.length = 0;
  assert.equal((await api.ask('DELETE', `${HOOKS}/validatingwebhookconfigurations/test`)).status, 200);
  assert.deepEqual(hook.reviews, []);
  assert.equal((await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 201);
});

test('an old webhook is asked in the version of reviews that it knows', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await registered(api, hook, { admissionReviewVersions: ['v0', 'v1beta1'] });
  assert.equal((await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 201);
  assert.equal(hook.reviews[0].apiVersion, 'admission.k8s.io/v1beta1');
});

test('a server with a dead webhook for everything starts again, and the webhook can be removed', async (t) => {
  const state = tempDir(t);
  const api = await createTestApi(t, { state });
  const hook = await startWebhook(t);
  await registered(api, hook, {});
  hook.close();
  assert.equal((await api.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 500);
  await api.core.close();
  await api.core.context.storage.close();
  const again = await createTestApi(t, { state });
  assert.equal((await again.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 500);
  assert.equal((await again.ask('DELETE', `${HOOKS}/validatingwebhookconfigurations/test`)).status, 200);
  assert.equal((await again.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x' } } })).status, 201);
});

test('webhooks on scale judge a Scale, and can change the number of replicas', async (t) => {
  const api = await createTestApi(t);
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };
  await api.ask('POST', deployments, { body: { metadata: { name: 'd' }, spec } });
  const hook = await startWebhook(t, ({ object }) =>
    object.spec.replicas > 5 ? patchWith({ op: 'replace', path: '/spec/replicas', value: 5 }) : { allowed: true },
  );
  const rules = [
    { operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/scale'] },
  ];
  const client = { url: hook.url, caBundle: hook.caBundle };
  const webhook = {
    name: 'cap.example.com',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: client,
    rules,
  };
  await api.ask('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    body: { metadata: { name: 'cap' }, webhooks: [webhook] },
  });
  const answer = await api.ask('PATCH', `${deployments}/d/scale`, {
    body: { spec: { replicas: 9 } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.spec.replicas, 5);
  assert.equal((await api.ask('GET', `${deployments}/d`)).json.spec.replicas, 5);
  const [review] = hook.reviews;
  assert.deepEqual(review.kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  assert.equal(review.resource.resource, 'deployments');
  assert.equal(review.subResource, 'scale');
  assert.deepEqual(
    [review.oldObject.kind, review.oldObject.spec, review.object.spec],
    ['Scale', { replicas: 1 }, { replicas: 9 }],
  );
});
