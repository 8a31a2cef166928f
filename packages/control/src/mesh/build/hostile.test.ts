import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf } from '../analysis/findings.ts';
import type { MeshSnapshot, ObjectChange } from '../model/index.ts';
import { serviceTargets } from '../query/service-targets.ts';
import { sidecarScope } from '../query/sidecar-scope.ts';
import { httpService, meshOf, object, podOf, proxyOf, withObjects } from '../test-support/mesh.ts';
import { buildSnapshot } from './build-snapshot.ts';

/** Objects that no API server would let through, as a real cluster may still have them from former times. */
function unchecked(
  mesh: MeshSnapshot,
  ...changes: readonly [kind: string, key: string, parts: object][]
): MeshSnapshot {
  return buildSnapshot(
    mesh,
    changes.map(([kind, key, parts]) => {
      const [namespace, name] = key.split('/');
      return { kind, key, object: { metadata: { namespace, name }, ...parts } } as unknown as ObjectChange;
    }),
  );
}

test('delegates that lead to each other, and to themselves', () => {
  const mesh = unchecked(
    meshOf(),
    ['VirtualService', 'a/root', { spec: { hosts: ['x.com'], http: [{ delegate: { name: 'one' } }] } }],
    ['VirtualService', 'a/one', { spec: { http: [{ delegate: { name: 'two' } }, { redirect: { uri: '/' } }] } }],
    ['VirtualService', 'a/two', { spec: { http: [{ delegate: { name: 'one' } }] } }],
    ['VirtualService', 'a/self', { spec: { hosts: ['y.com'], http: [{ delegate: { name: 'self' } }] } }],
  );
  assert.equal(mesh.config.virtualServices.get('a/root')!.http.length, 1);
  assert.deepEqual(
    ['root', 'self'].map((name) =>
      findingsOf(mesh)
        .get(`VirtualService/a/${name}`)
        ?.map(({ code }) => code),
    ),
    [['NestedDelegate'], ['DelegateNotFound']],
  );
});

test('a thousand subsets, and ten megabytes of rules', () => {
  const subsets = Array.from({ length: 1000 }, (_, i) => ({ name: `v${i}`, labels: { version: `v${i}` } }));
  const padding = 'x'.repeat(1000);
  const http = Array.from({ length: 10_000 }, (_, i) => ({
    match: [{ uri: { exact: `/${i}/${padding}` } }],
    route: [{ destination: { host: 'web', subset: `v${i % 1000}` } }],
  }));
  const mesh = unchecked(
    meshOf(httpService('a/web')),
    ['DestinationRule', 'a/web', { spec: { host: 'web', subsets } }],
    ['VirtualService', 'a/web', { spec: { hosts: ['web'], http } }],
  );
  const [rule] = sidecarScope(mesh, proxyOf()).destinationRules.get('web.a.svc.cluster.local')!;
  assert.equal(rule!.subsets.length, 1000);
  assert.equal(findingsOf(mesh).size, 0);
});

test('names that every JavaScript object has', () => {
  const mesh = meshOf(
    object(
      'Service',
      'a/web',
      '{clusterIP: 10.0.0.1, selector: {app: web}, ports: [{name: constructor, port: 80, targetPort: constructor}]}',
    ),
    podOf('a/p', 'web', '10.1.0.1').replace('name: named', 'name: constructor'),
    object('Sidecar', 'constructor/one', '{egress: [{hosts: ["a/*"]}]}'),
    httpService('constructor/to-string'),
  );
  assert.deepEqual(
    serviceTargets(mesh, proxyOf({ id: 'p.a' })).map(({ targetPort }) => targetPort),
    [9090],
  );
  const unnamed = withObjects(mesh, podOf('a/p', 'web', '10.1.0.1'));
  assert.deepEqual(serviceTargets(unnamed, proxyOf({ id: 'p.a' })), []);
  assert.equal(sidecarScope(mesh, proxyOf({ namespace: 'constructor' })).services.length, 1);
});

test('objects without a spec, and parts that are empty', () => {
  const kinds = [
    'Service',
    'Pod',
    'VirtualService',
    'DestinationRule',
    'Gateway',
    'Sidecar',
    'EnvoyFilter',
    'Telemetry',
  ];
  const policies = ['PeerAuthentication', 'AuthorizationPolicy', 'RequestAuthentication', 'ProxyConfig'];
  const mesh = unchecked(
    meshOf(),
    ...[...kinds, ...policies].map((kind): [string, string, object] => [kind, 'a/empty', {}]),
    ['EndpointSlice', 'a/empty', { addressType: 'IPv4' }],
    ['ServiceEntry', 'a/empty', { spec: { hosts: ['x.com'] } }],
    ['WorkloadEntry', 'a/empty', { spec: {} }],
  );
  assert.equal(sidecarScope(mesh, proxyOf()).services.length, 2);
  assert.ok(findingsOf(mesh).size > 0);
});

test('a mesh configuration whose aliases multiply is refused', () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`);
  const mesh = [`l0: &l0 x`, ...levels].join('\n');
  const bomb = unchecked(meshOf(), ['ConfigMap', 'istio-system/istio', { data: { mesh } }]);
  assert.equal(bomb.settings.config.proxyListenPort, 15001);
  const [finding] = findingsOf(bomb).get('ConfigMap/istio-system/istio')!;
  assert.equal(finding!.code, 'InvalidMeshConfig');
});

test('the list of reasons is bounded, and says how many there were', () => {
  const many = Array.from({ length: 300 }, (_, i): [string, string, object] => ['Service', `a/s${i}`, {}]);
  const mesh = unchecked(meshOf(), ...many);
  assert.equal(mesh.reasons.length, 100);
  assert.equal(mesh.reasonCount, 300);
});

test('a change that changes nothing gives the same snapshot', () => {
  const mesh = meshOf(httpService('a/web'));
  const same = mesh.objects.Service.get('a/web')!;
  assert.equal(buildSnapshot(mesh, [{ kind: 'Service', key: 'a/web', object: same }]), mesh);
  assert.equal(buildSnapshot(mesh, [{ kind: 'Service', key: 'a/none' }]), mesh);
});
