import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { meshOf, object, podOf, proxyOf } from '../test-support/mesh.ts';
import { serviceTargets } from './service-targets.ts';

const service = (key: string, ports: string, more = 'selector: {app: web}, '): string =>
  object('Service', key, `{clusterIP: 10.0.0.1, ${more}ports: [${ports}]}`);

function targets(mesh: MeshSnapshot, facts: Parameters<typeof proxyOf>[0] = {}): string[] {
  return serviceTargets(mesh, proxyOf({ id: 'p.a', ...facts })).map(
    ({ service: { name }, port, targetPort }) => `${name}:${port.number}>${targetPort}`,
  );
}

test('ports of the Services that select the pod, with names found in its containers', () => {
  const mesh = meshOf(
    service('a/one', '{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 81, targetPort: named}'),
    service('a/none', '{name: http, port: 80, targetPort: missing}'),
    service('a/other', '{name: http, port: 80}', 'selector: {app: other}, '),
    service('b/one', '{name: http, port: 80}'),
    podOf('a/p', 'web', '10.1.0.1'),
  );
  assert.deepEqual(targets(mesh), ['one:80>8080', 'one:81>9090']);
});

test('before the pod is known, the labels that the proxy tells count', () => {
  const mesh = meshOf(
    service('a/one', '{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 81, targetPort: named}'),
  );
  assert.deepEqual(targets(mesh, { labels: { app: 'web' } }), ['one:80>8080']);
});

test('SEMANTICS 36: of Services with one target port, the oldest comes first', () => {
  const mesh = meshOf(
    service('a/z-old', '{name: http, port: 80, targetPort: 8080}'),
    service('a/a-young', '{name: tcp, port: 90, targetPort: 8080}'),
    podOf('a/p', 'web', '10.1.0.1'),
  );
  assert.deepEqual(targets(mesh), ['z-old:80>8080', 'a-young:90>8080']);
});

test('services that list the address of the proxy', () => {
  const slice = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: b, name: s, labels: {kubernetes.io/service-name: manual}}
addressType: IPv4
ports: [{name: http, port: 7000}]
endpoints: [{addresses: [10.9.0.1]}]
`;
  const mesh = meshOf(
    service('b/manual', '{name: http, port: 80}', ''),
    slice,
    object(
      'ServiceEntry',
      'c/x',
      '{hosts: [x.com], resolution: STATIC, ports: [{number: 443, name: tls}], endpoints: [{address: 10.9.0.1}]}',
    ),
  );
  assert.deepEqual(targets(mesh, { id: 'vm', addresses: ['10.9.0.1'] }), ['manual:80>7000', 'x.com:443>443']);
  assert.deepEqual(targets(mesh, { id: 'vm', addresses: ['10.9.0.2'] }), []);
});

test('an entry whose selector asks for nothing selects every workload of its namespace', () => {
  const spec =
    '{hosts: [x.com], location: MESH_INTERNAL, resolution: STATIC, workloadSelector: {}, ports: [{number: 80, name: http}]}';
  const mesh = meshOf(object('ServiceEntry', 'a/x', spec), podOf('a/p', 'web', '10.1.0.1'));
  assert.deepEqual(targets(mesh), ['x.com:80>80']);
});
