import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BREAKER_STATS, REMAINING_STATS } from './cluster-stats.ts';
import { DEFAULT_LIMITS, Resources } from './resources.ts';

const { rq_open: RQ_OPEN, cx_open: CX_OPEN, rq_retry_open: RETRY_OPEN } = BREAKER_STATS.at;

function gauges(tracksRemaining: boolean) {
  return {
    open: new Float64Array(BREAKER_STATS.numbers.length),
    remaining: tracksRemaining ? new Float64Array(REMAINING_STATS.numbers.length) : undefined,
  };
}

test('a resource is open while there is none left, and what is left is shown where that is asked for', () => {
  for (const tracksRemaining of [true, false]) {
    const { open, remaining } = gauges(tracksRemaining);
    const { requests } = new Resources({ ...DEFAULT_LIMITS, maxRequests: 2 }, { open, remaining });
    const seen = () => [open[RQ_OPEN], remaining?.[REMAINING_STATS.at.remaining_rq]];
    const expected = (isOpen: number, left: number) => [isOpen, tracksRemaining ? left : undefined];
    assert.deepEqual(seen(), expected(0, 2));
    requests.used++;
    assert.deepEqual(seen(), expected(0, 1));
    requests.used++;
    assert.equal(requests.isAvailable, false);
    assert.deepEqual(seen(), expected(1, 0));
    // A host that had no connection yet gets one beyond the limit.
    requests.used++;
    assert.deepEqual(seen(), expected(1, 0));
    requests.used -= 3;
    assert.deepEqual(seen(), expected(0, 2));
    assert.deepEqual([open[CX_OPEN], open[RETRY_OPEN]], [0, 0]);
  }
});

test('a budget allows retries as a share of the requests under way, and some at least', () => {
  const { open, remaining } = gauges(true);
  const retryBudget = { budgetPct: 50, minConcurrency: 1 };
  const { requests, pending, retries } = new Resources(
    { ...DEFAULT_LIMITS, retryBudget, maxRetries: 0 },
    { open, remaining },
  );
  const allowed = () => {
    const before = retries.used;
    while (retries.isAvailable) retries.used++;
    const count = retries.used;
    retries.used = before;
    return count;
  };
  assert.equal(allowed(), 1);
  requests.used = 5;
  assert.equal(allowed(), 2);
  pending.used = 2;
  assert.equal(allowed(), 3);
  retries.used = 3;
  assert.deepEqual([open[RETRY_OPEN], remaining?.[REMAINING_STATS.at.remaining_retries]], [1, 0]);
  retries.used = 2;
  assert.equal(open[RETRY_OPEN], 0);
});

test('a resource of which there may be none is open from the start', () => {
  const { open, remaining } = gauges(false);
  const own = new Resources({ ...DEFAULT_LIMITS, maxRetries: 0 }, { open, remaining });
  assert.deepEqual([open[RETRY_OPEN], own.retries.isAvailable], [1, false]);
});
