import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { Drain } from './drain.ts';

test('a drain without work completes at once', async () => {
  const drain = new Drain(new FakeClock());
  assert.equal(drain.isDraining, false);
  assert.deepEqual(await drain.start(1_000), { kind: 'drained', tookMs: 0 });
  assert.equal(drain.signal.aborted, true);
  assert.equal(drain.forced.aborted, false);
  assert.throws(() => drain.hold('late'), /"late" began after/);
});

test('it waits for everything that is held, also for work begun while draining', async () => {
  const clock = new FakeClock();
  const drain = new Drain(clock);
  const request = drain.hold('request');
  const outcome = drain.start(1_000);
  const sub = drain.hold('sub-request');
  clock.advance(10);
  request.release();
  request.release();
  assert.equal(drain.heldCount, 1);
  clock.advance(10);
  {
    using _done = sub;
  }
  assert.deepEqual(await outcome, { kind: 'drained', tookMs: 20 });
  assert.equal(clock.pendingTimers, 0);
});

test('at the deadline the rest is cut and named', async () => {
  const clock = new FakeClock();
  const drain = new Drain(clock);
  drain.hold('watch of pods');
  const outcome = drain.start(50);
  clock.advance(50);
  assert.deepEqual(await outcome, { kind: 'deadline', tookMs: 50, held: ['watch of pods'] });
  assert.equal(drain.forced.aborted, true);
});

test('a second start may shorten the deadline but not lengthen it', async () => {
  const clock = new FakeClock();
  const drain = new Drain(clock);
  for (let n = 0; n < 25; n += 1) drain.hold(`c${n}`);
  const outcome = drain.start(1_000);
  void drain.start(10);
  void drain.start(5_000);
  clock.advance(10);
  const result = await outcome;
  assert.equal(result.kind, 'deadline');
  assert.equal(result.kind === 'deadline' && result.held.at(-1), '5 more');
  assert.equal(clock.pendingTimers, 0);
});

test('work released before the drain starts is not waited for', async () => {
  const drain = new Drain(new FakeClock());
  drain.hold('early').release();
  assert.equal((await drain.start(0)).kind, 'drained');
});
