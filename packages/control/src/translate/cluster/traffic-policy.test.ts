import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputOf } from '../test-support/mesh-input.ts';
import { destinationRule, service, texts } from '../test-support/mesh-text.ts';
import { policyFor } from './traffic-policy.ts';

const HOST = 'reviews.b.svc.cluster.local';

/** The policy that clients of namespace `b` have for a port. */
function policyOf(rule: string, port: number, subsetName?: string) {
  const { scope } = inputOf(texts(service({ name: 'reviews' }), destinationRule(HOST, rule)), {
    proxy: { namespace: 'b' },
  });
  const found = scope.destinationRules.get(HOST)![0]!;
  const subset = found.subsets.find(({ name }) => name === subsetName);
  return policyFor(found, subset, port);
}

const RULE = `
trafficPolicy:
  connectionPool: { tcp: { maxConnections: 1 } }
  loadBalancer: { simple: RANDOM }
  outlierDetection: { consecutive5xxErrors: 3 }
  proxyProtocol: { version: V2 }
  portLevelSettings:
  - port: { number: 81 }
    tls: { mode: DISABLE }
subsets:
- name: v1
  labels: { version: v1 }
  trafficPolicy:
    loadBalancer: { simple: ROUND_ROBIN }
    portLevelSettings:
    - port: { number: 82 }
      connectionPool: { tcp: { maxConnections: 9 } }
- name: plain
  labels: { version: v2 }`;

// SEMANTICS 16
const CASES = [
  [80, undefined, ['connectionPool', 'loadBalancer', 'outlierDetection', 'proxyProtocol'], undefined],
  [81, undefined, ['tls'], undefined],
  [80, 'plain', ['connectionPool', 'loadBalancer', 'outlierDetection', 'proxyProtocol'], 'spec.trafficPolicy'],
  [80, 'v1', ['connectionPool', 'loadBalancer', 'outlierDetection', 'proxyProtocol'], 'spec.subsets[0].trafficPolicy'],
  [81, 'v1', ['loadBalancer', 'tls'], 'spec.subsets[0].trafficPolicy'],
  [82, 'v1', ['connectionPool', 'proxyProtocol'], undefined],
] as const;

for (const [port, subset, blocks, balancerAt] of CASES) {
  test(`port ${port} of subset ${subset ?? 'none'} has ${blocks.join(', ')}`, () => {
    const { spec, places } = policyOf(RULE, port, subset);
    assert.deepEqual(Object.keys(spec).toSorted(), blocks);
    assert.deepEqual(Object.keys(places).toSorted(), blocks);
    if (balancerAt !== undefined) assert.equal(places.loadBalancer?.path, `${balancerAt}.loadBalancer`);
  });
}

test('what a port says stands where the user wrote it', () => {
  const { spec, places } = policyOf(RULE, 82, 'v1');
  assert.equal(spec.connectionPool?.tcp?.maxConnections, 9);
  assert.equal(places.connectionPool?.path, 'spec.subsets[0].trafficPolicy.portLevelSettings[0].connectionPool');
});
