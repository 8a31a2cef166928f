import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@weft/core';
import { FakeClock, settle } from '@weft/testkit';
import fc from 'fast-check';
import { WorkQueue, type WorkQueueObserver } from './work-queue.ts';

function setUp(observer?: WorkQueueObserver<string>) {
  const clock = new FakeClock();
  const extras = observer === undefined ? {} : { observer };
  const backoff = { baseMs: 100, maxMs: 1000, jitter: 'none' } as const;
  const queue = new WorkQueue<string>({ clock, random: seededRandom(1), backoff, ...extras });
  return { clock, queue };
}

test('a key waits once, in the order of its first arrival', async () => {
  const { queue } = setUp();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  assert.equal(queue.depth, 3);
  assert.deepEqual([await queue.take(), await queue.take(), await queue.take()], ['a', 'b', 'c']);
  assert.deepEqual([queue.depth, queue.working], [0, 3]);
});

test('a key that comes back while it is worked on is handed out again, but only afterwards', async () => {
  const { queue } = setUp();
  queue.add('a');
  assert.equal(await queue.take(), 'a');
  queue.add('a');
  queue.add('a');
  let second: string | undefined;
  const taking = queue.take().then((key) => {
    second = key;
  });
  await settle();
  assert.equal(second, undefined);
  queue.done('a');
  await taking;
  assert.equal(second, 'a');
  queue.done('a');
  assert.equal(queue.depth, 0);
});

test('failures wait longer each time, until the key is well', async () => {
  const { queue, clock } = setUp();
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    queue.addRateLimited('a');
    waits.push(clock.nextTimerMs ?? -1);
    clock.advance(2000);
    await queue.take();
    queue.done('a');
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000]);
  assert.equal(queue.failuresOf('a'), 6);
  queue.forget('a');
  queue.addRateLimited('a');
  assert.equal(clock.nextTimerMs, 100);
});

test('of several times for one key the earliest counts, and now is earlier than later', () => {
  const { queue, clock } = setUp();
  queue.addAfter('a', 500);
  queue.addAfter('a', 100);
  queue.addAfter('a', 900);
  clock.advance(99);
  assert.equal(queue.depth, 0);
  clock.advance(1);
  assert.deepEqual([queue.depth, queue.delayed], [1, 0]);
  queue.addAfter('b', 100);
  queue.add('b');
  assert.deepEqual([queue.depth, queue.delayed, clock.pendingTimers], [2, 0, 0]);
});

test('shutting down lets work end, drops what is for later, and sends workers home', async () => {
  const { queue, clock } = setUp();
  queue.add('a');
  queue.add('b');
  queue.addAfter('later', 100);
  await queue.take();
  queue.add('a');
  let isDrained = false;
  const draining = queue.shutDown().then(() => {
    isDrained = true;
  });
  queue.add('refused');
  assert.equal(clock.pendingTimers, 0);
  queue.done('a');
  assert.equal(await queue.take(), 'b');
  assert.equal(await queue.take(), 'a');
  const idle = queue.take();
  queue.done('b');
  await settle();
  assert.equal(isDrained, false);
  queue.done('a');
  await draining;
  assert.equal(await idle, undefined);
  assert.equal(await queue.take(), undefined);
});

test('an observer sees depth, waiting and working times and retries', async () => {
  const seen: string[] = [];
  const { queue, clock } = setUp({
    onAdd: (key, depth) => seen.push(`add ${key} ${depth}`),
    onStart: (key, waitedMs) => seen.push(`start ${key} ${waitedMs}`),
    onDone: (key, tookMs) => seen.push(`done ${key} ${tookMs}`),
    onRetry: (key, failures, delayMs) => seen.push(`retry ${key} ${failures} ${delayMs}`),
  });
  queue.add('a');
  clock.advance(5);
  await queue.take();
  clock.advance(7);
  queue.addRateLimited('a');
  queue.done('a');
  assert.deepEqual(seen, ['add a 1', 'start a 5', 'retry a 1 100', 'done a 7']);
});

test('with any number of workers, no key is worked on twice at a time and none is forgotten', async () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), afterMs: fc.constantFrom(0, 0, 50) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.integer({ min: 1, max: 4 }), async (steps, workers) => {
      const { queue, clock } = setUp();
      const busy = new Set<string>();
      /** Key to how many additions the worker knew of when it last started. */
      const added = new Map<string, number>();
      const seen = new Map<string, number>();
      const work = async () => {
        for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
          assert.ok(!busy.has(key), `${key} is worked on twice`);
          busy.add(key);
          seen.set(key, added.get(key) ?? 0);
          await Promise.resolve();
          busy.delete(key);
          queue.done(key);
        }
      };
      const running = Promise.all(Array.from({ length: workers }, work));
      for (const { key, afterMs } of steps) {
        added.set(key, (added.get(key) ?? 0) + 1);
        queue.addAfter(key, afterMs);
        if (afterMs > 0) await Promise.resolve();
      }
      clock.advance(50);
      await queue.shutDown();
      await running;
      assert.deepEqual(seen, added, 'every addition was followed by a look at its key');
    }),
    { numRuns: 200 },
  );
});
