import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Watch } from './watch.ts';

test('listeners run after the value is visible, with the value before, until they stop', () => {
  const watch = new Watch(1);
  const seen: string[] = [];
  const stop = watch.subscribe((value, previous) => seen.push(`${previous}>${value}=${watch.get()}`));
  assert.equal(watch.swap(2), 1);
  watch.update((n) => n + 1);
  stop();
  watch.swap(9);
  assert.deepEqual(seen, ['1>2=2', '2>3=3']);
  assert.equal(watch.version, 3);
});

test('swapping in the same value tells nobody', () => {
  const watch = new Watch(Number.NaN);
  watch.subscribe(() => assert.fail('nothing changed'));
  watch.swap(Number.NaN);
  assert.equal(watch.version, 0);
});

test('a failing listener does not keep others from running and its error is not lost', () => {
  const errors: unknown[] = [];
  const watch = new Watch(0, { onListenerError: (thrown) => errors.push(thrown) });
  const seen: number[] = [];
  watch.subscribe(() => {
    throw new Error('broken');
  });
  watch.subscribe((value) => seen.push(value));
  watch.swap(1);
  watch.swap(2);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(errors.length, 2);
});

test('a listener that swaps does not make others see values in the wrong order', () => {
  const watch = new Watch(0);
  const seen: number[] = [];
  watch.subscribe((value) => {
    if (value < 3) watch.swap(value + 1);
  });
  watch.subscribe((value) => seen.push(value));
  watch.swap(1);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('a listener that is stopped by another one in the same round does not run', () => {
  const watch = new Watch(0);
  watch.subscribe(() => stop());
  const stop = watch.subscribe(() => assert.fail('stopped'));
  watch.swap(1);
});

test('changed resolves with the next value, or rejects with the signal', async () => {
  const watch = new Watch('a');
  const next = watch.changed();
  watch.swap('b');
  assert.equal(await next, 'b');
  const controller = new AbortController();
  const never = watch.changed(controller.signal);
  controller.abort(new Error('stop waiting'));
  await assert.rejects(never, /stop waiting/);
  await assert.rejects(watch.changed(AbortSignal.abort(new Error('already'))), /already/);
});

test('iteration gives the current value, then later ones, and a slow reader only the latest', async () => {
  const watch = new Watch(1);
  const reader = watch[Symbol.asyncIterator]();
  assert.deepEqual(await reader.next(), { done: false, value: 1 });
  watch.swap(2);
  watch.swap(3);
  assert.deepEqual(await reader.next(), { done: false, value: 3 });
  const waiting = reader.next();
  watch.swap(4);
  assert.deepEqual(await waiting, { done: false, value: 4 });
  await reader.return();
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
});

test('iteration ends without an error when its signal aborts, also while waiting', async () => {
  const watch = new Watch(1);
  const controller = new AbortController();
  const seen: number[] = [];
  const done = (async () => {
    for await (const value of watch.values(controller.signal)) {
      seen.push(value);
      queueMicrotask(() => controller.abort());
    }
  })();
  await done;
  assert.deepEqual(seen, [1]);
});

test('whatever is swapped in, every listener ends at the current value and never goes back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 30 }), (values) => {
      const watch = new Watch(-1);
      const seen: number[] = [-1];
      watch.subscribe((value, previous) => {
        assert.equal(previous, seen.at(-1));
        seen.push(value);
      });
      for (const value of values) watch.swap(value);
      assert.equal(seen.at(-1), watch.get());
      assert.equal(seen.length - 1, watch.version);
    }),
  );
});
