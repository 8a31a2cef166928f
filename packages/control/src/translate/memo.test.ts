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
