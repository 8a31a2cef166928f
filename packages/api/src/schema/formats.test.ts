import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFormat, isKnownFormat } from './formats.ts';

const GOOD: Record<string, string[]> = {
  'date-time': ['2026-01-31T10:00:00Z', '2026-01-31t10:00:00.123456+02:00', '2024-02-29T00:00:00-00:00'],
  date: ['2026-01-31'],
  byte: ['', 'YQ==', 'YWJj'],
  uuid: ['123e4567-e89b-42d3-a456-426614174000'],
  uuid4: ['123e4567-e89b-42d3-a456-426614174000'],
  uri: ['https://a.example/x?y#z', '/path', 'spiffe://td/ns/x'],
  email: ['a.b+c@example.com'],
  hostname: ['a.example', 'localhost', 'a_b.example.'],
  duration: ['0', '1h30m', '.5s', '-3ms', '5 days', '100us'],
  ipv4: ['0.0.0.0', '255.255.255.255'],
  ipv6: ['::', '::1', 'fe80::1', '::ffff:1.2.3.4'],
  cidr: ['10.0.0.0/8', '::/0', '2001:db8::/32'],
  mac: ['00:1A:2b:3c:4d:5e', '00-1a-2b-3c-4d-5e'],
  hexcolor: ['#fff', 'A0b1C2'],
  rgbcolor: ['rgb(1, 2,255)'],
  'k8s-short-name': ['a', 'a-b0'],
  'k8s-long-name': ['a.b-c.d'],
  'nobody-knows': ['anything'],
};
const BAD: Record<string, string[]> = {
  'date-time': ['2026-02-30T10:00:00Z', '2026-01-31 10:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31T10:00:00', ''],
  date: ['2026-13-01', '2026-02-30'],
  byte: ['a', 'YQ=', 'Y Q='],
  uuid: ['123', 'z23e4567-e89b-42d3-a456-426614174000'],
  uuid4: ['123e4567-e89b-12d3-a456-426614174000'],
  uri: ['no spaces here', ''],
  email: ['a', 'a@', '@b'],
  hostname: ['-a.example', 'a..b', ''],
  duration: ['', '1', '1x', 'h', '1h 30m'],
  ipv4: ['1.2.3', '256.1.1.1', '01.2.3.4', '1.2.3.4 '],
  ipv6: ['1.2.3.4', '::1]/[', ':::', 'fe80::1%eth0', '::1]:80/x['],
  cidr: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/08'],
  mac: ['00:1A-2b:3c:4d:5e', '00:1A:2b'],
  hexcolor: ['#ff', 'ggg'],
  rgbcolor: ['rgb(1,2,256)'],
  'k8s-short-name': ['A', '-a', ''],
  'k8s-long-name': ['a..b', 'A.b'],
};

describe('checkFormat', () => {
  for (const [format, texts] of Object.entries(GOOD)) {
    it(`accepts ${format}`, () => {
      for (const text of texts) assert.equal(checkFormat(format, text), undefined, text);
    });
  }
  for (const [format, texts] of Object.entries(BAD)) {
    it(`refuses what is not ${format}`, () => {
      for (const text of texts)
        assert.equal(checkFormat(format, text), `must be of type ${format}: ${JSON.stringify(text)}`);
    });
  }
  it('knows which formats are checked or only notes', () => {
    assert.deepEqual(['ipv4', 'int32', 'nope', 'toString'].map(isKnownFormat), [true, true, false, false]);
  });
});
