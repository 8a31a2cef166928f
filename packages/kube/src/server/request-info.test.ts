import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRequestInfo, type ResourceRequest, verbOf } from './request-info.ts';

function resource(path: string): Partial<ResourceRequest> {
  const info = parseRequestInfo(path);
  assert.ok(info?.kind === 'resource', `${path} must be a resource path`);
  const { kind: _, path: __, ...rest } = info;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
}

test('takes resource paths apart', () => {
  const cases: [string, Partial<ResourceRequest>][] = [
    ['/api/v1/pods', { version: 'v1', plural: 'pods' }],
    ['/api/v1/namespaces', { version: 'v1', plural: 'namespaces' }],
    ['/api/v1/namespaces/a', { version: 'v1', plural: 'namespaces', namespace: 'a', name: 'a' }],
    [
      '/api/v1/namespaces/a/finalize',
      { version: 'v1', plural: 'namespaces', namespace: 'a', name: 'a', subresource: 'finalize' },
    ],
    ['/api/v1/namespaces/a/pods', { version: 'v1', namespace: 'a', plural: 'pods' }],
    ['/api/v1/namespaces/a/pods/p/', { version: 'v1', namespace: 'a', plural: 'pods', name: 'p' }],
    [
      '/api/v1/namespaces/a/pods/p/log',
      { version: 'v1', namespace: 'a', plural: 'pods', name: 'p', subresource: 'log' },
    ],
    [
      '/apis/networking.istio.io/v1/namespaces/a/virtualservices/r/status',
      {
        group: 'networking.istio.io',
        version: 'v1',
        namespace: 'a',
        plural: 'virtualservices',
        name: 'r',
        subresource: 'status',
      },
    ],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles', name: 'system:node' },
    ],
    [
      '/api/v1/namespaces/a/services/s/proxy/x/y',
      { version: 'v1', namespace: 'a', plural: 'services', name: 's', subresource: 'proxy', rest: 'x/y' },
    ],
  ];
  for (const [path, expected] of cases) assert.deepEqual(resource(path), expected, path);
});

test('leaves other paths alone', () => {
  for (const path of [
    '/',
    '/healthz',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
    '/openapi/v3',
    '/metrics',
  ]) {
    assert.equal(parseRequestInfo(path)?.kind, 'other', path);
  }
});

test('refuses broken escapes and never throws', () => {
  assert.equal(parseRequestInfo('/api/v1/namespaces/%zz/pods'), undefined);
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      parseRequestInfo(`/${text}`);
    }),
  );
});

test('an escaped slash does not become a path', () => {
  assert.deepEqual(resource('/api/v1/namespaces/a%2Fpods/secrets'), {
    version: 'v1',
    namespace: 'a/pods',
    plural: 'secrets',
  });
});

test('names the verb', () => {
  const one = parseRequestInfo('/api/v1/namespaces/a/pods/p') as ResourceRequest;
  const all = parseRequestInfo('/api/v1/namespaces/a/pods') as ResourceRequest;
  assert.equal(verbOf('GET', one, false), 'get');
  assert.equal(verbOf('GET', all, false), 'list');
  assert.equal(verbOf('GET', all, true), 'watch');
  assert.equal(verbOf('DELETE', one, false), 'delete');
  assert.equal(verbOf('DELETE', all, false), 'deletecollection');
  assert.equal(verbOf('POST', all, false), 'create');
  assert.equal(verbOf('PUT', one, false), 'update');
  assert.equal(verbOf('PATCH', one, false), 'patch');
});
