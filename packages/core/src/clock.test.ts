import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, FakeClock } from '@weft/testkit';
import { sleep, systemClock, withDeadline } from './clock.ts';
import { isMeshError } from './errors.ts';

test('sleep ends with its time or its signal, and leaves no timer behind', async () => {
  const clock = new FakeClock();
  const slept = sleep(clock, 10);
  clock.advance(10);
  await slept;
  const controller = new AbortController();
  const stopped = sleep(clock, 10, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(stopped, /enough/);
  assert.equal(clock.pendingTimers, 0);
  await assert.rejects(sleep(clock, 1, AbortSignal.abort(new Error('before'))), /before/);
});

test('withDeadline passes the value on and stops work that takes too long', async () => {
  const clock = new FakeClock();
  assert.equal(await withDeadline(clock, 10, { what: 'quick work' }, () => Promise.resolve(1)), 1);
  let seen: AbortSignal | undefined;
  const slow = withDeadline(clock, 10, { what: 'list pods' }, (signal) => {
    seen = signal;
    return new Promise<never>(() => undefined);
  });
  clock.advance(10);
  await assert.rejects(slow, (thrown) => isMeshError(thrown) && thrown.code === 'MESH_DEADLINE_EXCEEDED');
  assert.equal(seen?.aborted, true);
  assert.equal(clock.pendingTimers, 0);
});

test('withDeadline passes an abort from outside on to the work', async () => {
  const clock = new FakeClock();
  const outer = new AbortController();
  const work = withDeadline(clock, 10, { what: 'w', signal: outer.signal }, (signal) => sleep(clock, 5, signal));
  outer.abort(new Error('outside'));
  await assert.rejects(work, /outside/);
  assert.equal(clock.pendingTimers, 0);
});

test('the system clock fires, cancels, and refuses delays that hosts turn into a busy loop', async () => {
  let fired = 0;
  systemClock.setTimer(0, () => {
    fired += 1;
  });
  systemClock.setTimer(0, () => assert.fail('cancelled')).cancel();
  await eventually(() => fired === 1);
  assert.throws(() => systemClock.setTimer(Number.NaN, () => undefined), /not a number of milliseconds/);
  assert.throws(() => systemClock.setTimer(Number.POSITIVE_INFINITY, () => undefined), /not a number of milliseconds/);
});

test('a delay longer than hosts allow neither fires at once nor keeps an unref’d process alive', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const month = 31 * 24 * 3_600_000;
  systemClock.setTimer(month, () => {
    fired += 1;
  });
  t.mock.timers.tick(2 ** 31 - 1);
  assert.equal(fired, 0);
  t.mock.timers.tick(month - (2 ** 31 - 1));
  assert.equal(fired, 1);
});
