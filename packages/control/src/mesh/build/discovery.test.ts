import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeshSnapshot } from '../model/index.ts';
import { httpService, meshOf, withObjects } from '../test-support/mesh.ts';

const config = `apiVersion: v1
kind: ConfigMap
metadata: {namespace: istio-system, name: istio}
data:
  mesh: |
    discoverySelectors: [{matchLabels: {mesh: "on"}}, {matchExpressions: [{key: team, operator: In, values: [x, y]}]}]
`;
const namespace = (name: string, labels: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`;

function services(mesh: MeshSnapshot): string[] {
  return [...mesh.registry.services.values()].map(({ namespace: where }) => where).toSorted();
}

test('without selectors all namespaces are looked at', () => {
  const mesh = meshOf(httpService('a/web'));
  assert.deepEqual(services(mesh), ['a']);
  assert.equal(mesh.objects, mesh.allObjects);
});

test('with selectors, namespaces that one of them selects, and that of the control plane', () => {
  const all = [namespace('a', 'mesh: "on"'), namespace('b', 'team: y'), namespace('c', 'team: z')];
  const web = ['a/web', 'b/web', 'c/web', 'd/web', 'istio-system/web'].map((key) => httpService(key));
  const mesh = meshOf(config, ...all, ...web);
  assert.deepEqual(services(mesh), ['a', 'b', 'istio-system']);
});

test('a label brings a namespace in or takes it out, and selectors may come later than all else', () => {
  const before = meshOf(
    httpService('a/web'),
    httpService('b/web'),
    namespace('a', 'x: y'),
    namespace('b', 'mesh: "on"'),
  );
  assert.deepEqual(services(before), ['a', 'b']);
  const selected = withObjects(before, config);
  assert.deepEqual(services(selected), ['b']);
  const both = withObjects(selected, namespace('a', 'mesh: "on"'));
  assert.deepEqual(services(both), ['a', 'b']);
  assert.deepEqual(services(withObjects(both, namespace('b', 'mesh: "off"'))), ['a']);
  assert.deepEqual(services(withObjects(both, httpService('b/more'))), ['a', 'b', 'b']);
});
