import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { Debounce } from './debounce.ts';

function setUp(run: (value: number[]) => void | Promise<void> = () => undefined) {
  const clock = new FakeClock();
  const runs: { readonly atMs: number; readonly value: number[] }[] = [];
  const errors: unknown[] = [];
  const debounce = new Debounce<number[]>({
    clock,
    quietMs: 10,
    maxWaitMs: 35,
    merge: (a, b) => [...a, ...b],
    run: (value) => {
      runs.push({ atMs: clock.monotonic(), value });
      return run(value);
    },
    onError: (thrown) => errors.push(thrown),
  });
  return { clock, runs, errors, debounce };
}

test('a burst becomes one run after it has been quiet', async () => {
  const { clock, runs, debounce } = setUp();
  debounce.trigger([1]);
  await clock.advanceAsync(6);
  debounce.trigger([2]);
  await clock.advanceAsync(9);
  assert.equal(runs.length, 0);
  await clock.advanceAsync(1);
  assert.deepEqual(runs, [{ atMs: 16, value: [1, 2] }]);
  assert.equal(clock.pendingTimers, 0);
});

test('a steady stream runs at the latest after the longest wait', async () => {
  const { clock, runs, debounce } = setUp();
  for (let n = 0; n < 20; n += 1) {
    debounce.trigger([n]);
    await clock.advanceAsync(5);
  }
  assert.deepEqual(
    runs.map((run) => run.atMs),
    [35, 70],
  );
});

test('runs never overlap: what comes during a run is run after it', async () => {
  const gate = Promise.withResolvers<void>();
  const { clock, runs, debounce } = setUp((value) => (value[0] === 1 ? gate.promise : undefined));
  debounce.trigger([1]);
  await clock.advanceAsync(10);
  debounce.trigger([2]);
  await clock.advanceAsync(100);
  assert.equal(runs.length, 1);
  gate.resolve();
  await clock.advanceAsync(0);
  assert.deepEqual(
    runs.map((run) => run.value),
    [[1], [2]],
  );
});

test('a run that fails, at once or later, is reported and the next one still happens', async () => {
  let mode = 0;
  const { clock, runs, errors, debounce } = setUp(() => {
    mode += 1;
    if (mode === 1) throw new Error('at once');
    if (mode === 2) return Promise.reject(new Error('later'));
    return undefined;
  });
  for (let n = 0; n < 3; n += 1) {
    debounce.trigger([n]);
    await clock.advanceAsync(10);
  }
  assert.equal(runs.length, 3);
  assert.deepEqual(errors.map(String), ['Error: at once', 'Error: later']);
});

test('flush runs now and waits; closing forgets', async () => {
  const { clock, runs, debounce } = setUp();
  debounce.trigger([1]);
  await debounce.flush();
  assert.equal(runs.length, 1);
  debounce.trigger([2]);
  assert.equal(debounce.isPending, true);
  debounce.close();
  debounce.trigger([3]);
  await clock.advanceAsync(100);
  await debounce.flush();
  assert.equal(runs.length, 1);
  assert.equal(clock.pendingTimers, 0);
});
