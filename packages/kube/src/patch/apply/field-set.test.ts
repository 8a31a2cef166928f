import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  difference,
  EMPTY,
  equalSets,
  type FieldSet,
  fieldSetOf,
  hasPath,
  intersection,
  isEmptySet,
  iterate,
  leaves,
  recursiveDifference,
  union,
  withPrefix,
} from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';

const element = fc.constantFrom('f:a', 'f:b', 'f:__proto__', 'k:{"name":"x"}', 'v:"y"');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });

/** The plain model: a set of path texts. */
function textsOf(set: FieldSet): Set<string> {
  const texts = new Set<string>();
  iterate(set, (p) => texts.add(p.join('/')));
  return texts;
}

const texts = (list: readonly (readonly string[])[]) => new Set(list.map((p) => p.join('/')));

/** A set is sound when no empty node stands for nothing: everything in it leads to a path. */
function checkSound(set: FieldSet): void {
  assert.ok(equalSets(fieldSetOf(...[...textsOf(set)].map((text) => text.split('/'))), set));
}

test('a set has exactly the paths that it is made of', () => {
  const set = fieldSetOf(['f:a', 'f:b'], ['f:a'], ['f:c']);
  assert.deepEqual(encodeFieldsV1(set), { 'f:a': { '.': {}, 'f:b': {} }, 'f:c': {} });
  assert.ok(hasPath(set, ['f:a']));
  assert.ok(hasPath(set, ['f:a', 'f:b']));
  assert.ok(!hasPath(set, ['f:a', 'f:c']));
  assert.ok(!hasPath(set, []));
  assert.ok(!hasPath(fieldSetOf(['f:a', 'f:b']), ['f:a']));
});

test('property: union, intersection and difference are those of sets of paths', () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const [left, right] = [fieldSetOf(...a), fieldSetOf(...b)];
      assert.deepEqual(textsOf(union(left, right)), new Set([...texts(a), ...texts(b)]));
      assert.deepEqual(textsOf(intersection(left, right)), new Set([...texts(a)].filter((text) => texts(b).has(text))));
      assert.deepEqual(textsOf(difference(left, right)), new Set([...texts(a)].filter((text) => !texts(b).has(text))));
      for (const set of [union(left, right), intersection(left, right), difference(left, right)]) checkSound(set);
    }),
  );
});

test('property: the recursive difference drops what lies below removed paths too', () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const removed = [...texts(b)];
      const rest = [...texts(a)].filter((text) => !removed.some((r) => text === r || text.startsWith(`${r}/`)));
      const result = recursiveDifference(fieldSetOf(...a), fieldSetOf(...b));
      assert.deepEqual(textsOf(result), new Set(rest));
      checkSound(result);
    }),
  );
});

test('property: leaves have nothing below them, and a prefix selects what is below it', () => {
  fc.assert(
    fc.property(paths, element, (a, prefix) => {
      const set = fieldSetOf(...a);
      const all = [...texts(a)];
      assert.deepEqual(
        textsOf(leaves(set)),
        new Set(all.filter((text) => !all.some((other) => other.startsWith(`${text}/`)))),
      );
      assert.deepEqual(
        textsOf(withPrefix(set, prefix)),
        new Set(all.filter((text) => text.startsWith(`${prefix}/`)).map((text) => text.slice(prefix.length + 1))),
      );
    }),
  );
});

test('property: operations do not change their operands', () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const [left, right] = [fieldSetOf(...a), fieldSetOf(...b)];
      const before = JSON.stringify([left, right]);
      for (const operation of [union, intersection, difference, recursiveDifference]) operation(left, right);
      leaves(left);
      encodeFieldsV1(left);
      assert.equal(JSON.stringify([left, right]), before);
    }),
  );
});

test('property: FieldsV1 is read back to the same set, whatever the order of its text', () => {
  fc.assert(
    fc.property(paths, (a) => {
      const set = fieldSetOf(...a);
      const text = JSON.stringify(encodeFieldsV1(set));
      assert.ok(equalSets(decodeFieldsV1(JSON.parse(text)), set));
      assert.equal(JSON.stringify(encodeFieldsV1(fieldSetOf(...a.toReversed()))), text);
    }),
  );
});

test('FieldsV1 that is none is refused, elements of the future are dropped', () => {
  for (const fields of [null, 1, [], { 'f:a': 1 }, { 'f:a': null }, { name: {} }, { 'k:x': {} }]) {
    assert.throws(() => decodeFieldsV1(fields), SyntaxError, JSON.stringify(fields));
  }
  assert.deepEqual(decodeFieldsV1({ 'f:a': { 'z:?': {} }, 'z:?': {} }), { 'f:a': {} });
  let deep: object = {};
  for (let i = 0; i < 100_000; i++) deep = { 'f:a': deep };
  assert.throws(() => decodeFieldsV1(deep), /nested deeper/);
});

test('fuzz: any JSON is read as FieldsV1 or refused as a SyntaxError', () => {
  const key = fc.oneof(element, fc.constantFrom('.', 'k:{}', 'v:null', 'i:1', 'x', ''), fc.string());
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(1, null, {}),
      fc.dictionary(key, tie('node'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(node, (fields) => {
      try {
        const set = decodeFieldsV1(fields);
        assert.ok(equalSets(decodeFieldsV1(encodeFieldsV1(set)), set));
      } catch (thrown) {
        assert.ok(thrown instanceof SyntaxError, String((thrown as Error).stack));
      }
    }),
    { numRuns: 2000 },
  );
});

test('the empty set is empty', () => {
  assert.ok(isEmptySet(EMPTY));
  assert.ok(isEmptySet(difference(fieldSetOf(['f:a']), fieldSetOf(['f:a']))));
  assert.ok(!isEmptySet(fieldSetOf(['f:a'])));
});
