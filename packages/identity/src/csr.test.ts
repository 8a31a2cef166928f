import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { isMeshError, unwrap } from '@weft/core';
import fc from 'fast-check';
import { checkRequestedNames, createCsr, parseCsr } from './csr.ts';
import { DER_TAG, DerReader } from './der.ts';
import { generateKeyPair, samePublicKey } from './keys.ts';

const ID = 'spiffe://cluster.local/ns/shop/sa/cart';

test('a request goes through PEM and DER and keeps its names and key', async () => {
  for (const kind of ['P-256', 'RSA'] as const) {
    const keys = generateKeyPair(kind);
    const names = {
      commonName: 'cart',
      organizations: ['shop'],
      spiffeId: ID,
      dnsNames: ['a.b'],
      ipAddresses: ['10.0.0.1'],
    };
    const pem = unwrap(createCsr(keys, names));
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    for (const input of [pem, der]) {
      const request = unwrap(parseCsr(input));
      assert.ok(samePublicKey(request.publicKey, keys.publicKey));
      assert.deepEqual([request.commonName, request.organizations], ['cart', ['shop']]);
      assert.deepEqual([request.uris, request.dnsNames, request.ipAddresses], [[ID], ['a.b'], ['10.0.0.1']]);
    }
  }
});

test('asking for names that were not attested is refused, asking for fewer is fine', async () => {
  const keys = generateKeyPair();
  const request = unwrap(parseCsr(unwrap(createCsr(keys, { spiffeId: ID, dnsNames: ['cart'] }))));
  assert.equal(checkRequestedNames(request, { uris: [ID, 'x'], dnsNames: ['cart', 'shop'] }).kind, 'ok');
  const refused = checkRequestedNames(request, { uris: [`${ID}2`], dnsNames: ['cart'] });
  assert.ok(refused.kind === 'err' && refused.error.message.includes(ID));
  assert.equal(checkRequestedNames(request, { uris: [ID] }).kind, 'err');
  const bare = unwrap(parseCsr(unwrap(createCsr(keys, {}))));
  assert.equal(checkRequestedNames(bare, {}).kind, 'ok');
});

test('a request that somebody changed does not pass', async () => {
  const pem = unwrap(createCsr(generateKeyPair(), { spiffeId: ID }));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const at = der.indexOf('cart');
  der.write('carx', at);
  const refused = parseCsr(der);
  assert.ok(refused.kind === 'err' && /not signed with its own key/.test(refused.error.message));
});

test('another encoding of the same request is refused, so that every request has one', async () => {
  const pem = unwrap(createCsr(generateKeyPair('RSA'), { spiffeId: ID }));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const body = der.subarray(4);
  assert.equal(parseCsr(der).kind, 'ok');
  const longLength = Buffer.concat([Buffer.from([0x30, 0x83, 0x00]), der.subarray(2, 4), body]);
  const indefinite = Buffer.concat([Buffer.from([0x30, 0x80]), body, Buffer.from([0, 0])]);
  const trailing = Buffer.concat([der, Buffer.from([0])]);
  for (const other of [longLength, indefinite, trailing]) assert.equal(parseCsr(other).kind, 'err');
});

test('another encoding of the same signature is refused', async () => {
  const pem = unwrap(createCsr(generateKeyPair(), { spiffeId: ID }));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const parts = new DerReader(der).enter(DER_TAG.sequence);
  for (const tag of [DER_TAG.sequence, DER_TAG.sequence]) parts.read(tag);
  // Behind the count of unused bits: the tag and the length of the two numbers.
  const length = parts.read(DER_TAG.bitString).start + 2;
  for (const other of [0x24, der[length]! - 1]) {
    const copy = Buffer.from(der);
    copy[length] = other;
    const refused = parseCsr(copy);
    assert.ok(refused.kind === 'err' && refused.error.code === 'MESH_CSR');
  }
});

test('what stands around the signed part has one form too', async () => {
  const pem = unwrap(createCsr(generateKeyPair(), { spiffeId: ID }));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const parts = new DerReader(der).enter(DER_TAG.sequence);
  parts.read(DER_TAG.sequence);
  const algorithm = parts.read(DER_TAG.sequence);
  const bits = parts.read(DER_TAG.bitString);
  const changes = [
    [algorithm.offset, 0xb0],
    [algorithm.start, 0x86],
    [bits.start, 4],
  ] as const;
  for (const [at, byte] of changes) {
    const copy = Buffer.from(der);
    copy[at] = byte;
    assert.equal(parseCsr(copy).kind, 'err');
  }
});

test('whatever bytes are sent, the answer is a refusal and never an exception', async () => {
  const pem = unwrap(createCsr(generateKeyPair(), { spiffeId: ID }));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const flipped = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
    const copy = Uint8Array.from(der);
    copy[at]! ^= mask;
    return copy;
  });
  const cut = fc.nat(der.length - 1).map((length) => Uint8Array.from(der.subarray(0, length)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(flipped, cut, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      const result = parseCsr(bytes);
      assert.ok(result.kind === 'err' && isMeshError(result.error) && result.error.code === 'MESH_CSR');
    }),
    { numRuns: 200 },
  );
});

test('wrong text, wrong size and wrong wishes are named', async () => {
  for (const [input, pattern] of [
    ['hello', /not one PEM block/],
    ['x'.repeat(20_000), /longer than/],
    [new Uint8Array(20_000), /longer than/],
  ] as const) {
    const refused = parseCsr(input);
    assert.ok(refused.kind === 'err' && pattern.test(refused.error.message));
  }
});

function opensslCsr(extension: string, subject: string): string | undefined {
  const args = [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    '/dev/null',
  ];
  try {
    return execFileSync('openssl', [...args, '-subj', subject, '-addext', extension], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

const skip = opensslCsr('subjectAltName=DNS:a', '/CN=a') === undefined ? 'openssl is not installed' : false;

test('requests of openssl are read, and one that wants to be an authority is refused', { skip }, async () => {
  const request = unwrap(parseCsr(opensslCsr(`subjectAltName=URI:${ID},IP:::1`, '/O=o/CN=cart') as string));
  assert.deepEqual([request.commonName, request.uris], ['cart', [ID]]);
  const authority = parseCsr(opensslCsr('basicConstraints=critical,CA:TRUE', '/CN=a') as string);
  assert.ok(authority.kind === 'err' && /asks to be a certificate authority/.test(authority.error.message));
  const mail = parseCsr(opensslCsr('subjectAltName=email:a@b.c', '/CN=a') as string);
  assert.ok(mail.kind === 'err' && /kind email/.test(mail.error.message));
});
