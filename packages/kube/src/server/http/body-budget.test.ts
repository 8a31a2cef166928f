import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget } from './body-budget.ts';

test('gives out no more than there is, and takes back', () => {
  const budget = new BodyBudget(100);
  assert.ok(budget.take(60));
  assert.ok(!budget.take(41));
  assert.ok(budget.take(40));
  budget.release(60);
  assert.equal(budget.heldBytes, 40);
  assert.ok(budget.take(60));
});
