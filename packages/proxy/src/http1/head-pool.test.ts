import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';

describe('a pool of heads', () => {
  it('makes none for a load that it has seen: a thousand requests under way at once use the heads of the thousand before', () => {
    const pool = requestHeadPool(DEFAULT_HEAD_LIMITS);
    const first = Array.from({ length: 1000 }, () => pool.take());
    for (const head of first) pool.give(head);
    const known = new Set(first);
    const second = Array.from({ length: 1000 }, () => pool.take());
    assert.equal(second.filter((head) => !known.has(head)).length, 0);
  });

  it('keeps a bounded number, however many were under way', () => {
    const pool = requestHeadPool(DEFAULT_HEAD_LIMITS);
    const heads = Array.from({ length: 5000 }, () => pool.take());
    for (const head of heads) pool.give(head);
    assert.equal(pool.unusedCount, 2048);
  });

  it('takes no head back twice', () => {
    const pool = requestHeadPool(DEFAULT_HEAD_LIMITS);
    const head = pool.take();
    pool.give(head);
    assert.throws(() => pool.give(head), /bug: a head was released twice/);
  });
});
