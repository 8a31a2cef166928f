import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { Deadlines } from '../http/manager/deadlines.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { http1Head } from '../test-support/request-heads.ts';
import { CLUSTER_STAT, CLUSTER_STATS } from '../upstream/cluster-stats.ts';
import type { HttpPool, StreamWaiter } from '../upstream/http-pool.ts';
import { DEFAULT_LIMITS, Resources } from '../upstream/resources.ts';
import type { UpstreamCluster } from '../upstream/upstream-cluster.ts';
import { Mirror } from './mirror.ts';

const TIMEOUT_MS = 15_000;

function setUp(wait: HttpPool['wait']) {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const resources = new Resources(DEFAULT_LIMITS, { open: new Float64Array(8), remaining: undefined });
  const stats = new Float64Array(Object.keys(CLUSTER_STATS.at).length);
  const host = { activeRequests: 0, report: () => undefined };
  const cluster = {
    stats,
    resources: () => resources,
    chooseHost: () => host,
    httpPool: () => ({ takeReady: () => undefined, wait }),
  } as unknown as UpstreamCluster;
  const stream = { services: { clock, deadlines }, randomValue: 0 } as unknown as TerminalHost;
  const mirror = new Mirror(cluster, http1Head({})!, stream, TIMEOUT_MS);
  const inUse = () => [
    deadlines.size,
    resources.requests.used,
    host.activeRequests,
    stats[CLUSTER_STAT.upstream_rq_active],
  ];
  return { clock, mirror, inUse };
}

test('a copy that waits in vain for a connection is given up at its time limit', () => {
  let isCancelled = false;
  const cancel = () => {
    isCancelled = true;
  };
  const { clock, mirror, inUse } = setUp(() => ({ cancel }));
  mirror.send('HTTP/1.1', undefined);
  assert.deepEqual(inUse(), [1, 1, 1, 1]);
  clock.advance(TIMEOUT_MS);
  assert.equal(isCancelled, true);
  assert.deepEqual(inUse(), [0, 0, 0, 0]);
});

test('a copy for which there is no place to wait, or no connection, is watched no longer', () => {
  const refused = setUp(() => 'overflow');
  refused.mirror.send('HTTP/1.1', undefined);
  assert.deepEqual(refused.inUse(), [0, 0, 0, 0]);
  let waiter: StreamWaiter | undefined;
  const failed = setUp((each) => {
    waiter = each;
    return { cancel: () => undefined };
  });
  failed.mirror.send('HTTP/1.1', undefined);
  waiter?.onFailure('connectionFailed', 'refused');
  assert.deepEqual(failed.inUse(), [0, 0, 0, 0]);
});
