import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot, ServiceEndpoints } from '../model/index.ts';
import { httpService, meshOf, object, podOf, withObjects, without } from '../test-support/mesh.ts';

const KEY = 'a/web.a.svc.cluster.local';
const NODE =
  'apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z}}\n';

function slice(key: string, endpoints: string, more = 'addressType: IPv4'): string {
  const [namespace, name] = key.split('/');
  const metadata = `{namespace: ${namespace}, name: ${name}, labels: {kubernetes.io/service-name: web}}`;
  const ports = 'ports: [{name: http, port: 8080}]';
  return `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: ${metadata}\n${more}\n${ports}\nendpoints: ${endpoints}\n`;
}

function endpoints(mesh: MeshSnapshot, key = KEY): ServiceEndpoints {
  return mesh.workloads.endpoints.get(key) ?? [];
}

function shortly(mesh: MeshSnapshot, key = KEY): string[] {
  return endpoints(mesh, key).map(
    ({ address, ports, health }) => `${address}:${Object.values(ports).join('+')} ${health}`,
  );
}

test('an endpoint has what its pod and its node say', () => {
  const mesh = meshOf(
    NODE,
    httpService('a/web'),
    podOf('a/p', 'web', '10.1.0.1', ', security.istio.io/tlsMode: istio'),
    slice('a/s', '[{addresses: [10.1.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: p}}]'),
  );
  const [endpoint] = endpoints(mesh);
  assert.equal(endpoint!.identity, 'spiffe://cluster.local/ns/a/sa/sa');
  assert.equal(endpoint!.tlsMode, 'istio');
  assert.equal(endpoint!.locality.zone, 'z');
  assert.equal(endpoint!.labels['app'], 'web');
  assert.deepEqual({ ...endpoint!.ports }, { http: 8080 });
  assert.deepEqual(endpoint!.source, { kind: 'EndpointSlice', namespace: 'a', name: 's' });
});

test('the parts may come in any order, a moved node moves its pods, and a gone pod leaves its address', () => {
  const parts = [
    slice('a/s', '[{addresses: [10.1.0.1], targetRef: {kind: Pod, name: p}}]'),
    podOf('a/p', 'web', '10.1.0.1', ', security.istio.io/tlsMode: istio'),
    NODE,
    httpService('a/web'),
  ];
  let mesh = meshOf();
  for (const part of parts) mesh = withObjects(mesh, part);
  assert.equal(endpoints(mesh)[0]!.locality.region, 'r');
  assert.equal(endpoints(mesh)[0]!.tlsMode, 'istio');
  const moved = withObjects(mesh, NODE.replace('region: r', 'region: other'));
  assert.equal(endpoints(moved)[0]!.locality.region, 'other');
  const orphan = without(mesh, 'Pod', 'a/p');
  assert.equal(endpoints(orphan)[0]!.tlsMode, 'disabled');
  assert.deepEqual(endpoints(without(mesh, 'EndpointSlice', 'a/s')), []);
  assert.deepEqual(endpoints(without(mesh, 'Service', 'a/web')), []);
});

test('ready, draining, unhealthy; and a Service that publishes all', () => {
  const list = `[{addresses: [10.1.0.1]}, {addresses: [10.1.0.2], conditions: {ready: false, serving: true, terminating: true}},
    {addresses: [10.1.0.3], conditions: {ready: false}}, {addresses: [10.1.0.4], conditions: {ready: false, serving: false, terminating: true}}]`;
  const mesh = meshOf(httpService('a/web'), slice('a/s', list));
  assert.deepEqual(
    endpoints(mesh).map(({ health }) => health),
    ['ready', 'draining', 'unhealthy', 'unhealthy'],
  );
  const all = withObjects(
    mesh,
    object(
      'Service',
      'a/web',
      '{clusterIP: 10.0.0.1, publishNotReadyAddresses: true, ports: [{name: http, port: 80}]}',
    ),
  );
  assert.deepEqual(new Set(endpoints(all).map(({ health }) => health)), new Set(['ready']));
});

