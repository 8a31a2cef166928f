import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationJson, fractionOfPercent } from './values.ts';

test('durations of users become seconds', () => {
  const table: readonly [string, string | undefined][] = [
    ['10s', '10s'],
    ['1h30m', '5400s'],
    ['250ms', '0.25s'],
    ['1.5s', '1.5s'],
    ['0', '0s'],
    ['1ns', '0.000000001s'],
    ['-1500ms', '-1.5s'],
    ['soon', undefined],
  ];
  for (const [text, expected] of table) assert.equal(durationJson(text), expected, text);
});

test('shares keep four digits behind the point', () => {
  assert.deepEqual(fractionOfPercent(0.1), { numerator: 1000, denominator: 'MILLION' });
  assert.deepEqual(fractionOfPercent(33.3333), { numerator: 333_333, denominator: 'MILLION' });
});
