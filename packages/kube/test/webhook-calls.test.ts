/** Admission webhooks over HTTPS: what they are asked, what they may do, and what happens when they fail. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually, freePort, within } from '@weft/testkit';
import { type Answer, createTestApi, type TestApi } from './support/api.ts';
import { createWebhookFiles, patchWith, startWebhook, type TestWebhook } from './support/webhook.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const HOOKS = '/apis/admissionregistration.k8s.io/v1';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const CONFIG_MAP_RULE = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };

/** Registers webhooks in one configuration, in this order. */
async function register(
  api: TestApi,
  kind: 'mutating' | 'validating',
  name: string,
  ...hooks: object[]
): Promise<Answer> {
  const webhooks = hooks.map((hook, i) => ({
    name: `hook${i}.${name}.io`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 5,
    rules: [CONFIG_MAP_RULE],
    ...hook,
  }));
  return api.ask('POST', `${HOOKS}/${kind}webhookconfigurations`, { body: { metadata: { name }, webhooks } });
}

async function hooked(
  api: TestApi,
  kind: 'mutating' | 'validating',
  hook: TestWebhook,
  more: object = {},
  name = 'test',
): Promise<void> {
  const answer = await register(api, kind, name, { clientConfig: { url: hook.url, caBundle: hook.caBundle }, ...more });
  assert.equal(answer.status, 201, answer.text);
}

function create(api: TestApi, name: string, more: object = {}, query = ''): Promise<Answer> {
  return api.ask('POST', `${CONFIG_MAPS}${query}`, { body: { metadata: { name }, ...more } });
}

test('a mutating webhook sees the whole request and patches the object', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t, () => ({
    ...patchWith({ op: 'add', path: '/data', value: { by: 'hook' } }),
    warnings: ['mind the gap'],
  }));
  await hooked(api, 'mutating', hook);
  const answer = await api.ask('POST', CONFIG_MAPS, {
    user: 'maria',
    groups: ['system:masters'],
    body: { metadata: { name: 'x' } },
  });
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.json.data, { by: 'hook' });
  assert.deepEqual(answer.warnings, ['mind the gap']);
  const [review] = hook.reviews;
  assert.match(review.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(review.url, '/hook?timeout=5s');
  assert.deepEqual(
    [review.operation, review.name, review.namespace, review.dryRun, review.oldObject, review.userInfo.username],
    ['CREATE', 'x', 'default', false, null, 'maria'],
  );
  assert.deepEqual(review.resource, { group: '', version: 'v1', resource: 'configmaps' });
  assert.deepEqual(review.kind, { group: '', version: 'v1', kind: 'ConfigMap' });
  assert.equal(review.object.metadata.name, 'x');
  await api.ask('PATCH', `${CONFIG_MAPS}/x`, { headers: MERGE, body: { metadata: { labels: { a: 'b' } } } });
  assert.equal(hook.reviews[1].operation, 'UPDATE');
  assert.deepEqual(hook.reviews[1].oldObject.data, { by: 'hook' });
});

test('webhooks that change come in order, and those before a change are asked again if they want', async (t) => {
  const api = await createTestApi(t);
  const append =
    (text: string): TestWebhook['answer'] =>
    (review) =>
      patchWith({ op: 'add', path: '/data', value: { log: `${review.object.data?.log ?? ''}${text}` } });
  const single = await startWebhook(t, append('a'));
  const again = await startWebhook(t, append('b'));
  const last = await startWebhook(t, append('c'));
  const client = (hook: TestWebhook): object => ({ clientConfig: { url: hook.url, caBundle: hook.caBundle } });
  await register(api, 'mutating', 'b-second', client(last));
  await register(api, 'mutating', 'a-first', client(single), { ...client(again), reinvocationPolicy: 'IfNeeded' });
  const { json } = await create(api, 'x');
  assert.equal(json.data.log, 'abcb');
  last.answer = () => patchWith({ op: 'test', path: '/metadata/name', value: 'y' });
  assert.equal((await create(api, 'y')).json.data.log, 'ab', 'a patch that changes nothing is no reason to ask again');
});

