import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedQueue } from './keyed-queue.ts';
import { BoundedQueue, type OverflowPolicy } from './queue.ts';

function filled(overflow: OverflowPolicy): BoundedQueue<number> {
  const queue = new BoundedQueue<number>({ capacity: 2, overflow });
  queue.push(1);
  queue.push(2);
  return queue;
}

function drainAll<T>(queue: BoundedQueue<T>): T[] {
  const out: T[] = [];
  for (let value = queue.shift(); value !== undefined; value = queue.shift()) out.push(value);
  return out;
}

test('each policy sheds what it says and counts it', () => {
  const oldest = filled('drop-oldest');
  assert.deepEqual(oldest.push(3), { kind: 'shed', value: 1 });
  assert.deepEqual([drainAll(oldest), oldest.shedCount], [[2, 3], 1]);
  const newest = filled('drop-newest');
  assert.deepEqual(newest.push(3), { kind: 'shed', value: 3 });
  assert.deepEqual([drainAll(newest), newest.shedCount], [[1, 2], 1]);
  const reject = filled('reject');
  assert.deepEqual(reject.push(3), { kind: 'rejected' });
  assert.deepEqual([drainAll(reject), reject.shedCount, reject.rejectedCount], [[1, 2], 0, 1]);
});

test('takers are served in order, an aborted one takes nothing from the others', async () => {
  const queue = new BoundedQueue<string>({ capacity: 4, overflow: 'reject' });
  const controller = new AbortController();
  const first = queue.take();
  const gone = queue.take(controller.signal);
  const second = queue.take();
  controller.abort(new Error('gone'));
  queue.push('a');
  queue.push('b');
  assert.deepEqual(await Promise.all([first, second]), ['a', 'b']);
  await assert.rejects(gone, /gone/);
});

test('a closed queue hands out what it holds, then refuses', async () => {
  const queue = filled('reject');
  queue.close();
  assert.equal(queue.push(3).kind, 'rejected');
  assert.equal(await queue.take(), 1);
  assert.equal(await queue.take(), 2);
  await assert.rejects(queue.take(), /the queue is closed/);
  const waiting = new BoundedQueue<number>({ capacity: 1, overflow: 'reject' });
  const taker = waiting.take();
  waiting.close();
  await assert.rejects(taker, /the queue is closed/);
});

test('iteration ends with the queue', async () => {
  const queue = filled('reject');
  const seen: number[] = [];
  const reading = (async () => {
    for await (const value of queue) seen.push(value);
  })();
  await Promise.resolve();
  queue.push(3);
  queue.close();
  await reading;
  assert.deepEqual(seen, [1, 2, 3]);
});

test('the ring behaves as a plain list with a bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('drop-oldest', 'drop-newest', 'reject' as const),
      fc.array(fc.option(fc.nat(9), { nil: 'shift' as const }), { maxLength: 60 }),
      (capacity, overflow, actions) => {
        const queue = new BoundedQueue<number>({ capacity, overflow });
        const model: number[] = [];
        for (const action of actions) {
          if (action === 'shift') assert.equal(queue.shift(), model.shift());
          else {
            queue.push(action);
            if (model.length < capacity) model.push(action);
            else if (overflow === 'drop-oldest') model.splice(0, model.length, ...model.slice(1), action);
          }
          assert.equal(queue.size, model.length);
        }
        assert.deepEqual(drainAll(queue), model);
      },
    ),
  );
});

test('a capacity that bounds nothing is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.POSITIVE_INFINITY]) {
    assert.throws(() => new BoundedQueue({ capacity, overflow: 'reject' }), /queue capacity/);
  }
});

test('a keyed queue merges what waits, keeps the order of arrival and refuses further keys when full', async () => {
  const queue = new KeyedQueue<string, number>({ capacity: 2, merge: (a, b) => a + b });
  assert.equal(queue.push('a', 1), 'queued');
  assert.equal(queue.push('b', 10), 'queued');
  assert.equal(queue.push('a', 2), 'merged');
  assert.equal(queue.push('c', 5), 'rejected');
  assert.deepEqual([queue.size, queue.mergedCount, queue.rejectedCount, queue.has('a')], [2, 1, 1, true]);
  assert.deepEqual(await queue.take(), ['a', 3]);
  assert.equal(queue.remove('b'), 10);
  assert.equal(queue.shift(), undefined);
  const taker = queue.take();
  queue.push('d', 4);
  assert.deepEqual(await taker, ['d', 4]);
});

test('a closed keyed queue hands out what it holds and ends', async () => {
  const queue = new KeyedQueue<string, number>({ capacity: 2, merge: (_, b) => b });
  queue.push('a', 1);
  queue.close();
  assert.equal(queue.push('a', 2), 'rejected');
  const seen: unknown[] = [];
  for await (const entry of queue) seen.push(entry);
  assert.deepEqual(seen, [['a', 1]]);
  await assert.rejects(queue.take(), /the queue is closed/);
});
