import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { isApiStatusError } from '../../shared/status.ts';
import { RequestLimits } from './limits.ts';

const options = { maxReads: 2, maxWrites: 1, perUserPerSecond: 10, perUserBurst: 3 };

function is429(error: unknown): boolean {
  return isApiStatusError(error, 'TooManyRequests') && error.details?.retryAfterSeconds === 1;
}

test('bounds what is under way, reads and writes apart', () => {
  const limits = new RequestLimits(options, new FakeClock());
  limits.enter(true);
  assert.throws(() => limits.enter(true), is429);
  limits.enter(false);
  limits.enter(false);
  assert.throws(() => limits.enter(false), is429);
  limits.leave(true);
  limits.enter(true);
});

test('bounds the rate of each user alone', () => {
  const clock = new FakeClock();
  const limits = new RequestLimits(options, clock);
  for (let i = 0; i < 3; i++) limits.admit('greedy');
  assert.throws(() => limits.admit('greedy'), is429);
  limits.admit('modest');
  clock.advance(100);
  limits.admit('greedy');
  assert.throws(() => limits.admit('greedy'), is429);
});
