import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { meshOf, object, withObjects, without } from '../test-support/mesh.ts';
import { assignAddresses } from './auto-addresses.ts';
import { protocolOfPort } from './protocol.ts';

const entry = (key: string, spec: string, metadata = ''): string => object('ServiceEntry', key, spec, metadata);

function service(snapshot: MeshSnapshot, key: string) {
  const found = snapshot.registry.services.get(key);
  assert.ok(found !== undefined, `there is no service ${key}`);
  return found;
}

test('SEMANTICS 35: protocols of ports', () => {
  const cases = [
    [{ number: 80, name: 'http' }, 'HTTP'],
    [{ number: 80, name: 'http-web' }, 'HTTP'],
    [{ number: 80, name: 'HTTP2-x' }, 'HTTP2'],
    [{ number: 80, name: 'grpc-web' }, 'GRPC-WEB'],
    [{ number: 80, name: 'grpc-web-x' }, 'GRPC-WEB'],
    [{ number: 80, name: 'grpcweb-x' }, 'auto'],
    [{ number: 80, name: 'grpc-x' }, 'GRPC'],
    [{ number: 80, name: 'httpx' }, 'auto'],
    [{ number: 80, name: 'http', appProtocol: 'grpc' }, 'GRPC'],
    [{ number: 80, name: 'http', appProtocol: 'example.com/own' }, 'auto'],
    [{ number: 80, appProtocol: 'kubernetes.io/h2c' }, 'HTTP2'],
    [{ number: 80, appProtocol: 'kubernetes.io/ws' }, 'HTTP'],
    [{ number: 80, appProtocol: 'kubernetes.io/wss' }, 'HTTPS'],
    [{ number: 80, name: 'http', transport: 'UDP' }, 'UDP'],
    [{ number: 3306 }, 'TCP'],
    [{ number: 27017, name: 'db' }, 'TCP'],
    [{ number: 3306, name: 'mysql' }, 'MYSQL'],
    [{ number: 8080 }, 'auto'],
  ] as const;
  for (const [facts, protocol] of cases) assert.equal(protocolOfPort(facts), protocol, JSON.stringify(facts));
});

test('SEMANTICS 34: resolutions of ServiceEntries', () => {
  const cases = { NONE: 'passthrough', STATIC: 'client-side', DNS: 'dns', DNS_ROUND_ROBIN: 'dns-round-robin' } as const;
  for (const [given, resolution] of Object.entries(cases)) {
    const mesh = meshOf(entry('a/x', `{hosts: [x.com], resolution: ${given}, ports: [{number: 80, name: http}]}`));
    assert.equal(service(mesh, 'a/x.com').resolution, resolution);
    assert.equal(service(mesh, 'a/x.com').isMeshExternal, true);
  }
  const wild = meshOf(entry('a/x', "{hosts: ['*.x.com'], resolution: DYNAMIC_DNS, ports: [{number: 443, name: tls}]}"));
  assert.equal(service(wild, 'a/*.x.com').resolution, 'dynamic-dns');
});

test('SEMANTICS 36: headless Services have no address, and ExternalName is an alias', () => {
  const mesh = meshOf(
    object('Service', 'a/head', '{clusterIP: None, selector: {app: x}, ports: [{port: 80}]}'),
    object('Service', 'a/alias', '{type: ExternalName, externalName: www.example.com., ports: [{port: 80}]}'),
  );
  assert.equal(service(mesh, 'a/head.a.svc.cluster.local').isHeadless, true);
  assert.deepEqual(service(mesh, 'a/head.a.svc.cluster.local').addresses, []);
  const alias = service(mesh, 'a/alias.a.svc.cluster.local');
  assert.equal(alias.resolution, 'alias');
  assert.equal(alias.aliasOf, 'www.example.com');
  assert.deepEqual(mesh.registry.aliases.get('www.example.com'), [alias]);
});

test('annotations and fields of Services', () => {
  const metadata =
    'annotations: {networking.istio.io/exportTo: "., b", networking.istio.io/traffic-distribution: PreferSameZone}';
  const spec =
    '{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], internalTrafficPolicy: Local, ports: [{name: tcp, port: 1, targetPort: web}]}';
  const mesh = meshOf(object('Service', 'a/x', spec, metadata));
  const found = service(mesh, 'a/x.a.svc.cluster.local');
  assert.deepEqual(found.visibility.namespaces, ['a', 'b']);
  assert.equal(found.trafficDistribution, 'prefer-same-zone');
  assert.equal(found.isNodeLocal, true);
  assert.equal(found.ports[0]!.targetPort, 'web');
  assert.deepEqual(mesh.registry.byAddress.get('10.0.0.1'), [found]);
});

