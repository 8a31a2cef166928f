import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazy, list, map, object, string } from './build.ts';
import { hasRules } from './has-rules.ts';
import type { Schema } from './schema.ts';

const ruled = string('x', { rules: [{ message: 'm', check: () => true, cel: 'true' }] });

test('rules are found at any depth', () => {
  assert.equal(hasRules(ruled), true);
  assert.equal(hasRules(object('x', { a: object('x', { b: list('x', map('x', ruled)) }) })), true);
  assert.equal(hasRules(object('x', { a: string('x') })), false);
});

test('rules that no definition shows do not count', () => {
  assert.equal(hasRules(string('x', { rules: [{ message: 'm', check: () => true }] })), false);
});

test('a schema that contains itself is looked at once', () => {
  interface Tree {
    children?: Tree[];
  }
  const tree: Schema<Tree> = object('x', {
    children: list(
      'x',
      lazy<Tree>('Tree', 'x', () => tree),
    ),
  });
  assert.equal(hasRules(tree), false);
});
