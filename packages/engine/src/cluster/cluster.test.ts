// What clusters do not take yet is compiled all the same, so that switching it on is a change of the support tables only.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { fromJson, Problems } from '@weft/proto/lite';
import { createConfigContext } from '../config/environment.ts';
import { TEST_ENVIRONMENT } from '../config/test-support/compile.ts';
import { plain } from '../config/test-support/plain.ts';
import { type ClusterRuntime, compileCluster } from './cluster.ts';

function compile(json: object): { readonly cluster: ClusterRuntime | undefined; readonly problems: readonly string[] } {
  const report = new Problems();
  const message = fromJson<Cluster>('envoy.config.cluster.v3.Cluster', { name: 'c', ...json }, report);
  assert.deepEqual(report.list, []);
  const context = createConfigContext(TEST_ENVIRONMENT);
  const cluster = compileCluster(message!, '', context);
  return { cluster, problems: context.problems.list().map(({ path, reason }) => `${path}: ${reason}`) };
}

function clusterOf(json: object): ClusterRuntime {
  const { cluster, problems } = compile(json);
  assert.deepEqual(problems, []);
  return cluster!;
}

const BASE = { timeout: '1s', interval: '5s', unhealthy_threshold: 3, healthy_threshold: 2 };

describe('health checks', () => {
  it('by HTTP have the defaults of Envoy', () => {
    const [check] = clusterOf({ health_checks: [{ ...BASE, http_health_check: { path: '/up' } }] }).healthChecks;
    assert.deepEqual(plain(check), {
      probe: {
        kind: 'http',
        host: '',
        path: '/up',
        method: 'GET',
        codec: 'http1',
        receive: [],
        maxResponseBytes: 1024,
        headers: { removals: [], additions: [] },
        expected: [{ start: 200, end: 201 }],
        retriable: [],
      },
      timeoutMs: 1000,
      intervals: {
        ms: 5000,
        noTrafficMs: 60_000,
        noTrafficHealthyMs: 60_000,
        unhealthyMs: 5000,
        unhealthyEdgeMs: 5000,
        healthyEdgeMs: 5000,
      },
      initialJitterMs: 0,
      intervalJitterMs: 0,
      intervalJitterPct: 0,
      unhealthyThreshold: 3,
      healthyThreshold: 2,
      port: 0,
      reusesConnection: true,
      alpn: [],
    });
  });

  it('by TCP send and await bytes that are written in hexadecimal', () => {
    const probe = { send: { text: '0aFF' }, receive: [{ text: '00' }, { binary: 'AQI=' }] };
    const [check] = clusterOf({ health_checks: [{ ...BASE, tcp_health_check: probe }] }).healthChecks;
    assert.ok(check!.probe.kind === 'tcp');
    assert.deepEqual([...check!.probe.send!], [0x0a, 0xff]);
    assert.deepEqual(
      check!.probe.receive.map((bytes) => [...bytes]),
      [[0], [1, 2]],
    );
  });

  it('say what is wrong with them', () => {
    const checks = [
      { ...BASE, tcp_health_check: { send: { text: 'abc' } } },
      { ...BASE, http_health_check: { path: '/', send: { text: '00' } } },
      { ...BASE },
    ];
    assert.deepEqual(compile({ health_checks: checks }).problems, [
      'health_checks[0].tcp_health_check.send.text: invalid hex string "abc"',
      'health_checks[1].http_health_check.send: a GET request has no body: use one of POST, PUT, PATCH, OPTIONS',
      'health_checks[2]: http_health_check, tcp_health_check or grpc_health_check is required',
    ]);
  });
});

