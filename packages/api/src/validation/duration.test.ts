import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationNs } from './duration.ts';

test('durations are sums of counts with units', () => {
  assert.equal(durationNs('10s'), 10e9);
  assert.equal(durationNs('1h30m'), 5400e9);
  assert.equal(durationNs('1.5ms'), 1.5e6);
  assert.equal(durationNs('-2us'), -2000);
  assert.equal(durationNs('0'), 0);
});

test('anything else is no duration', () => {
  for (const text of ['', '10', 's', '10 s', '1d', '1e3s', '--1s', '1s '.repeat(40)]) {
    assert.equal(durationNs(text), undefined, text);
  }
});
