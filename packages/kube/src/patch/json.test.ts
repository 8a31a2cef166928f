import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkDepth, depthOf, equalJson, formatGo, MAX_JSON_DEPTH, memberOf, setMember } from './json.ts';

test('names that prototypes use are names like any other', () => {
  const object = JSON.parse('{"__proto__":{"a":1}}');
  assert.deepEqual(memberOf(object, '__proto__'), { a: 1 });
  assert.equal(memberOf({}, 'constructor'), undefined);
  const target = {};
  setMember(target, '__proto__', { polluted: true });
  assert.equal((target as { polluted?: boolean }).polluted, undefined);
  assert.equal(JSON.stringify(target), '{"__proto__":{"polluted":true}}');
});

test('property: equality is that of the JSON texts with sorted members', () => {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([k, v]) => [k, sorted(v)] as const);
    return { members: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
  };
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
      assert.equal(equalJson(left, right), JSON.stringify(sorted(left)) === JSON.stringify(sorted(right)));
      assert.ok(equalJson(left, structuredClone(left)));
    }),
  );
});

test('depth is counted without recursion and refused past the bound', () => {
  assert.equal(depthOf(1), 0);
  assert.equal(depthOf({ a: [{}] }), 3);
  let deep: unknown = 1;
  for (let i = 0; i < 200_000; i++) deep = [deep];
  assert.throws(
    () => checkDepth(deep, 'the patch'),
    new RegExp(`the patch is nested deeper than ${MAX_JSON_DEPTH} levels`),
  );
});

test('values are printed as Go prints them', () => {
  assert.equal(formatGo({ b: [1, 'x'], a: null }), 'map[a:<nil> b:[1 x]]');
  assert.equal(formatGo('x'.repeat(1000)).length, 501);
});
