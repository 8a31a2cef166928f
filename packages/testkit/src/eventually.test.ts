import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, eventuallyPasses, within } from './eventually.ts';

test('returns the first truthy value and tries again after a throw', async () => {
  let calls = 0;
  const value = await eventually(() => {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
    return calls < 4 ? undefined : calls;
  });
  assert.equal(value, 4);
});

test('fails with what was awaited and what was seen last', async () => {
  await assert.rejects(
    eventually(() => false, { withinMs: 5, what: 'the moon' }),
    /waited 5 ms for the moon; last seen: false/,
  );
  await assert.rejects(
    eventuallyPasses(() => assert.equal(1, 2, 'one is not two'), { withinMs: 5 }),
    /last seen: one is not two/,
  );
});

test('within passes a value on and fails a promise that takes too long', async () => {
  assert.equal(await within('nothing', Promise.resolve(7)), 7);
  await assert.rejects(within('the end', new Promise(() => undefined), 5), /waited 5 ms for the end/);
});
