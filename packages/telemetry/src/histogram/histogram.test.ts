import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUCKET_COUNT, bucketOf, lowerBound, widthOf } from './buckets.ts';
import { type Cells, countOf, mergeCells } from './cells.ts';
import { Histogram, PERCENT_SCALE } from './histogram.ts';
import { countsBelow, countsBetween, DEFAULT_BUCKETS, QUANTILES, quantilesOf, sumOf } from './statistics.ts';

const value = fc.oneof(
  fc.nat(20),
  fc.nat(2000),
  fc.maxSafeNat(),
  fc.integer({ min: 0, max: 17 }).map((exponent) => 10 ** exponent),
);
const values = fc.array(value, { minLength: 1, maxLength: 300 });

/** Records everything in one interval. */
function cellsOf(recorded: readonly number[]): Cells {
  const histogram = new Histogram([]);
  for (const each of recorded) histogram.record(each);
  histogram.flush();
  return histogram.cumulative;
}

test('a whole number is in the bucket of its first two digits', () => {
  fc.assert(
    fc.property(value, (number) => {
      const digits = String(number).padEnd(2, '0').slice(0, 2);
      const decade = String(number).length - 1;
      const expected = number === 0 ? 0 : 1 + 90 * decade + Number(digits) - 10;
      assert.equal(bucketOf(number), expected);
      assert.ok(lowerBound(expected) <= number * (1 + 1e-15));
      assert.ok(number === 0 || number < (lowerBound(expected) + widthOf(expected)) * (1 + 1e-15));
    }),
  );
});

test('what is no proper value has a bucket all the same', () => {
  assert.equal(bucketOf(-5), 0);
  assert.equal(bucketOf(Number.NaN), 0);
  assert.equal(bucketOf(0.99), 0);
  assert.equal(bucketOf(12.99), bucketOf(12));
  assert.equal(bucketOf(Number.POSITIVE_INFINITY), BUCKET_COUNT - 1);
  assert.equal(bucketOf(1e300), BUCKET_COUNT - 1);
});

test('quantiles are off by no more than the width of a bucket', () => {
  fc.assert(
    fc.property(values, (recorded) => {
      const sorted = recorded.toSorted((a, b) => a - b);
      const quantiles = quantilesOf(cellsOf(recorded));
      for (const [i, quantile] of QUANTILES.entries()) {
        const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1]!;
        const width = widthOf(bucketOf(exact));
        assert.ok(Math.abs(quantiles[i]! - exact) <= width, `P${100 * quantile}: ${quantiles[i]} for ${exact}`);
      }
    }),
  );
});

test('the sum is off by no more than 5 % and counts for bounds by no more than the bucket of the bound', () => {
  fc.assert(
    fc.property(values, (recorded) => {
      const cells = cellsOf(recorded);
      const sum = recorded.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sumOf(cells) - sum) <= sum * 0.05);
      for (const [i, count] of countsBelow(cells, DEFAULT_BUCKETS).entries()) {
        const bound = DEFAULT_BUCKETS[i]!;
        const upper = bound + widthOf(bucketOf(bound));
        assert.ok(count >= recorded.filter((each) => each <= bound).length);
        assert.ok(count <= recorded.filter((each) => each <= upper).length);
      }
      assert.equal(
        countsBetween(cells, [...DEFAULT_BUCKETS, 1e20]).reduce((a, b) => a + b, 0),
        recorded.length,
      );
    }),
  );
});

test('nothing is lost or invented, however the values are spread over intervals', () => {
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 60 }), { maxLength: 6 }), (intervals) => {
      const histogram = new Histogram([]);
      for (const recorded of intervals) {
        for (const each of recorded) histogram.record(each);
        assert.equal(histogram.flush(), recorded.length > 0);
        assert.deepEqual(histogram.interval, referenceCells(recorded));
      }
      assert.deepEqual(histogram.cumulative, referenceCells(intervals.flat()));
    }),
  );
});

function referenceCells(recorded: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const each of recorded) counts.set(bucketOf(each), (counts.get(bucketOf(each)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).flat();
}

test('adding up is associative and commutative', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [x, y, z] = [cellsOf(a), cellsOf(b), cellsOf(c)] as const;
      assert.deepEqual(mergeCells(mergeCells(x, y), z), mergeCells(x, mergeCells(y, z)));
      assert.deepEqual(mergeCells(x, y), mergeCells(y, x));
      assert.equal(countOf(mergeCells(x, y)), a.length + b.length);
    }),
  );
});

test('a histogram reports for flushing once, and again when values come after an empty interval', () => {
  const queue: Histogram[] = [];
  const histogram = new Histogram(queue);
  histogram.record(1);
  histogram.record(2);
  assert.equal(queue.length, 1);
  assert.equal(histogram.flush(), true);
  assert.equal(histogram.flush(), false);
  assert.deepEqual(histogram.interval, []);
  assert.equal(queue.length, 1);
  histogram.record(3);
  assert.equal(queue.length, 2);
});

test('fractions are recorded in millionths', () => {
  const histogram = new Histogram([]);
  histogram.recordFraction(0.25);
  histogram.flush();
  assert.deepEqual(quantilesOf(histogram.cumulative, PERCENT_SCALE)[0], 0.255);
});
