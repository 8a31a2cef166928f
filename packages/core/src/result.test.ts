import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  andThen,
  attempt,
  collectResults,
  err,
  mapErr,
  mapResult,
  ok,
  type Result,
  unwrap,
  unwrapOr,
} from './result.ts';

const half = (n: number): Result<number, string> => (n % 2 === 0 ? ok(n / 2) : err(`${n} is odd`));

test('steps go on after a success and stop at the first failure', () => {
  assert.deepEqual(andThen(half(8), half), ok(2));
  assert.deepEqual(andThen(half(6), half), err('3 is odd'));
  assert.deepEqual(mapResult(half(4), String), ok('2'));
  assert.deepEqual(
    mapErr(half(3), (text) => text.length),
    err(8),
  );
});

test('unwrapping gives the value, the fallback, or throws the reason as it is', () => {
  assert.equal(unwrap(half(2)), 1);
  assert.equal(unwrapOr(half(1), 9), 9);
  const reason = new Error('r');
  assert.throws(() => unwrap(err(reason)), reason);
});

test('collecting keeps every reason, not only the first', () => {
  assert.deepEqual(collectResults([half(2), half(4)]), ok([1, 2]));
  assert.deepEqual(collectResults([half(1), half(2), half(3)]), err(['1 is odd', '3 is odd']));
});

test('attempt turns a throw into a value', () => {
  assert.deepEqual(
    attempt(() => 1, String),
    ok(1),
  );
  assert.deepEqual(
    attempt(() => {
      throw new Error('no');
    }, String),
    err('Error: no'),
  );
});
