import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createJsonPatch } from './create-json-patch.ts';
import { applyJsonPatch } from './json-patch.ts';

describe('createJsonPatch', () => {
  it('says what differs and no more', () => {
    assert.deepEqual(createJsonPatch({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }), []);
    assert.deepEqual(createJsonPatch({ a: 1, b: 2, c: { d: [] } }, { a: 1, c: { d: [], e: null }, f: 'x' }), [
      { op: 'remove', path: '/b' },
      { op: 'add', path: '/c/e', value: null },
      { op: 'add', path: '/f', value: 'x' },
    ]);
    assert.deepEqual(createJsonPatch({ a: {} }, { a: [] }), [{ op: 'replace', path: '/a', value: [] }]);
    assert.deepEqual(createJsonPatch(1, 2), [{ op: 'replace', path: '', value: 2 }]);
  });

  it('leaves alone what the ends of two lists have in common', () => {
    assert.deepEqual(createJsonPatch(['a', 'z'], ['a', 'b', 'c', 'z']), [
      { op: 'add', path: '/1', value: 'b' },
      { op: 'add', path: '/2', value: 'c' },
    ]);
    assert.deepEqual(createJsonPatch(['a', 'b', 'c', 'z'], ['a', 'z']), [
      { op: 'remove', path: '/2' },
      { op: 'remove', path: '/1' },
    ]);
    assert.deepEqual(createJsonPatch([{ x: 1 }, 2, 3], [{ x: 2 }, 3]), [
      { op: 'replace', path: '/0/x', value: 2 },
      { op: 'remove', path: '/1' },
    ]);
    assert.deepEqual(createJsonPatch(['a', 'a'], ['a']), [{ op: 'remove', path: '/1' }]);
  });

  it('escapes names, and treats those of prototypes as any other', () => {
    const after = JSON.parse('{"a/b": 1, "m~n": 2, "__proto__": {"x": 1}, "": 3}') as unknown;
    const patch = createJsonPatch({}, after);
    assert.deepEqual(
      patch.map(({ path }) => path),
      ['/a~1b', '/m~0n', '/__proto__', '/'],
    );
    assert.deepEqual(applyJsonPatch({}, patch), after);
    assert.deepEqual(applyJsonPatch(after, createJsonPatch(after, {})), {});
  });

  it('counts members that are undefined as absent', () => {
    assert.deepEqual(createJsonPatch({ a: undefined, b: 1 }, { b: 1, c: undefined }), []);
    assert.deepEqual(createJsonPatch({ a: 1 }, { a: undefined }), [{ op: 'remove', path: '/a' }]);
  });

  it('turns any document into any other, and never touches them', () => {
    const leaf = fc.oneof(fc.constantFrom('a', 'b', 1, 2, null, true), fc.string({ maxLength: 3 }));
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('document'), { maxLength: 5 }),
        fc.dictionary(fc.constantFrom('a', 'b', '/', '~1', '__proto__', '0'), tie('document'), { maxKeys: 4 }),
      ),
    }));
    const plain = document.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        const texts = [JSON.stringify(before), JSON.stringify(after)];
        const patch = createJsonPatch(before, after);
        assert.deepEqual(applyJsonPatch(before, JSON.parse(JSON.stringify(patch))), after);
        assert.deepEqual([JSON.stringify(before), JSON.stringify(after)], texts);
      }),
      { numRuns: 500 },
    );
  });
});
