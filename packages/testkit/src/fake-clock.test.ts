import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeshError, sleep } from '@weft/core';
import fc from 'fast-check';
import { FakeClock } from './fake-clock.ts';

test('time stands still until it is moved', () => {
  const clock = new FakeClock(1_000);
  assert.equal(clock.now(), 1_000);
  assert.equal(clock.monotonic(), 0);
  clock.advance(2.5);
  assert.equal(clock.now(), 1_002);
  assert.equal(clock.monotonic(), 2.5);
});

test('timers run in order of time, then of creation, each at its own time', () => {
  const clock = new FakeClock(0);
  const ran: string[] = [];
  clock.setTimer(20, () => ran.push(`b@${clock.now()}`));
  clock.setTimer(10, () => ran.push(`a@${clock.now()}`));
  clock.setTimer(20, () => ran.push(`c@${clock.now()}`));
  clock.setTimer(21, () => ran.push('late'));
  clock.advance(20);
  assert.deepEqual(ran, ['a@10', 'b@20', 'c@20']);
  assert.equal(clock.nextTimerMs, 1);
});

test('a timer set by a timer runs in the same step when it is due in it', () => {
  const clock = new FakeClock(0);
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.now());
    clock.setTimer(10, again);
  };
  clock.setTimer(10, again);
  clock.advance(35);
  assert.deepEqual(ran, [10, 20, 30]);
});

test('cancelled timers do not run and unref is counted', () => {
  const clock = new FakeClock();
  clock.setTimer(1, () => assert.fail('cancelled')).cancel();
  clock.setTimer(5, () => undefined).unref();
  assert.equal(clock.pendingTimers, 1);
  assert.equal(clock.pendingRefTimers, 0);
  clock.advance(1);
});

test('an endless chain of timers is reported instead of hanging the test', () => {
  const clock = new FakeClock();
  const again = () => void clock.setTimer(0, again);
  again();
  assert.throws(
    () => clock.advance(1),
    (thrown) => isMeshError(thrown) && thrown.code === 'MESH_TEST',
  );
});

test('advanceAsync lets chains of promises set the next timer', async () => {
  const clock = new FakeClock();
  const steps: number[] = [];
  const work = async () => {
    for (let step = 0; step < 3; step += 1) {
      await sleep(clock, 100);
      steps.push(clock.monotonic());
    }
  };
  const done = work();
  await clock.advanceAsync(300);
  await done;
  assert.deepEqual(steps, [100, 200, 300]);
});

test('the wall clock may jump while timers and the monotonic clock do not', () => {
  const clock = new FakeClock(0);
  let fired = 0;
  clock.setTimer(10, () => {
    fired += 1;
  });
  clock.setWallClock(1_000_000);
  assert.equal(clock.now(), 1_000_000);
  assert.equal(fired, 0);
  clock.advance(10);
  assert.equal(clock.now(), 1_000_010);
  assert.equal(fired, 1);
});

test('however time is cut into steps, the same timers run in the same order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(100), { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      (delays, steps) => {
        const run = (cuts: readonly number[]) => {
          const clock = new FakeClock();
          const ran: string[] = [];
          delays.forEach((ms, index) => void clock.setTimer(ms, () => ran.push(`${index}@${clock.monotonic()}`)));
          for (const cut of cuts) clock.advance(cut);
          return ran;
        };
        const total = steps.reduce((sum, step) => sum + step, 0);
        assert.deepEqual(run(steps), run([total]));
      },
    ),
  );
});
