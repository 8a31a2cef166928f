import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@weft/core';
import { RetryOn, type RetryPlan, type RetryPolicyRuntime } from '@weft/engine';
import { FakeClock } from '@weft/testkit';
import type { StreamServices } from '../http/manager/services.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { CLUSTER_STAT, CLUSTER_STATS } from '../upstream/cluster-stats.ts';
import { DEFAULT_LIMITS, Resources } from '../upstream/resources.ts';
import type { UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import type { ResponseCounts } from './response-counts.ts';
import { Retries } from './retries.ts';

const POLICY: RetryPolicyRuntime = {
  retryOn: RetryOn['5xx'],
  maxRetries: 2,
  perTryTimeoutMs: 0,
  perTryIdleTimeoutMs: 0,
  statusCodes: [],
  headers: [],
  requestHeaders: [],
  hostPredicates: [{ kind: 'previousHosts' }],
  maxHostSelections: 3,
  priority: undefined,
  backOff: { baseMs: 10, maxMs: 20 },
  resetBackOff: { headers: [{ name: 'retry-after', format: 'seconds' }], maxMs: 5000 },
};

function setUp(maxRetries = DEFAULT_LIMITS.maxRetries) {
  const clock = new FakeClock();
  const resources = new Resources(
    { ...DEFAULT_LIMITS, maxRetries },
    { open: new Float64Array(8), remaining: undefined },
  );
  const stats = new Float64Array(Object.keys(CLUSTER_STATS.at).length);
  const cluster = { stats, resources: () => resources } as unknown as UpstreamCluster;
  const runtimeValues = { integer: () => undefined };
  const services = { clock, random: seededRandom(1), runtimeValues } as unknown as StreamServices;
  const counts = { count: () => undefined } as unknown as ResponseCounts;
  const plan: RetryPlan = { retryOn: POLICY.retryOn, maxRetries: 2, statusCodes: [], headers: [], policy: POLICY };
  let retried = 0;
  const retries = new Retries(plan, cluster, 'default', services, counts, () => {
    retried++;
  });
  const stat = (name: keyof typeof CLUSTER_STAT) => stats[CLUSTER_STAT[name]]! + 0;
  return { clock, resources, retries, stat, retried: () => retried };
}

function response(status: number, headers: [string, string][] = []) {
  return { kind: 'response', status, headers: ResponseFields.of(status, headers) } as const;
}

test('a retry waits, within the retries that the cluster allows at a time', () => {
  const { clock, resources, retries, stat, retried } = setUp(1);
  assert.equal(retries.ask(response(200), true), 'no');
  assert.equal(retries.ask(response(503), false), 'no');
  assert.equal(stat('retry_or_shadow_abandoned'), 1);
  assert.equal(retries.ask(response(503), true), 'waiting');
  assert.deepEqual([resources.retries.used, retries.isWaiting], [1, true]);
  clock.advance(20);
  // Until it is known what became of the attempt, it counts.
  assert.deepEqual([retried(), resources.retries.used, retries.isWaiting], [1, 1, false]);
  resources.retries.used = 2;
  assert.equal(retries.ask(response(503), true), 'no');
  assert.equal(stat('upstream_rq_retry_overflow'), 1);
  resources.retries.used = 0;
  assert.equal(retries.ask(response(503), true), 'waiting');
  retries.cancel();
  clock.advance(100);
  assert.deepEqual([retried(), resources.retries.used], [1, 0]);
  assert.equal(retries.ask(response(503), true), 'exhausted');
  assert.equal(retries.ask(response(200), true), 'no');
  assert.deepEqual(
    [stat('upstream_rq_retry'), stat('upstream_rq_retry_limit_exceeded'), stat('upstream_rq_retry_success')],
    [2, 1, 1],
  );
});

test('a server may say how long to wait', () => {
  const { clock, retries, stat, retried } = setUp();
  assert.equal(retries.ask(response(503, [['retry-after', '2']]), true), 'waiting');
  clock.advance(1999);
  assert.equal(retried(), 0);
  // Up to half as much on top.
  clock.advance(1001);
  assert.equal(retried(), 1);
  assert.equal(stat('upstream_rq_retry_backoff_ratelimited'), 1);
  assert.equal(retries.ask(response(503, [['retry-after', '60']]), true), 'waiting');
  clock.advance(20);
  assert.equal(retried(), 2);
  assert.equal(stat('upstream_rq_retry_backoff_exponential'), 1);
});

test('hosts that were tried are avoided from the second attempt on', () => {
  const { retries } = setUp();
  const host = (text: string) => ({ address: { text }, metadata: {} }) as unknown as UpstreamHost;
  const isRejected = (text: string) => retries.rejection?.(host(text)) ?? false;
  assert.equal(isRejected('a:1'), false);
  retries.noteHost(host('a:1'));
  assert.deepEqual([isRejected('a:1'), isRejected('b:1')], [true, false]);
  assert.equal(retries.maxHostSelections, 3);
});