test('two entries of one namespace with one host are joined when they describe the same service', () => {
  const mesh = meshOf(
    entry('a/one', '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: http}], addresses: [10.9.0.1]}'),
    entry('a/two', '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: web}, {number: 443, name: tls}]}'),
    entry('a/three', '{hosts: [x.com], resolution: NONE, ports: [{number: 90, name: tcp}]}'),
  );
  const found = service(mesh, 'a/x.com');
  assert.deepEqual(
    found.ports.map(({ name, number }) => [name, number]),
    [
      ['http', 80],
      ['tls', 443],
    ],
  );
  assert.deepEqual(
    found.sources.map(({ name }) => name),
    ['one', 'two'],
  );
});

test('a Service comes before a ServiceEntry of its name, however old that is', () => {
  const host = 'web.a.svc.cluster.local';
  const mesh = meshOf(
    entry('a/squat', `{hosts: [${host}], resolution: DNS, ports: [{number: 80, name: http}]}`),
    object('Service', 'a/web', '{clusterIP: 10.0.0.1, ports: [{port: 81}]}'),
  );
  assert.equal(service(mesh, `a/${host}`).registry, 'kubernetes');
  const alone = without(mesh, 'Service', 'a/web');
  assert.equal(service(alone, `a/${host}`).registry, 'external');
});

test('addresses are given out by name, and a newer host never moves an older one', () => {
  const request = (key: string, createdAtMs: number) => ({ key, createdAtMs, recorded: [] });
  const alone = assignAddresses([request('a/x.com', 1)]).get('a/x.com');
  const many = Array.from({ length: 5000 }, (_, i) => request(`b/${i}.com`, 2));
  const all = assignAddresses([...many, request('a/x.com', 1)]);
  assert.deepEqual(all.get('a/x.com'), alone);
  assert.equal(new Set(Array.from(all.values(), ([v4]) => v4)).size, 5001, 'none is given twice');
  assert.match(alone![0]!, /^240\.240\./);
  assert.match(alone![1]!, /^2001:2:/);
});

test('a recorded address is kept, and a full pool refuses without an end', () => {
  const recorded = assignAddresses([
    { key: 'a/x', createdAtMs: 5, recorded: ['240.240.0.7'] },
    { key: 'a/y', createdAtMs: 1, recorded: ['240.240.0.7', '1.2.3.4'] },
  ]);
  assert.equal(recorded.get('a/y')![0], '240.240.0.7', 'the older has it');
  assert.notEqual(recorded.get('a/x')![0], '240.240.0.7');
  const many = Array.from({ length: 65600 }, (_, i) => ({ key: `k${i}`, createdAtMs: i, recorded: [] }));
  assert.equal(assignAddresses(many).size, 65521);
});

test('only hosts that are looked up or listed are given addresses', () => {
  const mesh = meshOf(
    entry('a/dns', '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: http}]}'),
    entry(
      'a/wild',
      "{hosts: ['*.y.com'], resolution: STATIC, ports: [{number: 80, name: http}], endpoints: [{address: 1.1.1.1}]}",
    ),
    entry('a/none', '{hosts: [n.com], ports: [{number: 80, name: http}]}'),
    entry('a/own', '{hosts: [o.com], resolution: DNS, addresses: [10.3.0.1], ports: [{number: 80, name: http}]}'),
  );
  assert.equal(service(mesh, 'a/x.com').autoAddresses.length, 2);
  for (const key of ['a/*.y.com', 'a/n.com', 'a/o.com']) assert.deepEqual(service(mesh, key).autoAddresses, [], key);
});

test('services without a say take the default visibility of the mesh', () => {
  const before = meshOf(object('Service', 'a/x', '{clusterIP: 10.0.0.1, ports: [{port: 80}]}'));
  assert.equal(service(before, 'a/x.a.svc.cluster.local').visibility.isPublic, true);
  const config = `apiVersion: v1
kind: ConfigMap
metadata: {namespace: istio-system, name: istio}
data: {mesh: 'defaultServiceExportTo: ["."]'}`;
  const after = withObjects(before, config);
  assert.deepEqual(service(after, 'a/x.a.svc.cluster.local').visibility.namespaces, ['a']);
});

test('the field that says which endpoints are preferred beats the annotation', () => {
  const annotated = 'annotations: {networking.istio.io/traffic-distribution: preferclose}';
  const spec = (field: string): string => `{clusterIP: 10.0.0.1, ports: [{port: 80}]${field}}`;
  const of = (field: string, metadata = ''): string =>
    service(meshOf(object('Service', 'a/x', spec(field), metadata)), 'a/x.a.svc.cluster.local').trafficDistribution;
  assert.equal(of(''), 'any');
  assert.equal(of(', trafficDistribution: PreferClose'), 'prefer-same-zone');
  assert.equal(of('', annotated), 'prefer-same-zone');
  assert.equal(of(', trafficDistribution: PreferSameNode', annotated), 'prefer-same-node');
});
