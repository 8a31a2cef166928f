import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { captureLogger, eventuallyPasses, FakeClock } from '@weft/testkit';
import { KeyWorker } from './worker.ts';

interface Bench {
  readonly clock: FakeClock;
  readonly worker: KeyWorker;
  /** Keys in the order in which work on them began. */
  readonly began: string[];
}

function bench(t: TestContext, reconcile: (key: string, attempt: number) => Promise<void>): Bench {
  const clock = new FakeClock();
  const { logger: log } = captureLogger();
  const began: string[] = [];
  const worker = new KeyWorker({ name: 'test', clock, log }, (key) => {
    began.push(key);
    return reconcile(key, began.filter((one) => one === key).length);
  });
  t.after(() => worker.stop());
  return { clock, worker, began };
}

test('keys that wait are merged and worked through one after the other', async (t) => {
  let atOnce = 0;
  let most = 0;
  const { worker, began } = bench(t, async () => {
    most = Math.max(most, ++atOnce);
    await Promise.resolve();
    atOnce--;
  });
  for (const key of ['a', 'b', 'a', 'c', 'b']) worker.add(key);
  await eventuallyPasses(() => assert.deepEqual(began, ['a', 'b', 'c']));
  assert.equal(most, 1);
  worker.add('a');
  await eventuallyPasses(() => assert.deepEqual(began, ['a', 'b', 'c', 'a']));
});

test('a key that changes while it is worked on is looked at again', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { worker, began } = bench(t, (_key, attempt) => (attempt === 1 ? gate.promise : Promise.resolve()));
  worker.add('a');
  await eventuallyPasses(() => assert.equal(began.length, 1));
  worker.add('a');
  gate.resolve();
  await eventuallyPasses(() => assert.equal(began.length, 2));
});

test('a failed key is tried again, each time after twice as long, up to a bound', async (t) => {
  const { worker, began, clock } = bench(t, () => Promise.reject(new Error('not yet')));
  worker.add('a');
  await eventuallyPasses(() => assert.equal(began.length, 1));
  for (const [i, waits] of [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000].entries()) {
    await clock.advanceAsync(waits - 1);
    assert.equal(began.length, i + 1, `not before ${waits} ms`);
    await clock.advanceAsync(1);
    await eventuallyPasses(() => assert.equal(began.length, i + 2));
  }
});

test('after a success the next failure is forgiven as quickly as the first', async (t) => {
  const { worker, began, clock } = bench(t, (_key, attempt) =>
    attempt === 3 ? Promise.resolve() : Promise.reject(new Error('no')),
  );
  worker.add('a');
  for (const [waits, count] of [
    [100, 2],
    [200, 3],
  ] as const) {
    await eventuallyPasses(() => assert.equal(began.length, count - 1));
    await clock.advanceAsync(waits);
    await eventuallyPasses(() => assert.equal(began.length, count));
  }
  worker.add('a');
  await eventuallyPasses(() => assert.equal(began.length, 4));
  await clock.advanceAsync(100);
  await eventuallyPasses(() => assert.equal(began.length, 5));
});

test('one failing key does not keep others waiting', async (t) => {
  const { worker, began } = bench(t, (key) => (key === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve()));
  for (const key of ['bad', 'good']) worker.add(key);
  await eventuallyPasses(() => assert.deepEqual(began, ['bad', 'good']));
});

test('stop waits for what is being done, and nothing begins after it', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { worker, began, clock } = bench(t, () => gate.promise.then(() => Promise.reject(new Error('late'))));
  worker.add('a');
  worker.add('b');
  worker.addLater('c', 10);
  await eventuallyPasses(() => assert.deepEqual(began, ['a']));
  let isStopped = false;
  const stopped = worker.stop().then(() => (isStopped = true));
  await clock.advanceAsync(1000);
  assert.equal(isStopped, false);
  gate.resolve();
  await stopped;
  worker.add('d');
  worker.addLater('e', 10);
  await clock.advanceAsync(60_000);
  assert.deepEqual(began, ['a']);
});
