import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot, VirtualServiceIr } from '../model/index.ts';
import { meshOf, object, withObjects, without } from '../test-support/mesh.ts';

const virtualService = (key: string, spec: string): string => object('VirtualService', key, spec);
const ROOT =
  '{hosts: [web], http: [{name: r, match: [{uri: {prefix: /api}}], timeout: 5s, delegate: {name: d, namespace: b}}, {route: [{destination: {host: web}}]}]}';
const TO = 'route: [{destination: {host: web}}]';

function joined(mesh: MeshSnapshot): VirtualServiceIr {
  return mesh.config.virtualServices.get('a/root')!;
}

test('SEMANTICS 6: the rules of a delegate stand where the rule that leads to it stood', () => {
  const mesh = meshOf(
    virtualService('a/root', ROOT),
    virtualService('b/d', `{http: [{name: d1, match: [{uri: {prefix: /api/v1}}], ${TO}}, {timeout: 1s, ${TO}}]}`),
  );
  const { http } = joined(mesh);
  assert.deepEqual(
    http.map(({ spec }) => [spec.name, spec.timeout, spec.match?.[0]?.uri?.prefix, spec.route?.[0]?.destination.host]),
    [
      ['r-d1', '5s', '/api/v1', 'web.b.svc.cluster.local'],
      ['r', '1s', '/api', 'web.b.svc.cluster.local'],
      [undefined, undefined, undefined, 'web.a.svc.cluster.local'],
    ],
    'short names belong to the namespace of the delegate',
  );
  assert.deepEqual(http[0]!.source, {
    object: { kind: 'VirtualService', namespace: 'b', name: 'd', generation: 1 },
    path: 'spec.http[0]',
  });
  assert.equal(http[0]!.via?.path, 'spec.http[0]');
  assert.equal(mesh.config.virtualServices.has('b/d'), false, 'a delegate is no VirtualService of its own');
});

test('SEMANTICS 6: a delegate that is missing or not visible leaves out its rule alone; it may come later', () => {
  const missing = meshOf(virtualService('a/root', ROOT));
  assert.equal(joined(missing).http.length, 1);
  const there = withObjects(missing, virtualService('b/d', `{http: [{${TO}}]}`));
  assert.equal(joined(there).http.length, 2);
  const hidden = withObjects(there, virtualService('b/d', `{exportTo: ["."], http: [{${TO}}]}`));
  assert.equal(joined(hidden).http.length, 1);
  assert.equal(joined(without(there, 'VirtualService', 'b/d')).http.length, 1);
});

test('SEMANTICS 6: every match of a delegate must be inside of one of the root', () => {
  const cases: readonly (readonly [root: string, delegate: string, kept: boolean])[] = [
    ['{uri: {prefix: /api}}', '{uri: {prefix: /api/v1}}', true],
    ['{uri: {prefix: /api}}', '{uri: {exact: /api}}', true],
    ['{uri: {prefix: /api}}', '{uri: {prefix: /other}}', false],
    ['{uri: {prefix: /api}}', '{uri: {regex: /api.*}}', false],
    ['{uri: {exact: /api}}', '{uri: {exact: /api}}', true],
    ['{uri: {exact: /api}}', '{uri: {prefix: /api}}', false],
    ['{uri: {prefix: /api}}', '{headers: {x: {exact: y}}}', true],
    ['{headers: {x: {exact: y}}}', '{headers: {x: {exact: z}}}', false],
    ['{port: 80}', '{port: 81}', false],
    ['{port: 80}', '{method: {exact: GET}}', true],
    ['{uri: {prefix: /a}, ignoreUriCase: true}', '{uri: {prefix: /a}}', false],
    ['{sourceLabels: {app: x}}', '{sourceLabels: {app: y}}', false],
    ['{sourceNamespace: x}', '{sourceNamespace: y}', false],
  ];
  for (const [root, delegate, kept] of cases) {
    const mesh = meshOf(
      virtualService('a/root', `{hosts: [web], http: [{match: [${root}], delegate: {name: d}}]}`),
      virtualService('a/d', `{http: [{match: [${delegate}], ${TO}}]}`),
    );
    assert.equal(joined(mesh).http.length, kept ? 1 : 0, `${root} > ${delegate}`);
  }
});

test('matches of both are joined pair by pair', () => {
  const mesh = meshOf(
    virtualService(
      'a/root',
      '{hosts: [web], http: [{match: [{uri: {prefix: /a}}, {headers: {x: {exact: y}}}], delegate: {name: d}}]}',
    ),
    virtualService('a/d', `{http: [{match: [{uri: {prefix: /a/b}, name: m}], ${TO}}]}`),
  );
  assert.deepEqual(joined(mesh).http[0]!.spec.match, [
    { uri: { prefix: '/a/b' }, name: 'm' },
    { uri: { prefix: '/a/b' }, name: 'm', headers: { x: { exact: 'y' } } },
  ]);
});

test('short names are completed in every place where one stands', () => {
  const mesh = meshOf(
    virtualService(
      'a/root',
      `{hosts: [Web, x.com], gateways: [gw, mesh], http: [{match: [{uri: {prefix: /}, gateways: [./gw]}], mirrors: [{destination: {host: m}}], ${TO}}],
        tls: [{match: [{sniHosts: [x.com]}], ${TO}}], tcp: [{match: [{port: 1, gateways: [gw]}], ${TO}}]}`,
    ),
  );
  const { hosts, gateways, http, tls, tcp } = joined(mesh);
  assert.deepEqual(hosts, ['web.a.svc.cluster.local', 'x.com']);
  assert.deepEqual(gateways, ['a/gw', 'mesh']);
  assert.deepEqual(http[0]!.spec.match![0]!.gateways, ['a/gw']);
  assert.equal(http[0]!.spec.mirrors![0]!.destination.host, 'm.a.svc.cluster.local');
  assert.equal(tls[0]!.spec.route![0]!.destination.host, 'web.a.svc.cluster.local');
  assert.deepEqual(tcp[0]!.spec.match![0]!.gateways, ['a/gw']);
});