test('a validating webhook refuses with its own words, code and reason', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await hooked(api, 'validating', hook);
  const refusal = async (status: object | undefined): Promise<Answer> => {
    hook.answer = () => ({ allowed: false, ...(status === undefined ? {} : { status }) });
    return create(api, 'x');
  };
  const cases: [object | undefined, number, string][] = [
    [{ code: 403, message: 'not on Fridays', reason: 'Forbidden' }, 403, 'denied the request: not on Fridays'],
    [{ message: 'not on Fridays' }, 400, 'denied the request: not on Fridays'],
    [{ reason: 'Friday' }, 400, 'denied the request: Friday'],
    [{ code: 200, status: 'Success' }, 400, 'denied the request without explanation'],
    [{ code: 99999, message: 'x' }, 400, 'denied the request: x'],
    [undefined, 400, 'denied the request without explanation'],
  ];
  for (const [status, code, message] of cases) {
    const { status: got, json } = await refusal(status);
    assert.equal(got, code, JSON.stringify(status));
    assert.equal(json.message, `admission webhook "hook0.test.io" ${message}`);
  }
  const detailed = await refusal({
    code: 422,
    reason: 'Invalid',
    message: 'm',
    details: { causes: [{ field: 'data', message: 'bad' }] },
  });
  assert.equal(detailed.json.reason, 'Invalid');
  assert.equal(detailed.json.details.causes[0].field, 'data');
  assert.equal((await api.ask('GET', `${CONFIG_MAPS}/x`)).status, 404, 'nothing was stored');
});

test('a validating webhook sees what mutating ones made, and cannot change it', async (t) => {
  const api = await createTestApi(t);
  const mutator = await startWebhook(t, () => patchWith({ op: 'add', path: '/data', value: { a: '1' } }));
  const validator = await startWebhook(t, () => patchWith({ op: 'add', path: '/data', value: { a: '2' } }));
  await hooked(api, 'mutating', mutator);
  await hooked(api, 'validating', validator);
  const { json } = await create(api, 'x');
  assert.deepEqual(validator.reviews[0].object.data, { a: '1' });
  assert.deepEqual(json.data, { a: '1' });
});

type Failure = readonly [name: string, arrange: (t: TestContext) => Promise<object>, message: RegExp];

async function answering(t: TestContext, answer: TestWebhook['answer']): Promise<object> {
  const hook = await startWebhook(t, answer);
  return { clientConfig: { url: hook.url, caBundle: hook.caBundle } };
}

const failures: readonly Failure[] = [
  [
    'nobody listens',
    async () => ({
      clientConfig: { url: `https://localhost:${await freePort()}/`, caBundle: (await createWebhookFiles()).caBundle },
    }),
    /ECONNREFUSED/,
  ],
  [
    'another CA',
    async (t) => ({
      clientConfig: { url: (await startWebhook(t)).url, caBundle: (await createWebhookFiles()).caBundle },
    }),
    /certificate/,
  ],
  ['no CA', async (t) => ({ clientConfig: { url: (await startWebhook(t)).url } }), /certificate/],
  [
    'another name in the certificate',
    async (t) => {
      const hook = await startWebhook(t, () => ({}), await createWebhookFiles(['elsewhere']));
      return { clientConfig: { url: hook.url, caBundle: hook.caBundle } };
    },
    /does not match certificate|altnames/,
  ],
  [
    'no TLS',
    async (t) => {
      const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
      plain.listen(0, '127.0.0.1');
      await once(plain, 'listening');
      t.after(() => void plain.close());
      const { port } = plain.address() as AddressInfo;
      return { clientConfig: { url: `https://localhost:${port}/`, caBundle: (await createWebhookFiles()).caBundle } };
    },
    /SSL|EPROTO|wrong version/i,
  ],
  ['HTTP 500', (t) => answering(t, (_, { response }) => void response.writeHead(500).end('{}')), /answered HTTP 500/],
  [
    'a redirect',
    (t) => answering(t, (_, { response }) => void response.writeHead(302, { location: 'https://localhost/' }).end()),
    /answered HTTP 302/,
  ],
  [
    'rubbish',
    (t) => answering(t, (_, { response }) => void response.end('rubbish')),
    /not JSON: .* at line 1, column 1/,
  ],
  ['nothing', (t) => answering(t, (_, { response }) => void response.end()), /not JSON/],
  [
    'another kind',
    (t) => answering(t, (_, { response }) => void response.end('{"kind":"Pod"}')),
    /expected an AdmissionReview/,
  ],
  [
    'half an answer',
    (t) =>
      answering(t, (_, { response }) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"kind":');
        setImmediate(() => response.destroy());
        return undefined;
      }),
    /aborted|hang up|ECONNRESET/,
  ],
  [
    'a huge answer',
    (t) => answering(t, (_, { response }) => void response.end('x'.repeat(4 * 1024 * 1024))),
    /larger than 3145728 bytes/,
  ],
  ['an answer to another request', (t) => answering(t, () => ({ uid: 'other' })), /expected response\.uid/],
  [
    'another apiVersion',
    (t) =>
      answering(
        t,
        (review, { response }) =>
          void response.end(
            JSON.stringify({
              kind: 'AdmissionReview',
              apiVersion: 'admission.k8s.io/v2',
              response: { uid: review.uid, allowed: true },
            }),
          ),
      ),
    /expected apiVersion admission\.k8s\.io\/v1/,
  ],
  [
    'an answer that says nothing',
    (t) => answering(t, () => ({ allowed: 'yes' })),
    /response\.allowed must be true or false/,
  ],
  ['a patch of no type', (t) => answering(t, () => ({ patch: 'W10=' })), /patchType must be JSONPatch/],
  [
    'a patch that is no JSON',
    (t) => answering(t, () => ({ patchType: 'JSONPatch', patch: '!!!' })),
    /patch is not JSON/,
  ],
  [
    'no such service',
    async () => ({
      clientConfig: {
        service: { namespace: 'default', name: 'none' },
        caBundle: (await createWebhookFiles()).caBundle,
      },
    }),
    /service "default\/none" not found/,
  ],
];

