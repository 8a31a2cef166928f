import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiStatusError } from '../shared/status.ts';
import { createMergePatch } from './diff.ts';
import { equalJson, type JsonMembers } from './json.ts';
import { applyMergePatch } from './merge-patch.ts';

// The examples of RFC 7386 whose target and patch are objects.
const CASES: readonly [JsonMembers, JsonMembers, JsonMembers][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [{ a: 'text' }, { a: { b: 1 } }, { a: { b: 1 } }],
];

for (const [document, patch, expected] of CASES) {
  test(`${JSON.stringify(document)} with ${JSON.stringify(patch)}`, () => {
    assert.deepEqual(applyMergePatch(document, patch), expected);
  });
}

test('a patch that is no object, or too deep, is refused', () => {
  assert.throws(() => applyMergePatch({}, [1]), /a merge patch must be a JSON object/);
  let deep: JsonMembers = {};
  for (let i = 0; i < 100_000; i++) deep = { a: deep };
  assert.throws(() => applyMergePatch({}, deep), ApiStatusError);
});

test('names of prototypes are plain data', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  assert.equal(JSON.stringify(applyMergePatch({}, patch)), JSON.stringify(patch));
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const leaf = fc.constantFrom<unknown>(1, 'x', true, [1], [], [{ a: null }]);

function objects(withNull: boolean): fc.Arbitrary<JsonMembers> {
  return fc.letrec<{ value: unknown; object: JsonMembers }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, ...(withNull ? [fc.constant(null)] : []), tie('object')),
    object: fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4 })
      // As JSON text makes it: `__proto__` is a member of its own.
      .map((entries) => JSON.parse(`{${[...new Map(entries)].map(([k, v]) => `"${k}":${JSON.stringify(v)}`).join()}}`)),
  })).object;
}

test('property: a patch applied twice is a patch applied once, and nothing given is changed', () => {
  fc.assert(
    fc.property(objects(true), objects(true), (document, patch) => {
      const before = JSON.stringify([document, patch]);
      const once = applyMergePatch(document, patch);
      assert.ok(equalJson(applyMergePatch(once, patch), once));
      assert.equal(JSON.stringify([document, patch]), before);
    }),
  );
});

test('property: what the patch does not name stays, what it names with null is gone', () => {
  fc.assert(
    fc.property(objects(true), objects(true), (document, patch) => {
      const merged = applyMergePatch(document, patch);
      for (const key of Object.keys(document)) {
        if (!Object.hasOwn(patch, key)) assert.ok(equalJson(merged[key], document[key]));
      }
      for (const key of Object.keys(patch)) assert.equal(Object.hasOwn(merged, key), patch[key] !== null);
    }),
  );
});

test('property: the difference of two objects turns one into the other, and is empty for equal ones', () => {
  fc.assert(
    fc.property(objects(false), objects(false), (original, modified) => {
      const patch = createMergePatch(original, modified);
      assert.ok(equalJson(applyMergePatch(original, patch), modified));
      assert.deepEqual(Object.keys(createMergePatch(modified, structuredClone(modified))), []);
    }),
  );
});
