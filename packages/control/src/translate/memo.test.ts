import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memo, type MemoPart } from './memo.ts';

test('a result is made once for the same objects and values', () => {
  const memo = new Memo();
  const service = {};
  const made: MemoPart[][] = [];
  const ask = (...parts: MemoPart[]) => memo.get('cluster', parts, () => made.push(parts));
  assert.equal(ask(service, 80, 'v1'), ask(service, 80, 'v1'));
  const others: MemoPart[][] = [
    [{}, 80, 'v1'],
    [service, '80', 'v1'],
    [service, 80, 'v', '1'],
    [service, 80, 'v1', undefined],
    [service, 80, 'v1|true'],
    [service, 80, 'v1', true],
  ];
  for (const parts of others) ask(...parts);
  assert.equal(made.length, 1 + others.length);
  assert.notEqual(
    memo.get('a', [service], () => 1),
    memo.get('b', [service], () => 2),
  );
});

test('what nobody asks for any more is forgotten', () => {
  const memo = new Memo();
  const parts = [{}];
  let count = 0;
  const ask = () => memo.get('x', parts, () => ++count);
  ask();
  for (let round = 0; round < 9; round++) {
    ask();
    memo.endRound();
  }
  assert.equal(count, 1);
  for (let round = 0; round < 9; round++) memo.endRound();
  assert.equal(memo.size, 0);
  assert.equal(ask(), 2);
});

test('lists that begin alike, or are longer, are different lists', () => {
  const memo = new Memo();
  const objects = [{}, {}, {}];
  const seen = new Map<string, number>();
  const lists = objects.flatMap((a) =>
    [
      [],
      ['x'],
      ['x', 'y'],
      ['x', 'y', undefined],
      ['x', 1],
      ['x', '1'],
      [undefined],
      ...objects.map((b) => [b, 'x']),
    ].map((rest) => [a, ...rest]),
  );
  for (const [i, list] of lists.entries()) memo.get('list', list, () => seen.set(String(i), i) && i);
  assert.equal(memo.size, lists.length);
  for (const [i, list] of lists.toReversed().entries()) {
    const expected = lists.length - 1 - i;
    assert.equal(
      memo.get('list', [...list], () => -1),
      expected,
    );
  }
  for (let round = 0; round < 9; round++) memo.endRound();
  assert.equal(memo.size, 0);
});

test('making a result may ask for others, also for those that begin alike', () => {
  const memo = new Memo();
  const object = {};
  const outer = memo.get('x', [object, 'outer'], () => memo.get('x', [object, 'inner'], () => 1) + 1);
  assert.equal(outer, 2);
  assert.equal(
    memo.get('x', [object, 'inner'], () => 9),
    1,
  );
  assert.equal(
    memo.get('x', [object, 'outer'], () => 9),
    2,
  );
});
