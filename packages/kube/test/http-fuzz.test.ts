/** Random requests through the handler: every one is answered, none of them by accident. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@weft/core';
import { generateKeyPair } from '@weft/identity';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { parse } from 'yaml';
import { bodyText, JwtIssuer } from '../src/server/index.ts';
import { createTestApi } from './support/api.ts';

const methods = fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'X');
const segment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'api',
      'apis',
      'v1',
      'v1beta1',
      'apps',
      'namespaces',
      'default',
      'pods',
      'configmaps',
      'secrets',
      'deployments',
      'x',
      'status',
      'scale',
      'token',
      'finalize',
      'eviction',
      'binding',
      'rbac.authorization.k8s.io',
      'clusterroles',
      'networking.istio.io',
      'virtualservices',
      'authorization.k8s.io',
      'subjectaccessreviews',
      'apiextensions.k8s.io',
      'customresourcedefinitions',
      'openapi',
      'v3',
      'metrics',
      'healthz',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }).map(encodeURIComponent) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '..', '.', '%', '%zz', '%00', '%2f', '%C3%28', '__proto__', 'constructor', '\u0000'),
  },
);
const places = fc.constantFrom(
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/configmaps/x',
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/services',
  '/api/v1/namespaces/default/secrets/x',
  '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  '/apis/batch/v1/namespaces/default/cronjobs',
  '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
  '/api/v1/namespaces/default/pods/x/eviction',
  '/api/v1/namespaces/default/pods/x/binding',
  '/api/v1/namespaces/default/finalize',
  '/api/v1/namespaces',
  '/api/v1/namespaces/default/serviceaccounts/default/token',
  '/apis/apps/v1/namespaces/default/deployments/x/scale',
  '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
);
const path = fc.oneof(
  places,
  fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
  fc.string({ maxLength: 20 }),
);
const parameter = fc.constantFrom(
  'watch',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'labelSelector',
  'fieldSelector',
  'dryRun',
  'fieldManager',
  'fieldValidation',
  'force',
  'sendInitialEvents',
  'allowWatchBookmarks',
  'timeoutSeconds',
  'propagationPolicy',
  'gracePeriodSeconds',
  'includeObject',
  'pretty',
);
const value = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'true',
    '1',
    '0',
    '-1',
    'All',
    'Strict',
    '99999999999999999999',
    'a in (b',
    'metadata.name=x',
    'Exact',
    'NotOlderThan',
    '\u0000',
  ),
);
const query = fc.array(fc.tuple(parameter, value), { maxLength: 4 });
const json = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
  key: fc.oneof(
    fc.constantFrom(
      'metadata',
      'name',
      'namespace',
      'labels',
      'annotations',
      'spec',
      'data',
      'apiVersion',
      'kind',
      'finalizers',
      'ownerReferences',
      'managedFields',
      'rules',
      'webhooks',
      'http',
      'versions',
      'names',
      'containers',
      'template',
      '$patch',
      '__proto__',
    ),
    fc.string({ maxLength: 5 }),
  ),
  node: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.array(fc.tuple(tie('key') as fc.Arbitrary<string>, tie('node')), { maxLength: 4 }).map(Object.fromEntries),
  ),
})).node;
const named = fc.record(
  {
    metadata: fc.record({ name: fc.constantFrom('x', 'y', 'X!') }),
    spec: json,
    data: json,
    rules: json,
    webhooks: json,
  },
  { requiredKeys: ['metadata'] },
);
const operation = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
  path: fc.constantFrom('/metadata', '/data/a', '/metadata/labels/x', '', '/spec/-', '/metadata/name', '/kind'),
  from: fc.constantFrom('/data', '/metadata'),
  value: json,
});
const body = fc.oneof(
  fc.constantFrom('x', 'y', 'z').map((name) => JSON.stringify({ metadata: { name }, data: { a: 'b' } })),
  json.map((v) => JSON.stringify(v)),
  named.map((v) => JSON.stringify(v)),
  fc.array(operation, { maxLength: 4 }).map((v) => JSON.stringify(v)),
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', '{', 'a: b\n- c', '{"a":1,"a":2}', 'metadata: {name: x}', 'k8s\u0000\n'),
);
const contentType = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/json',
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  ';',
  '',
);
const accept = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  '*/*',
  ',;=',
  'text/html',
  '',
);
const usual = fc.record(
  { 'content-type': contentType, accept, 'user-agent': fc.string({ maxLength: 8 }) },
  { requiredKeys: ['content-type'] },
);
const impersonation = fc.record(
  { 'impersonate-user': fc.constantFrom('a', ''), 'impersonate-group': fc.constantFrom('system:masters', '') },
  { requiredKeys: [] },
);
const headers = fc.oneof(
  { weight: 9, arbitrary: usual },
  { weight: 1, arbitrary: fc.tuple(usual, impersonation).map(([a, b]) => ({ ...a, ...b })) },
);

test('every request is answered by a well-formed answer below 500', async (t) => {
  const issuer = new JwtIssuer(generateKeyPair(), new FakeClock(), seededRandom(1));
  const api = await createTestApi(t, { issuer });
  const seen = new Set<number>();
  const run = async (
    method: string,
    at: string,
    pairs: [string, string][],
    text: string,
    given: Record<string, string>,
  ): Promise<void> => {
    const response = await api.core.handler.handle({
      method,
      path: at,
      query: new URLSearchParams(pairs),
      headers: given,
      credentials: { authorization: undefined, certificate: { commonName: 'fuzz', organizations: ['system:masters'] } },
      readBody: async () => Buffer.from(text),
      signal: new AbortController().signal,
    });
    seen.add(response.status);
    const what = `${method} ${at} ${JSON.stringify(pairs)} ${JSON.stringify(given)} ${text}`;
    if (response.kind === 'stream') {
      response.start({ bufferedBytes: 0, write: () => undefined, end: () => undefined, onClose: (stop) => stop() });
      return;
    }
    const answer = bodyText(response.body);
    // 504 is Kubernetes' answer to a revision from the future.
    assert.ok(response.status < 500 || response.status === 504, `${response.status} ${answer}: ${what}`);
    if (response.contentType.startsWith('application/json')) JSON.parse(answer);
    else if (response.contentType.startsWith('application/yaml')) parse(answer);
    else assert.match(response.contentType, /^text\/plain|protobuf|jwk-set/, what);
    if (response.status >= 400 && response.contentType.startsWith('application/json')) {
      const { kind, code, message } = JSON.parse(answer);
      assert.deepEqual([kind, code], ['Status', response.status], what);
      assert.ok(message.length > 0 && message.length < 100_000, what);
    }
  };
  await fc.assert(fc.asyncProperty(methods, path, query, body, headers, run), { numRuns: 3000 });
  for (const status of [200, 400, 404, 405, 415, 422]) assert.ok(seen.has(status), `${status} never came`);
});

test('an object that is not valid is told so before anything is computed from it', async (t) => {
  const api = await createTestApi(t);
  const url = '/api/v1/namespaces/default/pods';
  const cases: [unknown, number][] = [
    [undefined, 422],
    [{}, 422],
    [{ containers: 5 }, 400],
    [{ containers: [null] }, 422],
    [{ containers: [{ name: 'c', resources: 7 }] }, 400],
  ];
  for (const [spec, expected] of cases) {
    const { status, text } = await api.ask('POST', url, { body: { metadata: { name: 'x' }, spec } });
    assert.equal(status, expected, text);
  }
  const good = { metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  assert.deepEqual((await api.ask('POST', url, { body: good })).json.status, {
    phase: 'Pending',
    qosClass: 'BestEffort',
  });
});
