import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { httpService, meshOf, object, podOf, proxyOf, withObjects } from '../test-support/mesh.ts';
import { sidecarScope } from './sidecar-scope.ts';
import { virtualServicesFor } from './virtual-services.ts';

const FULL = '.svc.cluster.local';
const sidecar = (key: string, spec: string): string => object('Sidecar', key, spec);
const virtualService = (key: string, spec: string): string => object('VirtualService', key, spec);
const route = (host: string): string => `http: [{route: [{destination: {host: ${host}}}]}]`;

const three = meshOf(httpService('a/web'), httpService('b/web'), httpService('c/web'));

function hosts(mesh: MeshSnapshot, facts: Parameters<typeof proxyOf>[0] = {}): string[] {
  return sidecarScope(mesh, proxyOf(facts))
    .services.map(({ hostname }) => hostname.replace(FULL, ''))
    .toSorted();
}

test('without a Sidecar everything visible is in scope, and namespaces that see the same share it', () => {
  assert.deepEqual(hosts(three), ['web.a', 'web.b', 'web.c']);
  const scopes = ['a', 'b'].map((namespace) => sidecarScope(three, proxyOf({ namespace })));
  assert.equal(scopes[0]!.services, scopes[1]!.services);
  assert.equal(sidecarScope(three, proxyOf({ id: 'other.a' })), scopes[0]);
  const hidden = withObjects(three, httpService('b/web', 'annotations: {networking.istio.io/exportTo: .}'));
  assert.deepEqual(hosts(hidden), ['web.a', 'web.c']);
  assert.deepEqual(hosts(hidden, { namespace: 'b' }), ['web.a', 'web.b', 'web.c']);
});

test('SEMANTICS 37: selector, then default of the namespace, then default of the root namespace; the oldest first', () => {
  const mesh = withObjects(
    three,
    sidecar('istio-system/root', '{egress: [{hosts: ["c/*"]}]}'),
    sidecar('a/default', '{egress: [{hosts: ["./*"]}]}'),
    sidecar('a/younger', '{egress: [{hosts: ["~/*"]}]}'),
    sidecar('a/some', '{workloadSelector: {labels: {app: x}}, egress: [{hosts: ["b/*"]}]}'),
  );
  assert.deepEqual(hosts(mesh, { labels: { app: 'x' } }), ['web.b']);
  assert.deepEqual(hosts(mesh), ['web.a']);
  assert.deepEqual(hosts(mesh, { namespace: 'b' }), ['web.c']);
  assert.deepEqual(hosts(mesh, { type: 'router' }), ['web.a', 'web.b', 'web.c'], 'gateways never use it');
});

test('SEMANTICS 37: hosts of egress listeners', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['["./*"]', ['web.a']],
    ['["*/*"]', ['web.a', 'web.b', 'web.c']],
    ['["~/*"]', []],
    [`["b/web.b${FULL}"]`, ['web.b']],
    [`["*/web.c${FULL}"]`, ['web.c']],
    ['["*/*", "~b/*"]', ['web.a', 'web.c']],
    [`["b/web.c${FULL}"]`, []],
  ];
  for (const [list, expected] of cases) {
    assert.deepEqual(hosts(withObjects(three, sidecar('a/one', `{egress: [{hosts: ${list}}]}`))), expected, list);
  }
});

test('a listener with a port imports that port only', () => {
  const two = object(
    'Service',
    'b/two',
    '{clusterIP: 10.0.0.2, ports: [{name: http, port: 80}, {name: tcp, port: 90}]}',
  );
  const mesh = meshOf(
    two,
    sidecar('a/one', '{egress: [{port: {number: 90, protocol: TCP, name: x}, hosts: ["b/*"]}, {hosts: ["./*"]}]}'),
  );
  const scope = sidecarScope(mesh, proxyOf());
  assert.deepEqual(
    scope.services.map(({ ports }) => ports.map(({ number }) => number)),
    [[90]],
  );
  assert.deepEqual(
    scope.egress.map(({ services }) => services.length),
    [1, 0],
  );
});

