import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CelCompileError, CelError } from './errors.ts';
import { parseCel } from './parse.ts';
import { compileCelTree, dynVariables } from './program.ts';
import type { CelNode } from './syntax/tree.ts';
import { CelLookup } from './values.ts';

const variables = dynVariables('x', 'lookup');
const lookup = new CelLookup((key) => (key === 'known' ? 1n : undefined));
const run = (tree: CelNode) => compileCelTree(tree, { variables }).evaluate({ x: [1, 2, 3], lookup });

/** `x.exists(e, predicate)` as a parser expands it. */
function exists(predicate: string): CelNode {
  return {
    op: 'fold',
    pos: 0,
    args: {
      range: parseCel('x'),
      element: 'e',
      accumulator: 'found',
      start: parseCel('false'),
      condition: parseCel('!found'),
      isLenient: true,
      step: parseCel(`found || ${predicate}`),
      result: parseCel('found'),
    },
  };
}

describe('trees that were made elsewhere', () => {
  it('mean what they mean as texts', () => {
    assert.equal(run(parseCel('x[0] + x[1] == 3')), true);
    assert.throws(() => run(parseCel('y')), CelCompileError);
  });

  it('may have loops that are expanded', () => {
    assert.equal(run(exists('e == 2')), true);
    assert.equal(run(exists('e == 4')), false);
  });

  it('keep the error of a step until it matters', () => {
    assert.equal(run(exists('1 / (e - 1) == 1')), true);
    assert.throws(() => run(exists('1 / (e - 1) == 5')), CelError);
  });
});

describe('a map that is looked up', () => {
  it('has what is found, and cannot be listed', () => {
    assert.equal(run(parseCel('lookup.known == 1 && !has(lookup.other) && !("other" in lookup)')), true);
    assert.throws(() => run(parseCel('lookup.other')), /no such key: other/);
    assert.throws(() => run(parseCel('size(lookup)')), /cannot be counted/);
    assert.throws(() => run(parseCel('lookup.exists(k, true)')), /cannot be listed/);
  });
});
