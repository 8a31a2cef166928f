import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, map, object, string } from '@weft/api';
import fc from 'fast-check';
import { fieldTypeOf } from './field-type.ts';
import { mergeObjects } from './merge.ts';

const type = fieldTypeOf(
  object('Lists.', {
    set: list('Set.', string('One.'), { listType: 'set' }),
    atomic: list('Atomic.', string('One.')),
    whole: map('Whole.', string('One.'), { mapType: 'atomic' }),
    open: map('Open.', string('One.')),
  }),
);

// The order in which structured merge puts the items of two lists.
const ORDERS: readonly [string, string, string][] = [
  ['abc', 'bd', 'abcd'],
  ['abc', 'ca', 'bca'],
  ['abc', 'd', 'abcd'],
  ['abcd', 'db', 'acdb'],
  ['abc', 'xbay', 'xbcay'],
  ['', 'ab', 'ab'],
  ['ab', '', 'ab'],
];

for (const [live, config, expected] of ORDERS) {
  test(`the items of "${live}" and applied "${config}" stand as "${expected}"`, () => {
    assert.deepEqual(mergeObjects(type, { set: live.split('') }, { set: config.split('') }), {
      set: expected.split(''),
    });
  });
}

test('what is owned as a whole is replaced, what is owned by member is joined', () => {
  const live = { atomic: ['a'], whole: { a: '1' }, open: { a: '1' } };
  const config = { atomic: ['b'], whole: { b: '2' }, open: { b: '2' } };
  assert.deepEqual(mergeObjects(type, live, config), { atomic: ['b'], whole: { b: '2' }, open: { a: '1', b: '2' } });
});

test('null replaces a leaf, but says nothing about members and items', () => {
  const live = { atomic: ['a'], set: ['a'], open: { a: '1', b: '2' } };
  assert.deepEqual(mergeObjects(type, live, { atomic: null, set: null, open: { a: null } }), {
    atomic: null,
    set: ['a'],
    open: { a: null, b: '2' },
  });
});

test('property: all items of both lists are there once, those applied in the order applied', () => {
  const items = fc.uniqueArray<string, string>(fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(items, items, (live, config) => {
      const before = JSON.stringify([live, config]);
      const { set } = mergeObjects(type, { set: live }, { set: config }) as { set: string[] };
      assert.deepEqual(set.toSorted(), [...new Set([...live, ...config])].sort());
      assert.deepEqual(
        set.filter((item) => config.includes(item)),
        config,
      );
      const others = live.filter((item) => !config.includes(item));
      assert.deepEqual(
        set.filter((item) => others.includes(item)),
        others,
      );
      assert.deepEqual(mergeObjects(type, { set }, { set: config }), { set });
      assert.equal(JSON.stringify([live, config]), before);
    }),
  );
});
