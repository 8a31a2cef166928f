import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { CoarseTimers } from './coarse-timers.ts';

test('a timeout never fires early and at most one tick late, whatever its delay and start', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(3_000)), { minLength: 1, maxLength: 20 }), (timeouts) => {
      const clock = new FakeClock();
      const timers = new CoarseTimers({ clock, tickMs: 10 });
      let fired = 0;
      for (const [gapMs, delayMs] of timeouts) {
        clock.advance(gapMs);
        const dueMs = clock.monotonic() + delayMs;
        timers.set(delayMs, () => {
          fired += 1;
          assert.ok(clock.monotonic() >= dueMs, `early: ${clock.monotonic()} before ${dueMs}`);
          assert.ok(clock.monotonic() <= dueMs + 10, `late: ${clock.monotonic()} after ${dueMs}`);
        });
      }
      clock.advance(4_000);
      assert.equal(fired, timeouts.length);
      assert.equal(clock.pendingTimers, 0);
    }),
  );
});

test('refreshing puts off, cancelling prevents, and neither needs a timer of the clock each', () => {
  const clock = new FakeClock();
  const timers = new CoarseTimers({ clock, tickMs: 10 });
  let fired = 0;
  const kept = timers.set(50, () => {
    fired += 1;
  });
  timers.set(50, () => assert.fail('cancelled')).cancel();
  for (let n = 0; n < 10; n += 1) {
    clock.advance(40);
    kept.refresh();
    assert.equal(clock.pendingTimers, 1);
  }
  assert.equal(fired, 0);
  clock.advance(60);
  assert.equal(fired, 1);
  kept.refresh();
  kept.cancel();
  assert.deepEqual([timers.size, clock.pendingTimers], [0, 0]);
});

test('a stalled event loop fires everything that is due, once', () => {
  const clock = new FakeClock();
  const timers = new CoarseTimers({ clock, tickMs: 1 });
  const fired: number[] = [];
  for (const ms of [1, 2, 300, 700]) timers.set(ms, () => fired.push(ms));
  let blocked = 0;
  const stalled = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + blocked,
    setTimer: clock.setTimer.bind(clock),
  };
  const late = new CoarseTimers({ clock: stalled, tickMs: 1 });
  const lateFired: number[] = [];
  for (const ms of [1, 2, 300, 5_000]) late.set(ms, () => lateFired.push(ms));
  blocked = 1_000;
  clock.advance(1);
  assert.deepEqual(
    lateFired.sort((a, b) => a - b),
    [1, 2, 300],
  );
  assert.deepEqual(fired, [1]);
});

test('callbacks may set and cancel timeouts, and one that throws does not stop the others', () => {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const timers = new CoarseTimers({ clock, tickMs: 10, onError: (thrown) => errors.push(thrown) });
  const ran: string[] = [];
  timers.set(10, () => {
    ran.push('first');
    victim.cancel();
    timers.set(0, () => ran.push('child'));
    throw new Error('broken');
  });
  const victim = timers.set(10, () => ran.push('victim'));
  timers.set(10, () => ran.push('last'));
  clock.advance(10);
  assert.deepEqual(ran, ['first', 'last']);
  clock.advance(10);
  assert.deepEqual(ran, ['first', 'last', 'child']);
  assert.equal(errors.length, 1);
});

test('closing cancels everything', () => {
  const clock = new FakeClock();
  const timers = new CoarseTimers({ clock });
  timers.set(1, () => assert.fail('closed'));
  timers.set(100_000, () => assert.fail('closed'));
  assert.equal(clock.pendingRefTimers, 0);
  timers.close();
  clock.advance(200_000);
});
