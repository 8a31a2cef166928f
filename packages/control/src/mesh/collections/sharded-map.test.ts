import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ShardedMap } from './sharded-map.ts';

const key = fc.constantFrom('a', 'b', 'ns/name', '__proto__', 'constructor', '', 'ü');
const changes = fc.array(fc.array(fc.tuple(key, fc.option(fc.nat(3), { nil: undefined }))));

test('a map after any changes is what a plain map would be, and all maps before stay as they were', () => {
  fc.assert(
    fc.property(changes, (batches) => {
      const plain = new Map<string, number>();
      let map = ShardedMap.empty<number>();
      const history: [ShardedMap<number>, [string, number][]][] = [];
      for (const batch of batches) {
        for (const [name, value] of batch) {
          if (value === undefined) plain.delete(name);
          else plain.set(name, value);
        }
        map = map.with(batch);
        history.push([map, [...plain]]);
      }
      for (const [then, entries] of history) {
        assert.deepEqual(new Map(then), new Map(entries));
        assert.equal(then.size, entries.length);
        for (const [name, value] of entries) assert.equal(then.get(name), value);
      }
    }),
  );
});

test('the keys that differ between two maps, whether or not one was made from the other', () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const before = ShardedMap.empty<number>().with(first.flat());
      for (const after of [before.with(second.flat()), ShardedMap.empty<number>().with(second.flat())]) {
        const names = new Set([...before.keys(), ...after.keys()]);
        const expected = [...names].filter((name) => before.get(name) !== after.get(name));
        assert.deepEqual(after.changedKeys(before).toSorted(), expected.toSorted());
      }
    }),
  );
});

test('nothing changed is the same map', () => {
  const map = ShardedMap.from([['a', 1]]);
  assert.equal(map.with([['a', 1]]), map);
  assert.equal(map.with([['b', undefined]]), map);
  assert.equal(ShardedMap.empty(), ShardedMap.empty());
  assert.equal(Object.isFrozen(map), true);
});
