import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { Backoff, type BackoffPolicy, initialBackoff, nextBackoff } from './backoff.ts';
import { seededRandom } from './random.ts';

const policy: BackoffPolicy = { baseMs: 100, maxMs: 2_000, jitter: 'none' };

test('without jitter waits double up to the cap', () => {
  const backoff = new Backoff(policy, new FakeClock(), seededRandom(1));
  assert.deepEqual(
    Array.from({ length: 6 }, () => backoff.next()),
    [100, 200, 400, 800, 1_600, 2_000],
  );
  assert.equal(backoff.attempt, 6);
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test('a success that lasted long enough starts over, a short one does not', () => {
  const clock = new FakeClock();
  const backoff = new Backoff({ ...policy, resetAfterMs: 1_000 }, clock, seededRandom(1));
  clock.advance(backoff.next() + 999);
  assert.equal(backoff.next(), 200);
  clock.advance(200 + 1_000);
  assert.equal(backoff.next(), 100);
});

test('every wait stays within its bounds however often and with whatever chance it fails', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('full', 'decorrelated', 'none' as const),
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer(),
      (jitter, baseMs, extraMs, seed) => {
        const bounds: BackoffPolicy = { baseMs, maxMs: baseMs + extraMs, jitter };
        const random = seededRandom(seed);
        let state = initialBackoff;
        for (let nowMs = 0; state.attempt < 100; nowMs += 10) {
          const next = nextBackoff(bounds, state, { nowMs, random });
          assert.ok(next.delayMs <= bounds.maxMs);
          assert.ok(next.delayMs >= (jitter === 'full' ? 0 : baseMs));
          if (jitter === 'full') assert.ok(next.delayMs <= baseMs * 2 ** state.attempt);
          state = next.state;
        }
      },
    ),
  );
});

test('jitter spreads clients that fail together', () => {
  for (const jitter of ['full', 'decorrelated'] as const) {
    const waits = Array.from({ length: 100 }, (_, seed) => {
      const backoff = new Backoff({ ...policy, jitter }, new FakeClock(), seededRandom(seed));
      backoff.next();
      return Math.round(backoff.next());
    });
    assert.ok(new Set(waits).size > 50, jitter);
  }
});

test('a range that is none is refused', () => {
  for (const [baseMs, maxMs] of [
    [0, 1],
    [10, 5],
    [1, Number.POSITIVE_INFINITY],
  ] as const) {
    assert.throws(
      () => new Backoff({ baseMs, maxMs, jitter: 'full' }, new FakeClock(), seededRandom(1)),
      /not a range/,
    );
  }
});
