import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkNames, isDnsName } from './certificate-names.ts';

test('addresses are told as node tells them, but for zones', () => {
  const noise = fc.string({
    unit: fc.constantFrom('0', '1', '25', 'f', ':', '::', '.', '256', 'g', '%', '/', ']'),
    maxLength: 14,
  });
  fc.assert(
    fc.property(fc.oneof(noise, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      assert.equal(checkNames({ ipAddresses: [text] }).kind === 'ok', isIP(text) !== 0 && !text.includes('%'), text);
    }),
    { numRuns: 3_000 },
  );
});

test('DNS names have labels, one wildcard at the front, and a bounded length', () => {
  for (const name of ['a', 'a.b', '*.a', 'xn--a', '_http.a', 'A-1.b', 'a'.repeat(63)])
    assert.equal(isDnsName(name), true, name);
  for (const name of [
    '',
    '.',
    'a.',
    '.a',
    '*',
    'a.*',
    '**.a',
    '-a',
    'a-',
    'a b',
    'a\0b',
    'é',
    'a'.repeat(64),
    `${'a.'.repeat(130)}a`,
  ]) {
    assert.equal(isDnsName(name), false, name);
  }
});

test('too many names are refused', () => {
  const names = checkNames({ dnsNames: Array.from({ length: 101 }, (_, n) => `n${n}`) });
  assert.ok(names.kind === 'err' && /at most 100 names/.test(names.error.message));
});