test('an address in two slices is one endpoint, with the better health and the ports of both', () => {
  const mesh = meshOf(
    httpService('a/web'),
    slice('a/s1', '[{addresses: [10.1.0.1], conditions: {ready: false}}, {addresses: [10.1.0.2]}]'),
    slice('a/s2', '[{addresses: [10.1.0.1]}]').replace('name: http, port: 8080', 'name: other, port: 9'),
  );
  assert.deepEqual(shortly(mesh), ['10.1.0.1:8080+9 ready', '10.1.0.2:8080 ready']);
});

test('of two families, that of the address of the Service counts', () => {
  const mesh = meshOf(
    httpService('a/web'),
    slice('a/v6', '[{addresses: ["2001:db8::1"]}]', 'addressType: IPv6'),
    slice('a/v4', '[{addresses: [10.1.0.1]}]'),
  );
  assert.deepEqual(shortly(mesh), ['10.1.0.1:8080 ready']);
  assert.deepEqual(shortly(without(mesh, 'EndpointSlice', 'a/v4')), ['2001:db8::1:8080 ready']);
});

test('one changed endpoint leaves all others the same objects', () => {
  const list = (ready: boolean): string =>
    `[{addresses: [10.1.0.1]}, {addresses: [10.1.0.2], conditions: {ready: ${ready}}}]`;
  const before = meshOf(httpService('a/web'), httpService('b/web'), slice('a/s', list(true)));
  const after = withObjects(before, slice('a/s', list(false)));
  assert.equal(after.registry, before.registry);
  assert.equal(after.config, before.config);
  assert.equal(endpoints(after)[0], endpoints(before)[0]);
  assert.notEqual(endpoints(after)[1], endpoints(before)[1]);
  assert.deepEqual(after.workloads.endpoints.changedKeys(before.workloads.endpoints), [KEY]);
  assert.deepEqual(
    after.reasons.map(({ kind, key, change }) => [kind, key, change]),
    [['EndpointSlice', 'a/s', 'changed']],
  );
});

test('a Service selects WorkloadEntries, at the ports that they say', () => {
  const spec =
    '{clusterIP: 10.0.0.1, selector: {app: web}, ports: [{name: http, port: 80, targetPort: named}, {name: tcp, port: 90}]}';
  const entry = (key: string, more: string): string =>
    object('WorkloadEntry', key, `{address: 10.2.0.1, labels: {app: web}, serviceAccount: vm${more}}`);
  const mesh = meshOf(
    object('Service', 'a/web', spec),
    entry('a/vm', ', ports: {named: 8000}, weight: 3'),
    entry('b/vm', ''),
  );
  assert.deepEqual(shortly(mesh), ['10.2.0.1:8000+90 ready']);
  assert.equal(endpoints(mesh)[0]!.weight, 3);
  assert.equal(endpoints(mesh)[0]!.tlsMode, 'istio', 'a workload with an account has a proxy');
  assert.deepEqual(shortly(withObjects(mesh, entry('a/vm', ''))), ['10.2.0.1:90 ready'], 'no number for the name');
});

test('a ServiceEntry selects pods and WorkloadEntries of its namespace', () => {
  const mesh = meshOf(
    object(
      'ServiceEntry',
      'a/x',
      '{hosts: [x.com], location: MESH_INTERNAL, resolution: STATIC, workloadSelector: {labels: {app: web}}, ports: [{number: 80, name: http, targetPort: 8080}]}',
    ),
    podOf('a/p', 'web', '10.1.0.1'),
    podOf('b/p', 'web', '10.1.0.2'),
    object('WorkloadEntry', 'a/vm', '{address: 10.2.0.1, labels: {app: web}, ports: {http: 99}}'),
  );
  assert.deepEqual(shortly(mesh, 'a/x.com'), ['10.1.0.1:8080 ready', '10.2.0.1:99 ready']);
  const relabelled = withObjects(mesh, podOf('a/p', 'other', '10.1.0.1'));
  assert.deepEqual(shortly(relabelled, 'a/x.com'), ['10.2.0.1:99 ready']);
});

