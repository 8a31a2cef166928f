import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inboundClusterName, outboundClusterName, parseClusterName, sniOf } from './cluster-name.ts';

const TARGET = { hostname: 'reviews.default.svc.cluster.local', port: 80, subset: 'v1' };

test('clusters are named as by Istio (SEMANTICS 44)', () => {
  assert.equal(outboundClusterName(TARGET), 'outbound|80|v1|reviews.default.svc.cluster.local');
  assert.equal(outboundClusterName({ hostname: 'a.b', port: 443 }), 'outbound|443||a.b');
  assert.equal(inboundClusterName(8080), 'inbound|8080||');
  assert.equal(sniOf(TARGET), 'outbound_.80_.v1_.reviews.default.svc.cluster.local');
});

test('both forms of a name are read back', () => {
  for (const name of [outboundClusterName(TARGET), sniOf(TARGET)]) {
    assert.deepEqual(parseClusterName(name), { direction: 'outbound', ...TARGET });
  }
  for (const name of ['PassthroughCluster', 'outbound|x||a', '']) assert.equal(parseClusterName(name), undefined);
});
