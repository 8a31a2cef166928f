import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotOf } from './snapshot-of.ts';

const rule = (name: string, timeout: string, apiVersion = 'networking.istio.io/v1beta1') => ({
  apiVersion,
  kind: 'VirtualService',
  metadata: { namespace: 'a', name },
  spec: { hosts: ['x'], http: [{ timeout, route: [{ destination: { host: 'x' } }] }] },
});

test('objects are as an API would store them: in the stored version, and older the earlier they stand', () => {
  const { snapshot } = snapshotOf([rule('second', '1s'), rule('first', '2s', 'networking.istio.io/v1')]);
  const [second, first] = ['a/second', 'a/first'].map((key) => snapshot.objects.VirtualService.get(key));
  assert.equal(second?.apiVersion, first?.apiVersion);
  assert.ok((second?.metadata.creationTimestamp ?? '') < (first?.metadata.creationTimestamp ?? ''));
  assert.equal(first?.metadata.generation, 1);
});

test('what says nothing to a mesh is told apart: other kinds, and ConfigMaps of others', () => {
  const config = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'istio' },
    data: { mesh: 'trustDomain: example.org' },
  });
  const { snapshot, others } = snapshotOf([config('shop'), config('root')], { systemNamespace: 'root' });
  assert.deepEqual(
    others.map(({ metadata }) => metadata.namespace),
    ['shop'],
  );
  assert.equal(snapshot.settings.trustDomain, 'example.org');
});
