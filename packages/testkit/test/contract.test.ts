import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { contract } from '@weft/testkit';

interface Counter {
  add(n: number): number;
}

const counterContract = contract<Counter>('counter', [
  { name: 'starts at zero', run: (counter) => assert.equal(counter.add(0), 0) },
  { name: 'adds', run: (counter) => assert.equal(counter.add(2) + counter.add(3), 7) },
  { name: 'goes below zero', run: (counter) => assert.equal(counter.add(-1), -1) },
]);

function createCounter(floor: number): Counter {
  let sum = 0;
  return {
    add: (n) => {
      sum = Math.max(floor, sum + n);
      return sum;
    },
  };
}

counterContract({ name: 'signed', create: () => createCounter(Number.NEGATIVE_INFINITY) });
counterContract({
  name: 'unsigned',
  create: () => createCounter(0),
  skips: { 'goes below zero': 'an unsigned counter stops at zero' },
});

test('an implementation that breaks the contract fails, and so does a skip of an unknown case', () => {
  const file = join(import.meta.dirname, 'testdata', 'broken-contract.ts');
  const run = spawnSync(process.execPath, ['--test-reporter=tap', file], {
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  assert.equal(run.status, 1);
  assert.match(run.stdout, /not ok \d+ - skips only cases/);
  assert.match(run.stdout, /the contract has no case "no such case"/);
  assert.match(run.stdout, /not ok \d+ - answers 1/);
  assert.match(run.stdout, /# fail 2\n/);
});
