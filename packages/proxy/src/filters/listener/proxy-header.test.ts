import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SocketAddress } from '../../transport/socket-address.ts';
import { encodeProxyHeader } from '../../upstream/proxy-header-out.ts';
import { parseProxyHeader } from './proxy-header.ts';

const BOTH = { v1: true, v2: true };
const SIGNATURE = '0d0a0d0a000d0a515549540a';

function parse(bytes: Buffer, versions = BOTH) {
  return parseProxyHeader(bytes, bytes.length, versions);
}

function v1(text: string) {
  return parse(Buffer.from(text, 'latin1'));
}

function v2(hex: string) {
  return parse(Buffer.from(SIGNATURE + hex.replaceAll(' ', ''), 'hex'));
}

describe('parseProxyHeader', () => {
  it('reads what the other side of this proxy writes, and waits at every byte before', () => {
    const port = fc.nat(0xffff);
    const pair = fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6(), fc.ipV6()));
    fc.assert(
      fc.property(fc.constantFrom('v1' as const, 'v2' as const), pair, port, port, (version, [from, to], a, b) => {
        const source = new SocketAddress(from, a);
        const destination = new SocketAddress(to, b);
        const header = encodeProxyHeader(version, source, destination);
        const all = Buffer.concat([header, Buffer.from('GET /')]);
        const parsed = parse(all);
        assert.ok(parsed.kind === 'header', JSON.stringify(parsed));
        assert.equal(parsed.byteLength, header.length);
        assert.equal(parsed.version, version === 'v1' ? 1 : 2);
        if (parsed.addresses !== undefined) {
          assert.deepEqual(new SocketAddress(parsed.addresses.source.host, a).ip, source.ip);
          assert.deepEqual(new SocketAddress(parsed.addresses.destination.host, b).ip, destination.ip);
          assert.deepEqual([parsed.addresses.source.port, parsed.addresses.destination.port], [a, b]);
        }
        for (let end = 0; end < header.length; end++) {
          assert.equal(parseProxyHeader(header, end, BOTH).kind, 'incomplete', `after ${end} bytes`);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes headers that say nothing of the client', () => {
    for (const header of [
      v1('PROXY UNKNOWN\r\n'),
      v1('PROXY UNKNOWN a b c d\r\n'),
      v2('20 00 0000'),
      v2('20 11 0004 03 0001 aa'),
    ]) {
      assert.ok(header.kind === 'header');
      assert.equal(header.addresses, undefined);
    }
  });

  it('reads the values of version 2', () => {
    const header = v2('21 11 0017 0a000001 0a000002 1f90 0050 ea 0003 616263 05 0002 0102');
    assert.ok(header.kind === 'header');
    assert.deepEqual(header.addresses, {
      source: { host: '10.0.0.1', port: 8080 },
      destination: { host: '10.0.0.2', port: 80 },
    });
    assert.deepEqual(
      header.tlvs.map(({ type, value }) => [type, value.toString('hex')]),
      [
        [0xea, '616263'],
        [5, '0102'],
      ],
    );
  });

  it('refuses what only looks like one', () => {
    for (const text of [
      'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n',
      'PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n',
      'PROXY TCP4 ::1 ::1 1 2\r\n',
      'PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n',
      'PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n',
      'PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n',
      `PROXY TCP4 ${' '.repeat(120)}`,
    ]) {
      assert.equal(v1(text).kind, 'wrong', JSON.stringify(text));
    }
    assert.equal(v2('11 11 000c').kind, 'wrong', 'another version');
    assert.equal(v2('22 11 000c').kind, 'wrong', 'another command');
    assert.equal(v2('21 10 000c').kind, 'wrong', 'no transport');
    assert.equal(v2('21 31 00d8').kind, 'wrong', 'Unix sockets');
    assert.equal(v2('21 11 0004').kind, 'wrong', 'too short for its addresses');
    assert.equal(v2('21 11 000f 0a000001 0a000002 1f90 0050 ea 0003').kind, 'wrong', 'a value that is too long');
  });

  it('is not looked for in a version that is not wanted', () => {
    assert.equal(parse(Buffer.from('PROXY UNKNOWN\r\n'), { v1: false, v2: true }).kind, 'none');
    assert.equal(parse(Buffer.from(`${SIGNATURE}20000000`, 'hex'), { v1: true, v2: false }).kind, 'none');
    assert.equal(v1('PROXZ').kind, 'none');
    assert.equal(v1('\r\nGET').kind, 'none');
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.constantFrom('PROXY ', 'PROXY TCP4 ', ''), fc.string({ unit: 'binary-ascii' }), (start, text) => {
        v1(start + text);
        v1(`${start + text}\r\n`);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        parse(Buffer.concat([Buffer.from(SIGNATURE, 'hex'), Buffer.from(bytes)]));
      }),
      { numRuns: 2000 },
    );
  });
});