test('SEMANTICS 37: destinations of imported VirtualServices are imported, and never in place of hosts that are named', () => {
  const mesh = withObjects(
    three,
    virtualService('a/v', `{hosts: [web], ${route(`web.b${FULL}`)}}`),
    sidecar('a/one', '{egress: [{hosts: ["./*"]}]}'),
  );
  assert.deepEqual(hosts(mesh), ['web.a', 'web.b']);
  const mirror = withObjects(
    mesh,
    virtualService(
      'a/v',
      `{hosts: [web], http: [{route: [{destination: {host: web}}], mirror: {host: web.c${FULL}}}]}`,
    ),
  );
  assert.deepEqual(hosts(mirror), ['web.a', 'web.c']);
});

test('SEMANTICS 5: one imported host imports the whole VirtualService', () => {
  const mesh = withObjects(
    three,
    virtualService('b/v', `{hosts: [web, web.c${FULL}], ${route('web')}}`),
    sidecar('a/one', `{egress: [{hosts: ["b/web.c${FULL}"]}]}`),
  );
  const [egress] = sidecarScope(mesh, proxyOf()).egress;
  assert.deepEqual(
    egress!.virtualServices.map(({ hosts: all }) => all.length),
    [2],
  );
});

test('SEMANTICS 2 and 4: VirtualServices by gateway and namespace: private, exported to it, public; oldest first', () => {
  const mesh = meshOf(
    virtualService('b/public', `{hosts: [x.com], ${route('x.com')}}`),
    virtualService('b/for-a', `{hosts: [x.com], exportTo: [a], ${route('x.com')}}`),
    virtualService('a/private', `{hosts: [x.com], exportTo: ["."], ${route('x.com')}}`),
    virtualService('b/hidden', `{hosts: [x.com], exportTo: ["."], ${route('x.com')}}`),
    virtualService('b/gateway', `{hosts: [x.com], gateways: [./gw], ${route('x.com')}}`),
    virtualService('c/both', `{hosts: [x.com], gateways: [mesh, b/gw], ${route('x.com')}}`),
  );
  const names = (namespace: string, gateway?: string): string[] =>
    virtualServicesFor(mesh, namespace, gateway).map(({ ref }) => ref.name);
  assert.deepEqual(names('a'), ['private', 'for-a', 'public', 'both']);
  assert.deepEqual(names('b'), ['hidden', 'public', 'both']);
  assert.deepEqual(names('a', 'b/gw'), ['gateway', 'both']);
});

test('a scope outlives changes of endpoints, and not those of services, rules or settings', () => {
  const before = sidecarScope(three, proxyOf());
  const pod = withObjects(three, podOf('a/p', 'web', '10.1.1.1'));
  assert.equal(sidecarScope(pod, proxyOf()), before);
  const service = withObjects(pod, httpService('d/web'));
  assert.notEqual(sidecarScope(service, proxyOf()), before);
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: istio-system, name: istio}\n';
  const strict = withObjects(pod, `${config}data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}`);
  assert.equal(before.outboundTrafficPolicy.mode, 'ALLOW_ANY');
  assert.equal(sidecarScope(strict, proxyOf()).outboundTrafficPolicy.mode, 'REGISTRY_ONLY');
});

test('of services with one hostname, the own namespace comes first in a Sidecar and Kubernetes comes first without', () => {
  const entry = (key: string): string =>
    object('ServiceEntry', key, '{hosts: [x.com], resolution: DNS, ports: [{number: 80, name: http}]}');
  const mesh = meshOf(entry('b/x'), entry('a/x'));
  assert.equal(sidecarScope(mesh, proxyOf()).servicesByHost.get('x.com')!.namespace, 'b', 'the oldest');
  const scoped = withObjects(mesh, sidecar('a/one', '{egress: [{hosts: ["*/*"]}]}'));
  assert.equal(sidecarScope(scoped, proxyOf()).servicesByHost.get('x.com')!.namespace, 'a');
});

test('in the default Sidecar of the mesh, "." is the namespace of the proxy', () => {
  const mesh = withObjects(three, sidecar('istio-system/default', '{egress: [{hosts: ["./*", "istio-system/*"]}]}'));
  assert.deepEqual(hosts(mesh, { namespace: 'b' }), ['web.b']);
  assert.deepEqual(hosts(mesh, { namespace: 'c' }), ['web.c']);
});
