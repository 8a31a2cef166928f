import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Descriptor } from '../route/rate-limit/rate-limit.ts';
import { LocalLimiter } from './local-limiter.ts';
import { TokenBucket } from './token-bucket.ts';

const START_MS = 1_700_000_000_000;

describe('a token bucket', () => {
  it('is full at first and fills steadily', () => {
    const bucket = new TokenBucket({ maxTokens: 2, tokensPerFill: 1, fillIntervalMs: 3000 }, START_MS);
    assert.equal(bucket.remaining(START_MS), 2);
    assert.deepEqual(
      [1, 2, 3].map(() => bucket.consume(START_MS)),
      [true, true, false],
    );
    assert.equal(bucket.resetSeconds(START_MS), 3);
    assert.equal(bucket.consume(START_MS + 2999), false);
    assert.equal(bucket.consume(START_MS + 3000), true);
    assert.equal(bucket.consume(START_MS + 5999), false);
    assert.equal(bucket.remaining(START_MS + 1_000_000), 2);
    assert.equal(bucket.resetSeconds(START_MS + 1_000_000), 0);
  });

  it('neither gains nor loses by a clock that goes back', () => {
    const bucket = new TokenBucket({ maxTokens: 1, tokensPerFill: 1, fillIntervalMs: 100 }, START_MS);
    assert.equal(bucket.consume(START_MS), true);
    assert.equal(bucket.consume(START_MS - 1000), false);
    assert.equal(bucket.consume(START_MS + 99), false);
    assert.equal(bucket.consume(START_MS + 100), true);
  });

  it('never gives more than it had and what came since, over any schedule, and never keeps what is due', () => {
    const spec = fc.record({
      maxTokens: fc.integer({ min: 1, max: 50 }),
      tokensPerFill: fc.integer({ min: 1, max: 50 }),
      fillIntervalMs: fc.integer({ min: 50, max: 10_000 }),
    });
    const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(spec, waits, (given, schedule) => {
        const bucket = new TokenBucket(given, START_MS);
        const rate = given.tokensPerFill / given.fillIntervalMs;
        const grants: number[] = [];
        let nowMs = START_MS;
        for (const wait of schedule) {
          nowMs += wait;
          const before = bucket.remaining(nowMs);
          const isGranted = bucket.consume(nowMs);
          assert.equal(isGranted, before > 0);
          if (isGranted) grants.push(nowMs);
        }
        for (let from = 0; from < grants.length; from += 1) {
          for (let to = from; to < grants.length; to += 1) {
            const most = given.maxTokens + (grants[to]! - grants[from]!) * rate;
            assert.ok(to - from + 1 <= most + 1e-9, `${to - from + 1} tokens where ${most} may be given`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a limiter', () => {
  const hour = (maxTokens: number, tokensPerFill = maxTokens) => ({
    maxTokens,
    tokensPerFill,
    fillIntervalMs: 3_600_000,
  });
  const asked = (...entries: readonly (readonly [string, string])[]): Descriptor => ({
    entries: entries.map(([key, value]) => ({ key, value })),
    limit: undefined,
    hits: 1,
  });

  it('takes from the bucket of a descriptor and from the common one', () => {
    const limiter = new LocalLimiter(
      {
        bucket: hour(3),
        descriptors: [{ ...asked(['user', 'bob']), bucket: hour(1) }],
        alwaysTakesDefault: true,
        maxCombinations: 2,
      },
      0,
    );
    const bob = [asked(['user', 'bob'])];
    assert.deepEqual([limiter.check(bob, 0).isAllowed, limiter.check(bob, 0).isAllowed], [true, false]);
    const others = [1, 2, 3].map(() => limiter.check([asked(['user', 'eve'])], 0));
    assert.deepEqual(
      others.map(({ isAllowed }) => isAllowed),
      [true, true, false],
    );
    assert.equal(others[2]?.bucket?.spec.maxTokens, 3);
  });

  it('leaves the common bucket alone where it is told to', () => {
    const descriptors = [{ ...asked(['a', '1']), bucket: hour(2) }];
    const limiter = new LocalLimiter(
      { bucket: hour(1), descriptors, alwaysTakesDefault: false, maxCombinations: 2 },
      0,
    );
    const results = [1, 2, 3].map(() => limiter.check([asked(['a', '1'])], 0).isAllowed);
    assert.deepEqual(results, [true, true, false]);
    assert.equal(limiter.check([], 0).isAllowed, true);
    assert.equal(limiter.check([], 0).isAllowed, false);
  });

  it('takes as many tokens as a request counts, or none', () => {
    const descriptors = [{ ...asked(['a', '1']), bucket: hour(10) }];
    const limiter = new LocalLimiter(
      { bucket: undefined, descriptors, alwaysTakesDefault: true, maxCombinations: 2 },
      0,
    );
    const check = (hits: number) => limiter.check([{ ...asked(['a', '1']), hits }], 0);
    assert.deepEqual(
      [4, 7, 6, 0, 1].map((hits) => check(hits).isAllowed),
      [true, false, true, true, false],
    );
  });

  it('has a bucket for each combination of the values that a descriptor leaves open, and remembers so many of them', () => {
    const descriptors = [
      { ...asked(['path', '/a'], ['user', '']), bucket: hour(1) },
      { ...asked(['path', '/a'], ['user', 'root']), bucket: hour(3) },
    ];
    const limiter = new LocalLimiter(
      { bucket: undefined, descriptors, alwaysTakesDefault: true, maxCombinations: 2 },
      0,
    );
    const check = (user: string) => limiter.check([asked(['path', '/a'], ['user', user])], 0).isAllowed;
    assert.deepEqual([check('bob'), check('bob'), check('eve'), check('eve')], [true, false, true, false]);
    assert.deepEqual([check('root'), check('root'), check('root'), check('root')], [true, true, true, false]);
    // The last that came stays: of three, the one that has not come for longest is forgotten.
    assert.deepEqual([check('bob'), check('mallory'), check('bob'), check('eve')], [false, true, false, true]);
    assert.equal(limiter.check([asked(['path', '/b'], ['user', 'bob'])], 0).bucket, undefined);
    assert.equal(limiter.check([asked(['path', '/a'])], 0).bucket, undefined);
  });

  it('asks the slowest of several buckets first', () => {
    const descriptors = [
      { ...asked(['a', '1']), bucket: hour(5) },
      { ...asked(['a', '1'], ['b', '2']), bucket: hour(1) },
    ];
    const limiter = new LocalLimiter(
      { bucket: undefined, descriptors, alwaysTakesDefault: true, maxCombinations: 2 },
      0,
    );
    const both = [asked(['a', '1']), asked(['a', '1'], ['b', '2'])];
    assert.equal(limiter.check(both, 0).isAllowed, true);
    const second = limiter.check(both, 0);
    assert.deepEqual([second.isAllowed, second.bucket?.spec.maxTokens], [false, 1]);
    assert.equal(limiter.check([asked(['a', '1'])], 0).bucket?.remaining(0), 3);
    assert.deepEqual(limiter.check([asked(['b', '2'])], 0), { isAllowed: true, bucket: undefined });
  });
});
