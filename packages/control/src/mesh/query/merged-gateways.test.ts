import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSnapshot, emptySnapshot } from '../build/build-snapshot.ts';
import type { MeshSnapshot } from '../model/index.ts';
import { added, meshOf, object, objectsOf, podOf, proxyOf } from '../test-support/mesh.ts';
import { mergedGateways } from './merged-gateways.ts';

const proxy = proxyOf({ id: 'gw.edge', type: 'router', namespace: 'edge', labels: { app: 'gw' } });

function gateway(key: string, ...servers: readonly string[]): string {
  return object('Gateway', key, `{selector: {app: gw}, servers: [${servers.join(', ')}]}`);
}

function server(port: number, protocol: string, hosts: string, more = ''): string {
  return `{port: {number: ${port}, name: p${port}-${hosts.replace(/\W/g, '').toLowerCase()}, protocol: ${protocol}}, hosts: [${hosts}]${more}}`;
}

const TLS = ', tls: {mode: SIMPLE, credentialName: c}';
const PASSTHROUGH = ', tls: {mode: PASSTHROUGH}';

function ports(mesh: MeshSnapshot): string[] {
  return mergedGateways(mesh, proxy).ports.map(({ port, kind, servers }) => {
    const hosts = servers.map((one) => one.hosts.map(({ namespace, host }) => `${namespace}/${host}`).join('+'));
    return `${port} ${kind} ${hosts.join(' | ')}`;
  });
}

function conflicts(mesh: MeshSnapshot): string[] {
  return mergedGateways(mesh, proxy).conflicts.map(({ server: one, other, reason, host = '' }) =>
    `${one.object.name} ${one.path} < ${other.object.name}: ${reason} ${host}`.trim(),
  );
}

test('Gateways select proxies of any namespace by labels, and bind hosts to namespaces', () => {
  const mesh = meshOf(
    gateway('a/one', server(80, 'HTTP', './X.com, b/y.com, z.com')),
    object('Gateway', 'a/other', `{selector: {app: other}, servers: [${server(81, 'HTTP', '"*"')}]}`),
  );
  assert.deepEqual(ports(mesh), ['80 http a/x.com+b/y.com+*/z.com']);
  assert.deepEqual(
    mergedGateways(mesh, proxy).gateways.map(({ name }) => name),
    ['a/one'],
  );
});

test('SEMANTICS 38: plain HTTP servers of a port merge, whatever their names', () => {
  const mesh = meshOf(gateway('a/one', server(80, 'HTTP', 'x.com')), gateway('b/two', server(80, 'GRPC', 'y.com')));
  assert.deepEqual(ports(mesh), ['80 http */x.com | */y.com']);
  assert.deepEqual(conflicts(mesh), []);
});

test('SEMANTICS 38: a TLS host belongs to the oldest Gateway on its port and address', () => {
  const mesh = meshOf(
    gateway('a/one', server(443, 'HTTPS', 'x.com', TLS)),
    gateway('b/two', server(443, 'HTTPS', 'x.com, y.com', TLS)),
    gateway('c/three', server(443, 'TLS', 'z.com', PASSTHROUGH)),
    gateway('d/four', server(443, 'HTTPS', 'x.com', `${TLS}, bind: 10.0.0.9`)),
  );
  assert.deepEqual(ports(mesh), ['443 tls */x.com | */y.com | */z.com', '443 tls */x.com']);
  assert.deepEqual(conflicts(mesh), ['two spec.servers[0] < one: host x.com']);
});

test('SEMANTICS 38: servers of different kinds, and two of plain TCP, do not share a port', () => {
  const mesh = meshOf(
    gateway('a/one', server(80, 'HTTP', 'x.com'), server(9000, 'TCP', '"*"')),
    gateway('b/two', server(80, 'HTTPS', 'y.com', TLS), server(9000, 'TCP', '"*"')),
  );
  assert.deepEqual(ports(mesh), ['80 http */x.com', '9000 tcp */*']);
  assert.deepEqual(conflicts(mesh), ['two spec.servers[0] < one: protocol', 'two spec.servers[1] < one: protocol']);
});

test('SEMANTICS 38: a port of the Service of the gateway stands for its target port', () => {
  const service =
    '{clusterIP: 10.0.0.1, selector: {app: gw}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tls, port: 443, targetPort: named}]}';
  const mesh = meshOf(
    object('Service', 'edge/gw', service),
    podOf('edge/gw', 'gw', '10.1.0.1'),
    gateway('a/one', server(80, 'HTTP', 'x.com'), server(443, 'HTTPS', 'x.com', TLS), server(81, 'HTTP', 'x.com')),
  );
  assert.deepEqual(
    mergedGateways(mesh, proxy).ports.map(({ port, number }) => [port, number]),
    [
      [81, 81],
      [8080, 80],
      [9090, 443],
    ],
  );
});

test('where Gateways are scoped to their namespace, they select no proxy of another', () => {
  const changes = objectsOf(
    [gateway('a/one', server(80, 'HTTP', 'x.com')), gateway('edge/two', server(81, 'HTTP', 'x.com'))].join('---\n'),
  );
  const mesh = buildSnapshot(emptySnapshot({ scopesGatewaysToNamespace: true }), changes.map(added));
  assert.deepEqual(ports(mesh), ['81 http */x.com']);
});
