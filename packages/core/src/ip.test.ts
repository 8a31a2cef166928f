import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipFamily, isCidr, isIp } from './ip.ts';

test('addresses are told by family', () => {
  assert.equal(ipFamily('10.1.2.3'), 4);
  assert.equal(ipFamily('::1'), 6);
  assert.equal(ipFamily('2001:db8::a:b'), 6);
  assert.equal(ipFamily('::ffff:10.1.2.3'), 6);
});

test('look-alikes are no addresses', () => {
  for (const text of [
    '',
    '10.1.2',
    '010.1.2.3',
    '10.1.2.256',
    '1::2::3',
    ':1',
    '1:2:3:4:5:6:7',
    'fe80::1%eth0',
    'a.b.c.d',
  ]) {
    assert.equal(isIp(text), false, text);
  }
});

test('ranges need a prefix length that the family has', () => {
  for (const text of ['10.0.0.0/8', '10.1.2.3/32', '::/0', '2001:db8::/128']) assert.ok(isCidr(text), text);
  for (const text of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/', '/8', 'x/8']) {
    assert.equal(isCidr(text), false, text);
  }
});

test('agrees with the platform on random text', () => {
  const piece = fc.constantFrom('::', ':', '.', '0', '1', 'ff', '255', '256', 'fffff', '01', 'g');
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (t) => isIp(t) === (isIP(t) !== 0)),
    { numRuns: 2000 },
  );
});