test('a webhook that fails is decided by its failure policy, whatever the failure', async (t) => {
  const api = await createTestApi(t);
  for (const [name, arrange, message] of failures) {
    const hook = await arrange(t);
    const config = name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
    const isPatch = name.includes('patch');
    const kind = isPatch ? 'mutating' : 'validating';
    const made = await register(api, kind, config, { ...hook, failurePolicy: 'Fail' });
    assert.equal(made.status, 201, `${name}: ${made.text}`);
    const refused = await within(name, create(api, 'x'));
    assert.equal(refused.status, 500, `${name}: ${refused.text}`);
    assert.match(refused.json.message, /^Internal error occurred: failed calling webhook "hook0\./);
    assert.match(refused.json.message, message);
    assert.equal(refused.json.reason, 'InternalError');
    const url = `${HOOKS}/${kind}webhookconfigurations/${config}`;
    const { json } = await api.ask('GET', url);
    json.webhooks[0].failurePolicy = 'Ignore';
    assert.equal((await api.ask('PUT', url, { body: json })).status, 200);
    assert.equal((await create(api, 'x')).status, 201, name);
    await api.ask('DELETE', url);
    await api.ask('DELETE', `${CONFIG_MAPS}/x`);
  }
});

test('a webhook that hangs is given up in its time, and others are served meanwhile', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t, () => undefined);
  await hooked(api, 'validating', hook, { timeoutSeconds: 7 });
  const waiting = create(api, 'x');
  await eventually(() => hook.reviews.length === 1);
  const other = await within(
    'another kind to be written',
    api.ask('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' } } }),
    1000,
  );
  assert.equal(other.status, 201);
  assert.equal((await api.ask('GET', CONFIG_MAPS)).status, 200);
  await api.clock.advanceAsync(6_999);
  assert.equal(await Promise.race([waiting, Promise.resolve('still waiting')]), 'still waiting');
  await api.clock.advanceAsync(1);
  const { status, json } = await waiting;
  assert.equal(status, 500);
  assert.match(
    json.message,
    /failed calling webhook "hook0\.test\.io": call to https:\/\/localhost:\d+\/hook took longer than 7000 ms/,
  );
});

test('one webhook that hangs cannot take every place of those who write', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t, () => undefined);
  await hooked(api, 'validating', hook);
  const waiting = Array.from({ length: 150 }, (_, i) => create(api, `x${i}`));
  const first = await Promise.race(waiting);
  assert.equal(first.status, 500);
  assert.match(first.json.message, /100 calls to it are under way already/);
  await api.clock.advanceAsync(5_000);
  const answers = await Promise.all(waiting);
  assert.equal(answers.filter((a) => /took longer/.test(a.json.message)).length, 100);
  hook.answer = () => ({});
  assert.equal((await create(api, 'later')).status, 201);
});

test('a client that goes away takes the question back', async (t) => {
  const api = await createTestApi(t);
  let closed = 0;
  const hook = await startWebhook(t, (_, { response }) => {
    response.on('close', () => {
      closed++;
    });
    return undefined;
  });
  await hooked(api, 'validating', hook);
  const leaving = new AbortController();
  const pending = api.core.handler.handle({
    method: 'POST',
    path: CONFIG_MAPS,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json' },
    credentials: { authorization: undefined, certificate: { commonName: 'o', organizations: ['system:masters'] } },
    readBody: async () => Buffer.from('{"metadata":{"name":"x"}}'),
    signal: leaving.signal,
  });
  await eventually(() => hook.reviews.length === 1);
  leaving.abort();
  assert.equal((await pending).status, 500);
  await eventually(() => closed === 1);
});

