import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityToMilli,
  quantityToNumber,
  roundUpToMilli,
  subtractQuantities,
} from './quantity.ts';

describe('canonical form', () => {
  // What `kubectl get` shows for each amount on a real cluster.
  const cases: readonly (readonly [string, string])[] = [
    ['0', '0'],
    ['0Mi', '0'],
    ['-0', '0'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+3', '3'],
    ['1500m', '1500m'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1Ki', '1Ki'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1.3Ki', '1331200m'],
    ['1024', '1024'],
    ['1000', '1k'],
    ['1000k', '1M'],
    ['12345678', '12345678'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1E', '1E'],
    ['12e6', '12e6'],
    ['100e-3', '100e-3'],
    ['1e-3', '1e-3'],
    ['-250m', '-250m'],
    ['10E', '10E'],
    ['8Ei', '9223372036854775807'],
    ['7Ei', '7Ei'],
    ['9999999999999999999', '9223372036854775807'],
    ['000001', '1'],
  ];
  for (const [given, wanted] of cases) {
    test(`${given} is ${wanted}`, () => assert.equal(canonicalQuantity(given), wanted));
  }
});

test('texts that are no quantity are recognised', () => {
  for (const text of [
    '',
    ' ',
    '.',
    '1 Gi',
    '1GiB',
    '1K',
    '1gi',
    'Gi',
    '1.2.3',
    '1e',
    '--1',
    '1mi',
    '0x10',
    '1e1.5',
    'Infinity',
  ]) {
    assert.equal(parseQuantity(text), undefined, text);
  }
});

test('a hostile exponent costs nothing', () => {
  assert.ok(parseQuantity('1e999999999') !== undefined);
  assert.equal(canonicalQuantity('1e-999999999'), '1e-9');
});

test('amounts are compared and computed exactly', () => {
  const q = (text: string) => parseQuantity(text)!;
  assert.equal(compareQuantities(q('1'), q('1000m')), 0);
  assert.ok(compareQuantities(q('1Gi'), q('1G')) > 0);
  assert.ok(compareQuantities(q('-1'), q('0')) < 0);
  assert.equal(formatQuantity(addQuantities(q('1Gi'), q('512Mi'))), '1536Mi');
  assert.equal(formatQuantity(addQuantities(q('0'), q('512Mi'))), '512Mi');
  assert.equal(formatQuantity(subtractQuantities(q('1'), q('250m'))), '750m');
  assert.equal(quantityToNumber(q('1.5')), 2);
  assert.equal(quantityToMilli(q('100u')), 1);
  assert.equal(formatQuantity(roundUpToMilli(q('1100u'))), '2m');
  assert.equal(formatQuantity(roundUpToMilli(q('-1100u'))), '-2m');
});

const suffixes = fc.constantFrom(
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'E',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'Pi',
  'e3',
  'E-2',
  'e+6',
);
const quantities = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.bigInt({ min: 0n, max: 10n ** 14n }), fc.option(fc.nat(999_999)), suffixes)
  .map(([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${suffix}`);

const LARGEST = parseQuantity('9223372036854775807')!;
const LARGEST_NEGATIVE = parseQuantity('-9223372036854775807')!;

test('the canonical form means the same amount and is canonical itself', () => {
  fc.assert(
    fc.property(quantities, (text) => {
      const parsed = parseQuantity(text)!;
      // Larger amounts, of either sign, are kept when written with few digits, and cut when written with many.
      fc.pre(compareQuantities(parsed, LARGEST) <= 0 && compareQuantities(parsed, LARGEST_NEGATIVE) >= 0);
      const canonical = formatQuantity(parsed);
      const again = parseQuantity(canonical)!;
      assert.equal(again.nanos, parsed.nanos);
      assert.equal(formatQuantity(again), canonical);
      assert.doesNotMatch(canonical, /\./);
    }),
  );
});

test('every accepted text matches the expression that Kubernetes names in its message', () => {
  fc.assert(
    fc.property(fc.oneof(quantities, fc.string({ maxLength: 8 })), (text) => {
      if (parseQuantity(text) !== undefined) assert.match(text, /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/);
    }),
  );
});

test('comparison is a total order that agrees with subtraction', () => {
  fc.assert(
    fc.property(quantities, quantities, (a, b) => {
      const [x, y] = [parseQuantity(a)!, parseQuantity(b)!];
      assert.equal(Math.sign(compareQuantities(x, y)) + Math.sign(compareQuantities(y, x)), 0);
      const difference = subtractQuantities(x, y).nanos;
      assert.equal(Math.sign(compareQuantities(x, y)), difference < 0n ? -1 : difference > 0n ? 1 : 0);
    }),
  );
});
