import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DestinationRuleIr, MeshSnapshot } from '../model/index.ts';
import { httpService, meshOf, object, proxyOf, withObjects } from '../test-support/mesh.ts';
import { destinationRulesFor, pickDestinationRule } from './destination-rules.ts';
import { sidecarScope } from './sidecar-scope.ts';

const HOST = 'web.b.svc.cluster.local';
const rule = (key: string, spec: string): string => object('DestinationRule', key, spec);
const tls = (mode: string): string => `trafficPolicy: {tls: {mode: ${mode}}}`;

function candidates(mesh: MeshSnapshot, namespace: string): readonly DestinationRuleIr[] {
  return destinationRulesFor(mesh, namespace, mesh.registry.services.get(`b/${HOST}`)!);
}

function picked(mesh: MeshSnapshot, namespace: string, labels = {}): string[] | undefined {
  return pickDestinationRule(candidates(mesh, namespace), proxyOf({ namespace, labels }))?.sources.map(
    (source) => `${source.namespace}/${source.name}`,
  );
}

test('SEMANTICS 13: client namespace, then service namespace, then root namespace', () => {
  const root = withObjects(meshOf(httpService('b/web')), rule('istio-system/root', "{host: '*.local'}"));
  assert.deepEqual(picked(root, 'a'), ['istio-system/root']);
  const producer = withObjects(root, rule('b/producer', "{host: '*.svc.cluster.local'}"));
  assert.deepEqual(picked(producer, 'a'), ['b/producer']);
  const client = withObjects(producer, rule('a/client', `{host: ${HOST}}`));
  assert.deepEqual(picked(client, 'a'), ['a/client']);
  assert.deepEqual(picked(client, 'c'), ['b/producer'], 'other clients keep the rule of the producer');
});

test('SEMANTICS 13: the most specific host of a level counts, wildcards included', () => {
  const mesh = meshOf(
    httpService('b/web'),
    rule('b/wide', "{host: '*.cluster.local'}"),
    rule('b/wider', "{host: '*.local'}"),
  );
  assert.deepEqual(picked(mesh, 'a'), ['b/wide']);
  assert.deepEqual(picked(withObjects(mesh, rule('b/exact', '{host: web}')), 'a'), ['b/exact']);
});

test('SEMANTICS 13: rules of the producer count only where they are exported', () => {
  const mesh = meshOf(httpService('b/web'), rule('b/private', '{host: web, exportTo: ["."]}'));
  assert.equal(picked(mesh, 'a'), undefined);
  assert.deepEqual(picked(mesh, 'b'), ['b/private']);
  const some = meshOf(httpService('b/web'), rule('b/some', '{host: web, exportTo: ["a"]}'));
  assert.deepEqual(picked(some, 'a'), ['b/some']);
  assert.equal(picked(some, 'c'), undefined);
});

test('SEMANTICS 13: in the root namespace, only private rules are those of a client', () => {
  const mesh = meshOf(
    httpService('b/web'),
    rule('istio-system/public', "{host: '*.local'}"),
    rule('b/producer', '{host: web}'),
  );
  assert.deepEqual(picked(mesh, 'istio-system'), ['b/producer']);
  const own = withObjects(mesh, rule('istio-system/own', `{host: ${HOST}, exportTo: ["."]}`));
  assert.deepEqual(picked(own, 'istio-system'), ['istio-system/own']);
  assert.deepEqual(picked(own, 'a'), ['b/producer']);
});

test('SEMANTICS 14: rules of one host and namespace become one, subsets united and the oldest policy first', () => {
  const mesh = meshOf(
    httpService('b/web'),
    rule('b/one', '{host: web, subsets: [{name: v1, labels: {version: v1}}]}'),
    rule(
      'b/two',
      `{host: ${HOST}, ${tls('SIMPLE')}, subsets: [{name: v1, labels: {version: other}}, {name: v2, labels: {version: v2}}]}`,
    ),
    rule('b/three', `{host: web, ${tls('DISABLE')}}`),
    rule('b/four', `{host: web, exportTo: ["."], ${tls('ISTIO_MUTUAL')}}`),
  );
  const [joined, ...others] = candidates(mesh, 'a');
  assert.deepEqual(others, []);
  assert.deepEqual(
    joined!.sources.map(({ name }) => name),
    ['one', 'two', 'three'],
  );
  assert.deepEqual(
    joined!.subsets.map(({ name, labels }) => [name, labels['version']]),
    [
      ['v1', 'v1'],
      ['v2', 'v2'],
    ],
  );
  assert.equal(joined!.trafficPolicy?.tls?.mode, 'SIMPLE');
  assert.deepEqual(joined!.trafficPolicySource?.object.name, 'two');
  assert.equal(joined!.subsets[1]!.source.path, 'spec.subsets[1]');
});

test('SEMANTICS 15: rules for selected workloads count for those only, outbound, in their own namespace', () => {
  const selector = 'workloadSelector: {matchLabels: {app: client}}';
  const mesh = meshOf(
    httpService('b/web'),
    rule('b/all', '{host: web}'),
    rule('b/some', `{host: web, ${selector}, exportTo: ["."]}`),
  );
  assert.deepEqual(picked(mesh, 'b', { app: 'client' }), ['b/some']);
  assert.deepEqual(picked(mesh, 'b', { app: 'other' }), ['b/all']);
  assert.deepEqual(picked(mesh, 'a', { app: 'client' }), ['b/all'], 'never exported');
  const inbound = pickDestinationRule(
    candidates(mesh, 'b'),
    proxyOf({ namespace: 'b', labels: { app: 'client' } }),
    'inbound',
  );
  assert.equal(inbound?.sources[0]?.name, 'all');
});

test('SEMANTICS 17: a rule of the client takes the place of that of the producer, with its subsets', () => {
  const mesh = meshOf(
    httpService('b/web'),
    rule('b/producer', '{host: web, subsets: [{name: v1, labels: {version: v1}}]}'),
    rule('a/client', `{host: ${HOST}}`),
  );
  const scope = sidecarScope(mesh, proxyOf());
  assert.deepEqual(
    scope.destinationRules.get(HOST)!.flatMap(({ subsets }) => subsets),
    [],
  );
});
