import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, formatDurationMs, parseDuration, parseDurationMs } from './duration.ts';
import { unwrap } from './result.ts';

const S = 1_000_000_000n;
const MAX = 2n ** 63n;

test('durations of Go are read exactly', () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['0s', 0n],
    ['+0', 0n],
    ['-0', 0n],
    ['5s', 5n * S],
    ['30s', 30n * S],
    ['1478s', 1478n * S],
    ['-5s', -5n * S],
    ['+5s', 5n * S],
    ['5.0s', 5n * S],
    ['5.6s', 5_600_000_000n],
    ['5.s', 5n * S],
    ['.5s', 500_000_000n],
    ['1.0040s', 1_004_000_000n],
    ['100.00100s', 100_001_000_000n],
    ['10ns', 10n],
    ['11us', 11_000n],
    ['12\u00b5s', 12_000n],
    ['12\u03bcs', 12_000n],
    ['13ms', 13_000_000n],
    ['14s', 14n * S],
    ['15m', 900n * S],
    ['16h', 57_600n * S],
    ['3h30m', 12_600n * S],
    ['10.5s4m', 250_500_000_000n],
    ['-2m3.4s', -123_400_000_000n],
    ['1h2m3s4ms5us6ns', 3_723_004_005_006n],
    ['52763797000ns', 52_763_797_000n],
    ['0.3333333333333333333h', 1_200n * S],
    ['9007199254740993ns', 9_007_199_254_740_993n],
    ['9223372036854775807ns', MAX - 1n],
    ['-9223372036854775808ns', -MAX],
    ['-9223372036854775.808us', -MAX],
    ['0.100000000000000000000h', 360n * S],
    ['0.830103483285477580700h', 2_988_372_539_827n],
    ['1h30m', 5_400n * S],
    ['300ms', 300_000_000n],
  ];
  for (const [text, ns] of cases) assert.equal(unwrap(parseDuration(text)), ns, text);
});

test('what is none is refused in the words of Go', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'time: invalid duration ""'],
    ['3', 'time: missing unit in duration "3"'],
    ['5', 'time: missing unit in duration "5"'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.', 'time: invalid duration "."'],
    ['-.', 'time: invalid duration "-."'],
    ['.s', 'time: invalid duration ".s"'],
    ['+.s', 'time: invalid duration "+.s"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['abc', 'time: invalid duration "abc"'],
    ['1h 30m', 'time: unknown unit "h " in duration "1h 30m"'],
    ['\u0085\u0085', 'time: invalid duration "\\xc2\\x85\\xc2\\x85"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['-9223372036854775809ns', 'time: invalid duration "-9223372036854775809ns"'],
    ['9223372036854.775808s', 'time: invalid duration "9223372036854.775808s"'],
    ['1s"', 'time: unknown unit "s\\"" in duration "1s\\""'],
  ];
  for (const [text, message] of cases) {
    const result = parseDuration(text);
    assert.ok(result.kind === 'err', text);
    assert.equal(result.error.message, message);
    assert.equal(result.error.code, 'MESH_DURATION');
  }
  assert.equal(parseDuration('9'.repeat(1_000_000)).kind, 'err');
});

test('durations are written as Go writes them', () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, '0s'],
    [1n, '1ns'],
    [1_100n, '1.1\u00b5s'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [245n * S, '4m5s'],
    [245_001_000_000n, '4m5.001s'],
    [18_367_001_000_000n, '5h6m7.001s'],
    [480_000_000_001n, '8m0.000000001s'],
    [3_600n * S, '1h0m0s'],
    [5_400n * S, '1h30m0s'],
    [-S, '-1s'],
    [MAX - 1n, '2562047h47m16.854775807s'],
    [-MAX, '-2562047h47m16.854775808s'],
  ];
  for (const [ns, text] of cases) assert.equal(formatDuration(ns), text);
  assert.equal(formatDurationMs(1_500), '1.5s');
});

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -MAX, max: MAX - 1n }), (ns) =>
      assert.equal(unwrap(parseDuration(formatDuration(ns))), ns),
    ),
  );
});

test('any text is answered without an exception', () => {
  const noise = fc.string({
    unit: fc.constantFrom('1', '0', '.', '-', '+', 'h', 'm', 's', 'n', 'u', '\u00b5', ' ', 'e'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.oneof(noise, fc.string()), (text) => void parseDuration(text)),
    { numRuns: 1_000 },
  );
});

test('milliseconds are rounded away from zero, so that a short time never becomes none', () => {
  assert.deepEqual(
    ['1ns', '1ms', '1.5ms', '-1ns', '0s', '2h'].map((text) => unwrap(parseDurationMs(text))),
    [1, 1, 2, -1, 0, 7_200_000],
  );
});
