import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatsRegistry } from '../registry/stats-registry.ts';
import { StatsWalk } from './stats-walk.ts';

const token = fc.constantFrom('a', 'b', 'a-b', 'a_b', 'ab', 'c|d', 'B');

test('the walk meets every statistic once and in the order of the names, however scopes lie inside each other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.array(token, { maxLength: 4 }), fc.array(token, { minLength: 1, maxLength: 2 })), {
        maxLength: 40,
        selector: ([scope, leaf]) => [...scope, ...leaf].join('.'),
      }),
      (names) => {
        const registry = new StatsRegistry();
        for (const [scope, leaf] of names)
          registry
            .scope(...scope)
            .counter(...leaf)
            .inc();
        const walk = new StatsWalk(registry, 'numbers');
        const met: string[] = [];
        while (walk.next()) met.push(walk.name);
        assert.deepEqual(met, names.map(([scope, leaf]) => [...scope, ...leaf].join('.')).sort());
      },
    ),
  );
});
