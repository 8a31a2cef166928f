import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CelCompileError } from '../errors.ts';
import { listOf, mapOf, objectOf, T } from '../types.ts';
import { MAX_AMOUNT, product, scaled, sum } from './amounts.ts';
import { estimateCost } from './estimate.ts';
import { SharedPath } from './shared-path.ts';
import type { SizedType } from './sized-type.ts';

const self = objectOf(
  () =>
    new Map([
      ['n', { name: 'n', type: T.int }],
      ['s', { name: 's', type: T.string }],
      ['free', { name: 'free', type: T.string }],
      ['l', { name: 'l', type: listOf(T.string) }],
      ['m', { name: 'm', type: mapOf(T.string, T.string) }],
    ]),
);
const sizes: SizedType = {
  maxElements: 0,
  fields: new Map<string, SizedType>([
    ['n', { maxElements: 0 }],
    ['s', { maxElements: 100 }],
    ['l', { maxElements: 10, items: { maxElements: 30 } }],
    ['m', { maxElements: 5, items: { maxElements: 20 }, isMap: true }],
  ]),
};
const costOf = (expression: string): bigint => estimateCost(expression, { variables: { self }, sizes });

describe('estimates', () => {
  const cases: readonly (readonly [expression: string, cost: bigint])[] = [
    ['true', 0n],
    ['self.n == 1', 2n],
    // Two names, two members and a tenth of the shorter text.
    ["self.s == 'abc'", 3n],
    ['self.s == self.s', 14n],
    // Presence is free, only the name counts.
    ['has(self.s)', 1n],
    // Each of ten turns: the condition two, the step five.
    ["self.l.all(x, x == 'abc')", 2n + 1n + 10n * (2n + 1n + 2n)],
    ['[1, 2, 3].size() == 3', 12n],
    ["{'a': 1}.size() == 1", 32n],
    ['self.l[0].contains(self.s)', 3n + 2n + 3n * 10n],
    // Binding is an empty list, the value and the result.
    ['cel.bind(a, self.n, a > 1)', 10n + 2n + 1n + 1n],
    // Only one side of a choice is evaluated, the dearer one counts.
    ['true ? self.n == 1 : self.s == self.s', 14n],
    ['!!(self.n > 1)', 3n],
    ['--(self.n) > 1', 3n],
    ['!(!(self.n > 1))', 5n],
  ];
  for (const [expression, cost] of cases) {
    it(`${expression} costs ${cost}`, () => assert.equal(costOf(expression), cost));
  }

  it('have no bound where sizes have none', () => {
    assert.ok(costOf("self.free.matches('(a|b)+c')") > MAX_AMOUNT / 100n);
  });

  it('are made of valid expressions only', () => {
    assert.throws(() => costOf('self.nope == 1'), CelCompileError);
  });

  it('grow with what is written, never beyond the largest amount', () => {
    const atom = fc.constantFrom('self.s', 'self.free', "'abc'", 'self.l[0]', "self.m['k']", 'self.l.join(self.s)');
    const operation = fc.constantFrom(" + 'x'", '.lowerAscii()', ".replace('a', self.s)", '.substring(1)');
    fc.assert(
      fc.property(atom, fc.array(operation, { maxLength: 8 }), operation, (start, operations, last) => {
        const shorter = costOf(`${start}${operations.join('')}`.replace(/^(.*)$/, '($1).size() > 1'));
        const longer = costOf(`(${`(${start}${operations.join('')})${last}`}).size() > 1`);
        assert.ok(longer >= shorter && longer <= MAX_AMOUNT);
      }),
    );
  });
});

describe('amounts', () => {
  it('stay at the largest one', () => {
    assert.equal(sum(MAX_AMOUNT, 1n), MAX_AMOUNT);
    assert.equal(product(MAX_AMOUNT, 2n), MAX_AMOUNT);
    assert.equal(product(MAX_AMOUNT, 0n), 0n);
    assert.equal(scaled(MAX_AMOUNT, 1), MAX_AMOUNT);
  });
  it('are rounded up', () => {
    assert.deepEqual(
      [0n, 1n, 10n, 11n].map((amount) => scaled(amount, 0.1)),
      [0n, 1n, 1n, 2n],
    );
  });
});

describe('shared paths', () => {
  it('change under those who hold one that was extended twice', () => {
    const list = SharedPath.extend(SharedPath.extend(SharedPath.of('self'), 'a'), '@items');
    const first = SharedPath.extend(list, 'f');
    const second = SharedPath.extend(list, 'g');
    assert.deepEqual(second.parts(), ['a', '@items', 'g']);
    assert.deepEqual(first.parts(), ['a', '@items', 'g']);
    assert.deepEqual(list.parts(), ['a', '@items']);
  });
});