test('a patch that cannot be applied, or breaks the object, stores nothing and says whose it is', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await hooked(api, 'mutating', hook, { failurePolicy: 'Ignore' });
  const cases: [object[], number, RegExp][] = [
    [[{ op: 'remove', path: '/nothing' }], 500, /webhook "hook0\.test\.io" answered a patch that cannot be applied/],
    [[{ op: 'explode', path: '/data' }], 500, /cannot be applied/],
    [[{ op: 'replace', path: '', value: [] }], 500, /does not leave an object/],
    [[{ op: 'remove', path: '/metadata' }], 500, /does not leave an object with metadata/],
    [[{ op: 'replace', path: '/metadata/name', value: 'other' }], 500, /changes metadata\.name/],
    [[{ op: 'replace', path: '/metadata/namespace', value: 'kube-system' }], 500, /changes metadata\.namespace/],
    [[{ op: 'replace', path: '/kind', value: 'Secret' }], 500, /changes kind/],
    [[{ op: 'add', path: '/data', value: 'text' }], 422, /data: Invalid value/],
    [[{ op: 'add', path: '/metadata/labels', value: { 'not ok!': 'x' } }], 422, /metadata\.labels/],
    [[{ op: 'add', path: '/metadata/labels', value: 5 }], 422, /metadata\.labels/],
    [
      [{ op: 'add', path: '/metadata/annotations', value: { big: 'x'.repeat(300_000) } }],
      422,
      /metadata\.annotations: Too long/,
    ],
  ];
  for (const [operations, code, message] of cases) {
    hook.answer = () => patchWith(...operations);
    const { status, json, text } = await create(api, 'x');
    assert.equal(status, code, text);
    assert.match(json.message, message);
  }
  for (const url of [`${CONFIG_MAPS}/x`, `${CONFIG_MAPS}/other`, '/api/v1/namespaces/kube-system/configmaps/x']) {
    assert.equal((await api.ask('GET', url)).status, 404);
  }
});

test('labels left broken by one webhook do not trip the next', async (t) => {
  const api = await createTestApi(t);
  const breaker = await startWebhook(t, () => patchWith({ op: 'add', path: '/metadata/labels', value: 5 }));
  const selective = await startWebhook(t);
  const client = (hook: TestWebhook): object => ({ clientConfig: { url: hook.url, caBundle: hook.caBundle } });
  await register(api, 'mutating', 'test', client(breaker), {
    ...client(selective),
    objectSelector: { matchLabels: { a: 'b' } },
  });
  assert.equal((await create(api, 'x')).status, 422);
});

test('a new caBundle counts from the next request on', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await hooked(api, 'validating', hook);
  assert.equal((await create(api, 'a')).status, 201);
  const url = `${HOOKS}/validatingwebhookconfigurations/test`;
  const replace = async (caBundle: string): Promise<void> => {
    const { json } = await api.ask('GET', url);
    json.webhooks[0].clientConfig.caBundle = caBundle;
    assert.equal((await api.ask('PUT', url, { body: json })).status, 200);
  };
  await replace((await createWebhookFiles()).caBundle);
  assert.equal((await create(api, 'b')).status, 500, 'a kept connection is no way around the new CA');
  await replace(hook.caBundle);
  assert.equal((await create(api, 'b')).status, 201);
});

test('a kept connection that the webhook closed meanwhile costs no write', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  await hooked(api, 'validating', hook);
  for (const name of ['a', 'b', 'c', 'd']) {
    // The webhook answers and closes, and does not say that it will.
    hook.answer = (_, { request }) => {
      setImmediate(() => setImmediate(() => request.socket.destroy()));
      return {};
    };
    assert.equal((await create(api, name)).status, 201, name);
  }
});

test('a service is reached through its endpoint slices, under the name of the service', async (t) => {
  const api = await createTestApi(t);
  const hook = await startWebhook(t);
  const spec = { ports: [{ name: 'https', port: 443, targetPort: 8443 }], selector: { app: 'hook' } };
  await api.ask('POST', '/api/v1/namespaces/default/services', { body: { metadata: { name: 'hook' }, spec } });
  const service = { namespace: 'default', name: 'hook', path: '/check' };
  const made = await register(api, 'validating', 'test', { clientConfig: { service, caBundle: hook.caBundle } });
  assert.equal(made.status, 201, made.text);
  const none = await create(api, 'x');
  assert.match(none.json.message, /service "default\/hook" has no ready endpoint for port 443/);
  // Past validation, which lets no loopback address in.
  const store = (ready: boolean): Promise<unknown> => {
    const labels = { 'kubernetes.io/service-name': 'hook' };
    const metadata = { name: `hook-${ready}`, namespace: 'default', labels };
    const ports = [{ name: 'https', port: hook.port, protocol: 'TCP' }];
    const endpoints = [{ addresses: [ready ? '127.0.0.1' : '127.0.0.2'], conditions: { ready } }];
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv4',
      ports,
      endpoints,
    };
    const key = { resource: 'discovery.k8s.io/endpointslices', namespace: 'default', name: metadata.name };
    return api.core.context.storage.write({ ...key, labels, expectedRevision: 0, encode: () => JSON.stringify(slice) });
  };
  await store(false);
  assert.equal((await create(api, 'x')).status, 500);
  await store(true);
  const good = await create(api, 'x');
  assert.equal(good.status, 201, good.text);
  assert.match(hook.reviews[0].url, /^\/check\?timeout=5s$/);
});