test('endpoints that a ServiceEntry lists, and the host itself when it is to be looked up', () => {
  const entry = (spec: string): MeshSnapshot =>
    meshOf(object('ServiceEntry', 'a/x', `{hosts: [x.com], ports: [{number: 80, name: http}], ${spec}}`));
  const listed =
    'endpoints: [{address: 10.1.0.1, ports: {http: 8080}, locality: r/z/s, weight: 2}, {address: 10.1.0.2}]';
  const mesh = entry(`resolution: STATIC, ${listed}`);
  assert.deepEqual(shortly(mesh, 'a/x.com'), ['10.1.0.1:8080 ready', '10.1.0.2:80 ready']);
  assert.deepEqual(endpoints(mesh, 'a/x.com')[0]!.locality, { region: 'r', zone: 'z', subzone: 's' });
  assert.deepEqual(shortly(entry('resolution: DNS'), 'a/x.com'), ['x.com:80 ready']);
  assert.deepEqual(shortly(entry('resolution: STATIC'), 'a/x.com'), []);
  assert.deepEqual(shortly(entry('resolution: NONE'), 'a/x.com'), []);
  const unix = entry('resolution: STATIC, endpoints: [{address: "unix:///run/x"}]');
  assert.deepEqual(shortly(unix, 'a/x.com'), ['unix:///run/x:0 ready']);
});

test('networks: the label, the network of the cluster, ranges of the mesh', () => {
  const base = [httpService('a/web'), slice('a/s', '[{addresses: [10.1.0.1], targetRef: {kind: Pod, name: p}}]')];
  const networks = `apiVersion: v1
kind: ConfigMap
metadata: {namespace: istio-system, name: istio}
data:
  meshNetworks: |
    networks: {wide: {endpoints: [{fromCidr: 10.0.0.0/8}]}, narrow: {endpoints: [{fromCidr: 10.1.0.0/16}]}}`;
  const ranges = meshOf(...base, podOf('a/p', 'web', '10.1.0.1'), networks);
  assert.equal(endpoints(ranges)[0]!.network, 'narrow');
  const namespace =
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {topology.istio.io/network: main}}\n';
  const main = withObjects(ranges, namespace);
  assert.equal(endpoints(main)[0]!.network, 'main');
  const labelled = withObjects(main, podOf('a/p', 'web', '10.1.0.1', ', topology.istio.io/network: own'));
  assert.equal(endpoints(labelled)[0]!.network, 'own');
});

test('pods that have ended are not at their address any more', () => {
  const ended = podOf('a/old', 'web', '10.1.0.1').replace('phase: Running', 'phase: Succeeded');
  const mesh = meshOf(
    ended,
    podOf('a/new', 'web', '10.1.0.1'),
    httpService('a/web'),
    slice('a/s', '[{addresses: [10.1.0.1]}]'),
  );
  assert.deepEqual(mesh.workloads.podsByAddress.get('10.1.0.1'), ['a/new']);
  assert.equal(endpoints(mesh)[0]!.workloadName, 'new');
});

test('one address with other numbers for one port is several places', () => {
  const mesh = meshOf(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: e, namespace: a }
spec:
  hosts: [h.test]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints:
  - { address: 127.0.0.1, ports: { http: 9001 }, labels: { version: v1 } }
  - { address: 127.0.0.1, ports: { http: 9002 }, labels: { version: v2 } }
`);
  const endpoints = mesh.workloads.endpoints.get('a/h.test') ?? [];
  assert.deepEqual(
    endpoints.map(({ ports, labels }) => [ports['http'], labels['version']]),
    [
      [9001, 'v1'],
      [9002, 'v2'],
    ],
  );
});
