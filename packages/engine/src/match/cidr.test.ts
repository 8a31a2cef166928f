import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { type Cidr, cidrContains, formatCidr, formatIp, parseCidr, parseIp } from './cidr.ts';
import { compileCidrSet, compileCidrTable } from './cidr-set.ts';

test('addresses are read as the platform reads them', () => {
  const noise = fc.string({ unit: fc.constantFrom('0', '1', 'f', 'F', ':', '.', '2', '5', '::'), maxLength: 16 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), noise), (text) => {
      assert.equal(parseIp(text) !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 3000 },
  );
});

test('an address survives being written and read', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text)!;
      assert.deepEqual(parseIp(formatIp(ip)), ip);
    }),
  );
  assert.equal(formatIp(parseIp('2001:0db8:0:0:1:0:0:0')!), '2001:db8:0:0:1::');
  assert.equal(formatIp(parseIp('::')!), '::');
  assert.equal(formatIp(parseIp('1::10:0:0:2')!), '1::10:0:0:2');
});

test('mapped addresses and ranges are IPv4', () => {
  assert.deepEqual(parseIp('::ffff:10.0.0.1'), parseIp('10.0.0.1'));
  assert.equal(formatCidr(unwrap(parseCidr('::ffff:10.1.2.3/104', 'ip'))), '10.0.0.0/8');
  assert.equal(parseCidr('::ffff:10.1.2.3/64', 'ip').kind, 'err');
});

test('mistakes name the value', () => {
  for (const text of ['10.0.0.0/33', 'x/8', '10.0.0.0/08', '::/129', '10.0.0.0/', '10.0.0.256']) {
    assert.equal(parseCidr(text, 'source_ip').kind, 'err', text);
  }
  assert.equal(formatCidr(unwrap(parseCidr('10.9.8.7/8', 'ip'))), '10.0.0.0/8');
});

const near4 = fc.integer({ min: 0, max: 63 }).map((n) => `10.0.${n >> 4}.${(n & 15) * 17}`);
const near6 = fc.integer({ min: 0, max: 63 }).map((n) => `fd00:${n >> 4}::${(n & 15).toString(16)}`);
const range = fc.oneof(
  fc.tuple(near4, fc.integer({ min: 0, max: 32 })),
  fc.tuple(near6, fc.integer({ min: 0, max: 128 })),
);

test('the table finds the most specific range, and the set agrees with the platform', () => {
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 20 }),
      fc.array(fc.oneof(near4, near6), { minLength: 5 }),
      (ranges, ips) => {
        const byText = new Map<string, Cidr>();
        const blocks = new BlockList();
        for (const [host, length] of ranges) {
          const cidr = unwrap(parseCidr(`${host}/${length}`, 'ip'));
          byText.set(formatCidr(cidr), cidr);
          blocks.addSubnet(host, length, host.includes(':') ? 'ipv6' : 'ipv4');
        }
        const cidrs = [...byText.values()];
        const table = unwrap(
          compileCidrTable(
            cidrs.map((cidr) => ({ cidr, value: cidr, owner: 'x' })),
            'ips',
          ),
        );
        const set = compileCidrSet(cidrs);
        for (const text of ips) {
          const ip = parseIp(text)!;
          const holding = cidrs.filter((cidr) => cidrContains(cidr, ip));
          holding.sort((a, b) => b.prefixLength - a.prefixLength);
          assert.equal(table.find(ip)?.value, holding[0]);
          const isInSameFamily = ranges.some(([host]) => host.includes(':') === text.includes(':'));
          if (isInSameFamily) assert.equal(set.contains(ip), holding.length > 0);
          if (holding.length > 0) assert.ok(blocks.check(text, ip.family === 4 ? 'ipv4' : 'ipv6'));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('the same range twice names both owners', () => {
  const cidr = unwrap(parseCidr('10.0.0.0/8', 'ip'));
  const result = compileCidrTable(
    [
      { cidr, value: 1, owner: 'a' },
      { cidr, value: 2, owner: 'b' },
    ],
    'chains',
  );
  assert.deepEqual(result.kind === 'err' && result.error, [
    { path: 'chains[1]', reason: 'range 10.0.0.0/8 of b is already used by a' },
  ]);
});
