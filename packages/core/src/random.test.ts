import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Random, seededRandom, systemRandom } from './random.ts';

test('a seed repeats its numbers, another seed gives others', () => {
  const draw = (seed: number | string) => {
    const random = seededRandom(seed);
    return [random.next(), random.int(1_000_000), [...random.bytes(5)]];
  };
  assert.deepEqual(draw(7), draw(7));
  assert.deepEqual(draw('7'), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test('numbers stay within their bounds whatever the seed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, max) => {
      const random = seededRandom(seed);
      const value = random.int(max);
      assert.ok(Number.isInteger(value) && value >= 0 && value < max);
      const fraction = random.next();
      assert.ok(fraction >= 0 && fraction < 1);
    }),
  );
});

/** The 99.9 % point of chi-squared with 9 degrees of freedom. */
const CHI_SQUARED_LIMIT = 27.88;

function chiSquared(random: Random): number {
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 20_000; draw += 1) counts[random.int(10)]! += 1;
  return counts.reduce((sum, count) => sum + (count - 2_000) ** 2 / 2_000, 0);
}

test('whole numbers are spread evenly', () => {
  for (const seed of [0, 1, 2, 'a', 'b']) assert.ok(chiSquared(seededRandom(seed)) < CHI_SQUARED_LIMIT);
});

test('the system source fills any size and differs between calls', () => {
  assert.equal(systemRandom.bytes(200_000).length, 200_000);
  assert.ok(
    systemRandom
      .bytes(200_000)
      .subarray(-64)
      .some((byte) => byte !== 0),
  );
  assert.notDeepEqual(systemRandom.bytes(16), systemRandom.bytes(16));
  const seen = new Set(Array.from({ length: 3_000 }, () => systemRandom.next()));
  assert.equal(seen.size, 3_000);
});

test('bounds that make no sense are refused', () => {
  for (const max of [0, -1, 1.5, Number.NaN, 2 ** 53 + 2]) assert.throws(() => systemRandom.int(max), /random bound/);
  for (const count of [-1, 0.5, Number.NaN]) assert.throws(() => systemRandom.bytes(count), /byte count/);
});
