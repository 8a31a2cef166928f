import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickTcpCluster, type TcpProxyRuntime } from './tcp-proxy.ts';

function proxyTo(...weights: readonly number[]): TcpProxyRuntime {
  return {
    statPrefix: 'x',
    clusters: weights.map((weight, i) => ({ name: `c${i}`, weight, subset: undefined })),
    totalWeight: weights.reduce((sum, weight) => sum + weight, 0),
    idleTimeoutMs: 0,
    maxConnectionDurationMs: 0,
    maxConnectAttempts: 1,
    hash: undefined,
    tunnel: undefined,
    accessLogs: [],
  };
}

test('connections are spread over clusters by weight', () => {
  const proxy = proxyTo(1, 0, 3);
  const names = Array.from({ length: 8 }, (_, i) => pickTcpCluster(proxy, i).name);
  assert.deepEqual(names, ['c0', 'c2', 'c2', 'c2', 'c0', 'c2', 'c2', 'c2']);
});

test('a single cluster takes all connections', () => {
  assert.equal(pickTcpCluster(proxyTo(1), 123_456).name, 'c0');
});
