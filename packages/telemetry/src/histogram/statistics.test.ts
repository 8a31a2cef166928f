import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exactNumber } from '../output/prometheus-names.ts';
import { bucketOf, lowerBound, widthOf } from './buckets.ts';
import { countsBelow, quantilesOf, sumOf } from './statistics.ts';

/** What Envoy 1.40 showed of requests that were delayed on purpose. */
interface RecordedHistogram {
  readonly totals: readonly (readonly [lower: number, width: number, count: number])[];
  readonly quantiles: readonly number[];
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly sum: string;
}

const recorded = JSON.parse(
  readFileSync(new URL('../testdata/envoy/histograms.json', import.meta.url), 'utf8'),
) as RecordedHistogram[];

for (const [i, { totals, quantiles, buckets, sum }] of recorded.entries()) {
  test(`histogram ${i + 1} of ${recorded.length} has the figures that Envoy gives it`, () => {
    const cells = totals.flatMap(([lower, , count]) => [bucketOf(Math.round(lower)), count]);
    for (const [at, [lower, width]] of totals.entries()) {
      assert.equal(lowerBound(cells[2 * at]!), lower);
      assert.equal(widthOf(cells[2 * at]!), width);
    }
    assert.deepEqual(quantilesOf(cells), quantiles);
    const bounds = buckets.map(([bound]) => bound);
    assert.deepEqual(
      countsBelow(cells, bounds),
      buckets.map(([, count]) => count),
    );
    assert.equal(exactNumber(sumOf(cells)), sum);
  });
}

test('no values have no quantiles', () => {
  assert.ok(quantilesOf([]).every(Number.isNaN));
  assert.equal(sumOf([]), 0);
});
