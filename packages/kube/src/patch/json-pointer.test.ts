import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatJsonPointer, parseJsonPointer, parseListIndex } from './json-pointer.ts';

test('the examples of RFC 6901 are read', () => {
  assert.deepEqual(parseJsonPointer(''), []);
  assert.deepEqual(parseJsonPointer('/'), ['']);
  assert.deepEqual(parseJsonPointer('/a~1b/m~0n/ '), ['a/b', 'm~n', ' ']);
  assert.deepEqual(parseJsonPointer('/~01'), ['~1']);
});

test('a pointer without leading slash is refused', () => {
  assert.throws(() => parseJsonPointer('spec'), /path "spec" must be empty or start with "\/"/);
});

test('property: the text is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (tokens) => {
      assert.deepEqual(parseJsonPointer(formatJsonPointer(tokens)), tokens);
    }),
  );
});

test('an index names an existing item, negative ones from the end', () => {
  assert.equal(parseListIndex('0', 2), 0);
  assert.equal(parseListIndex('-1', 2), 1);
  for (const token of ['2', '-3', '01', '-0', '+1', '1.0', '', ' 1', '1e0', '9'.repeat(30)]) {
    assert.equal(parseListIndex(token, 2), undefined, token);
  }
});