describe('outlier detection', () => {
  it('has the defaults of Envoy', () => {
    assert.deepEqual(plain(clusterOf({ outlier_detection: {} }).outlierDetection), {
      intervalMs: 10_000,
      baseEjectionMs: 30_000,
      maxEjectionMs: 300_000,
      ejectionJitterMs: 0,
      maxEjectionPct: 10,
      ejectsAtLeastOne: false,
      serverErrors: { count: 5, enforcingPct: 100 },
      gatewayErrors: { count: 5, enforcingPct: 0 },
      localErrors: { count: 5, enforcingPct: 100 },
      splitsLocalErrors: false,
      successRate: { enforcingPct: 100, enforcingLocalPct: 100, minHosts: 5, minRequests: 100, stdevFactor: 1900 },
      failurePercentage: { thresholdPct: 85, enforcingPct: 0, enforcingLocalPct: 0, minHosts: 5, minRequests: 50 },
      isUnejectedByHealthCheck: true,
    });
  });

  it('does not eject for longer than it may', () => {
    const outlier_detection = { base_ejection_time: '60s', max_ejection_time: '30s' };
    assert.deepEqual(compile({ outlier_detection }).problems, [
      'outlier_detection: max_ejection_time cannot be smaller than base_ejection_time',
    ]);
    assert.equal(
      clusterOf({ outlier_detection: { base_ejection_time: '600s' } }).outlierDetection!.maxEjectionMs,
      600_000,
    );
  });
});

describe('load balancing by hashes and subsets', () => {
  it('has the defaults of Envoy', () => {
    const hashing = { usesHostname: false, balanceFactorPct: 0 };
    const ring = { kind: 'ringHash', hashFunction: 'xxHash', minSize: 1024, maxSize: 8_388_608, hashing };
    assert.deepEqual(plain(clusterOf({ lb_policy: 'RING_HASH' }).balancing.policy), ring);
    const maglev = { kind: 'maglev', tableSize: 65_537, hashing };
    assert.deepEqual(plain(clusterOf({ lb_policy: 'MAGLEV' }).balancing.policy), maglev);
  });

  it('says what is wrong with it', () => {
    const ring = { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: 2048, maximum_ring_size: 1024 } };
    assert.deepEqual(compile(ring).problems, [
      'ring_hash_lb_config: minimum_ring_size 2048 is larger than maximum_ring_size 1024',
    ]);
    const maglev = { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 1000 } };
    assert.deepEqual(compile(maglev).problems, ['maglev_lb_config.table_size: 1000 is no prime number']);
    const selectors = [
      { keys: ['a', 'b'], fallback_policy: 'KEYS_SUBSET' },
      { keys: ['a'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['c'] },
      { keys: ['a'], fallback_policy: 'KEYS_SUBSET', fallback_keys_subset: ['a'] },
      { keys: ['a', 'b'], single_host_per_subset: true },
      { keys: ['a'], fallback_keys_subset: ['a'] },
    ];
    const at = (i: number, field: string) => `lb_subset_config.subset_selectors[${i}].${field}`;
    assert.deepEqual(compile({ lb_subset_config: { subset_selectors: selectors } }).problems, [
      `${at(0, 'fallback_keys_subset')}: cannot be empty with the fallback_policy KEYS_SUBSET`,
      `${at(1, 'fallback_keys_subset')}: must be a subset of keys`,
      `${at(2, 'fallback_keys_subset')}: cannot be equal to keys`,
      `${at(3, 'single_host_per_subset')}: needs exactly one key`,
      `${at(4, 'fallback_keys_subset')}: is for the fallback_policy KEYS_SUBSET only`,
    ]);
  });

  it('finds subsets by sorted keys', () => {
    const subset = {
      fallback_policy: 'DEFAULT_SUBSET',
      default_subset: { stage: 'prod' },
      subset_selectors: [{ keys: ['version', 'stage'], fallback_policy: 'ANY_ENDPOINT' }],
      locality_weight_aware: true,
    };
    assert.deepEqual(plain(clusterOf({ lb_subset_config: subset }).balancing.subset), {
      fallback: 'default',
      defaultSubset: { stage: 'prod' },
      selectors: [{ keys: ['stage', 'version'], fallback: 'any', fallbackKeys: [], isSingleHost: false }],
      isLocalityWeightAware: true,
      scalesLocalityWeight: false,
      panicsToAny: false,
      listsMatchAny: false,
      hasMetadataFallbacks: false,
    });
  });
});
