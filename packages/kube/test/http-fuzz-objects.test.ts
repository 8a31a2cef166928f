/** Objects that are right but for a few places, through every verb: always a clear answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestApi } from './support/api.ts';

const container = {
  name: 'c',
  image: 'i',
  ports: [{ containerPort: 80 }],
  resources: { limits: { cpu: '1' } },
  env: [{ name: 'A', value: 'b' }],
};
const template = {
  metadata: { labels: { a: 'b' } },
  spec: { containers: [container], volumes: [{ name: 'v', emptyDir: {} }] },
};
const selector = { matchLabels: { a: 'b' } };
const metadata = {
  name: 'x',
  labels: { a: 'b' },
  annotations: { a: 'b' },
  finalizers: ['a.b/c'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' }],
};
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { size: { type: 'integer', default: 1 } },
      'x-kubernetes-validations': [{ rule: 'self.size > 0' }],
    },
  },
};

/** Collections with an object that is accepted there. */
const subjects: readonly (readonly [url: string, object: object])[] = [
  ['/api/v1/namespaces/default/pods', { metadata, spec: template.spec }],
  [
    '/api/v1/namespaces/default/services',
    {
      metadata,
      spec: { selector: { a: 'b' }, ports: [{ port: 80, targetPort: 'http', protocol: 'TCP' }], type: 'ClusterIP' },
    },
  ],
  ['/api/v1/namespaces/default/secrets', { metadata, type: 'Opaque', data: { a: 'Yg==' }, stringData: { c: 'd' } }],
  ['/api/v1/namespaces', { metadata: { ...metadata, name: 'ns-x' }, spec: { finalizers: ['kubernetes'] } }],
  [
    '/apis/apps/v1/namespaces/default/deployments',
    {
      metadata,
      spec: {
        replicas: 1,
        selector,
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      },
    },
  ],
  [
    '/apis/batch/v1/namespaces/default/cronjobs',
    {
      metadata,
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
    },
  ],
  [
    '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
    {
      metadata,
      spec: {
        rules: [
          {
            host: 'a.b',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  ],
  [
    `${rbac}/clusterroles`,
    {
      metadata,
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
      aggregationRule: { clusterRoleSelectors: [selector] },
    },
  ],
  [
    `${rbac}/clusterrolebindings`,
    {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'x' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'maria' }],
    },
  ],
  [
    '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
    {
      metadata,
      spec: {
        hosts: ['a'],
        http: [
          {
            match: [{ uri: { prefix: '/' } }],
            route: [{ destination: { host: 'b', port: { number: 80 } }, weight: 100 }],
            retries: { attempts: 3, perTryTimeout: '2s' },
          },
        ],
      },
    },
  ],
  [
    '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
    {
      metadata,
      spec: {
        parentRefs: [{ name: 'g' }],
        hostnames: ['a.b'],
        rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'b', port: 80 }] }],
      },
    },
  ],
  [
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    {
      metadata: { name: 'sizes.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'sizes', singular: 'size', kind: 'Size', listKind: 'SizeList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: schema },
            subresources: { status: {} },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          },
        ],
      },
    },
  ],
  [
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    {
      metadata,
      webhooks: [
        {
          name: 'a.b.c',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          rules: [
            { operations: ['CREATE'], apiGroups: ['none.example.com'], apiVersions: ['v1'], resources: ['none'] },
          ],
          clientConfig: { url: 'https://127.0.0.1:1/' },
          matchConditions: [{ name: 'a', expression: 'true' }],
        },
      ],
    },
  ],
];

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1e308,
    '',
    'x',
    '\u0000',
    'ü',
    'a'.repeat(300),
    true,
    [],
    {},
    [null],
    [[]],
    { a: 1 },
    '1e9999',
    '9999999999999999999Gi',
    '(((',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Puts junk at one place of a copy; the numbers choose the way down. */
function damage(value: unknown, way: readonly number[], what: unknown): unknown {
  if (typeof value !== 'object' || value === null || way.length === 0) return what;
  const keys = Object.keys(value);
  const key = keys[way[0]! % Math.max(1, keys.length)];
  if (key === undefined) return what;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<string, unknown>)
    : { ...value };
  copy[key] = damage(copy[key], way.slice(1), what);
  return copy;
}

const way = fc.array(fc.nat(30), { minLength: 1, maxLength: 9 });
const damages = fc.array(fc.tuple(way, junk), { minLength: 0, maxLength: 2 });
const patchTypes = fc.constantFrom(
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/json-patch+json',
);

test('slightly broken objects are refused or stored, never an accident', async (t) => {
  const api = await createTestApi(t);
  const refused = new Set<number>();
  let stored = 0;
  const check = async (method: string, url: string, body: unknown, contentType: string): Promise<void> => {
    const { status, text } = await api.ask(method, url, { body, headers: { 'content-type': contentType } });
    assert.ok(status < 500, `${method} ${url} ${contentType} ${JSON.stringify(body)}: ${text}`);
    if (status < 300) stored++;
    else refused.add(status);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...subjects),
      damages,
      damages,
      patchTypes,
      async ([url, object], first, second, type) => {
        const broken = first.reduce<unknown>((value, [at, what]) => damage(value, at, what), object);
        const other = second.reduce<unknown>((value, [at, what]) => damage(value, at, what), object);
        const name = (object as { metadata: { name: string } }).metadata.name;
        // No more than the limit of requests in one second.
        api.clock.advance(1000);
        await check('POST', url, broken, 'application/json');
        await check('PUT', `${url}/${name}`, other, 'application/json');
        const patch =
          type === 'application/json-patch+json'
            ? [{ op: 'replace', path: '/spec', value: (other as { spec?: unknown })?.spec ?? null }]
            : other;
        await check('PATCH', `${url}/${name}?fieldManager=fuzz&force=${type.includes('apply')}`, patch, type);
        for (const accept of ['application/json;as=Table;v=v1;g=meta.k8s.io', 'application/yaml']) {
          const list = await api.ask('GET', url, { headers: { accept } });
          assert.equal(list.status, 200, list.text);
        }
        await check('DELETE', `${url}/${name}`, undefined, 'application/json');
        const finalizers = { metadata: { finalizers: null } };
        await check('PATCH', `${url}/${name}`, finalizers, 'application/merge-patch+json');
      },
    ),
    { numRuns: 300 },
  );
  assert.ok(
    stored > 100 && refused.has(422) && refused.has(400),
    `${stored} stored; refused with ${[...refused].join()}`,
  );
});
