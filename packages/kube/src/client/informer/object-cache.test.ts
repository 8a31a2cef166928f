import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyOf, ObjectCache, parseKey } from './object-cache.ts';

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly tags: readonly string[];
}

test('keys name the namespace if there is one, and can be taken apart', () => {
  assert.equal(keyOf({ metadata: { name: 'a', namespace: 'n' } }), 'n/a');
  assert.equal(keyOf({ metadata: { name: 'a' } }), 'a');
  assert.deepEqual(parseKey('n/a'), { namespace: 'n', name: 'a' });
  assert.deepEqual(parseKey('a'), { namespace: '', name: 'a' });
  assert.throws(() => keyOf({ metadata: {} }), /without a name/);
});

test('an index always says what a search through all objects would', () => {
  const change = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    tags: fc.option(fc.uniqueArray(fc.constantFrom('x', 'y', 'z')), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const cache = new ObjectCache<Thing>({ tag: (thing) => thing.tags });
      for (const { key, tags } of changes) {
        if (tags === undefined) cache.delete(key);
        else cache.set(key, { metadata: { name: key }, tags });
      }
      for (const tag of ['x', 'y', 'z']) {
        const expected = [...cache.values()].filter((thing) => thing.tags.includes(tag));
        assert.deepEqual(new Set(cache.byIndex('tag', tag)), new Set(expected));
        assert.equal(cache.indexValues('tag').includes(tag), expected.length > 0);
      }
    }),
  );
});

test('an unknown index is refused by name', () => {
  assert.throws(() => new ObjectCache().byIndex('node', 'x'), /no index "node"/);
});
