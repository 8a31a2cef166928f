import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@weft/testkit';
import { TokenBucket } from './token-bucket.ts';

describe('TokenBucket', () => {
  it('lets a burst through, then what the rate allows, and saves no more than a burst', () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ maxTokens: 2, fillRatePerSecond: 4 }, clock);
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
    assert.equal(bucket.waitMs(), 250);
    clock.advance(250);
    assert.deepEqual([bucket.waitMs(), bucket.take(), bucket.take()], [0, true, false]);
    clock.advance(60_000);
    assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [true, true, false]);
  });
});
