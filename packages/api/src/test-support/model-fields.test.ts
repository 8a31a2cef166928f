import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, map, object, string } from '../schema/index.ts';
import { fieldsOf, missingFields } from './model-fields.ts';

void test('reads members, lists, maps, literals and merged unions out of a declaration file', () => {
  const tree = fieldsOf('@kubernetes-models/istio/networking.istio.io/v1/VirtualService');
  const http = tree.members.get('spec')!.tree().members.get('http')!.tree().items!();
  assert.ok(http.members.has('directResponse'));
  const abort = http.members.get('fault')!.tree().members.get('abort')!.tree();
  assert.deepEqual([...abort.members.keys()].sort(), ['grpcStatus', 'http2Error', 'httpStatus', 'percentage']);
  const add = http.members.get('headers')!.tree().members.get('request')!.tree().members.get('add')!.tree();
  assert.deepEqual([...add.values!().scalars], ['string']);
});

void test('follows imports to other declaration files', () => {
  const tree = fieldsOf('kubernetes-models/v1/Pod');
  const containers = tree.members.get('spec')!.tree().members.get('containers')!.tree().items!();
  assert.ok(containers.members.has('livenessProbe'));
  assert.ok(containers.members.get('livenessProbe')!.tree().members.has('httpGet'));
});

void test('names every field that a schema lacks', () => {
  const tree = fieldsOf('@kubernetes-models/istio/networking.istio.io/v1beta1/ProxyConfig');
  const schema = object('', {
    apiVersion: string(''),
    kind: string(''),
    metadata: map('', string('')),
    spec: object('', { selector: object('', {}), environmentVariables: list('', string('')) }),
  });
  const missing = missingFields(schema, tree);
  assert.ok(missing.includes('spec.concurrency'));
  assert.ok(missing.includes('spec.selector.matchLabels'));
  assert.ok(missing.includes('spec.environmentVariables.*'));
  assert.ok(missing.includes('status'));
});
