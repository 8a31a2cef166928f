import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { checkDer, DerError, DerReader, decodeOid } from './der.ts';
import { generateKeyPair } from './keys.ts';
import { createTestAuthority, DAY_MS } from './test-support/authority.ts';
import { decodeCertificate } from './x509-der.ts';
import { clientNameOf, describeCertificate, readCertificate, spiffeIdOf } from './x509-info.ts';
import { loadX509, toSigningKey } from './x509-library.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('elements are read with their bounds, nothing outside of them', () => {
  const reader = new DerReader(hex('30 06 02 01 05 04 01 ff'));
  const body = reader.enter(0x30);
  assert.deepEqual([...body.content(body.read(0x02))], [5]);
  assert.equal(body.nextTag, 0x04);
  assert.deepEqual([...body.content(body.read())], [0xff]);
  assert.ok(body.isAtEnd && reader.isAtEnd);
});

test('what is not the one DER encoding is refused', () => {
  for (const bytes of [
    '',
    '30',
    '30 05 02 01 05',
    '30 80 00 00',
    '30 81 01 05',
    '30 82 00 80',
    '1f 81 01 00',
    '30 85 00 00 00 00 00',
    '02 01 05 00',
  ]) {
    assert.throws(() => checkDer(hex(bytes)), DerError, bytes);
  }
  assert.throws(() => new DerReader(hex('04 00')).read(0x30), /expected tag 0x30 at offset 0, found 0x4/);
  const deep = Buffer.concat(Array.from({ length: 40 }, (_, n) => Buffer.from([0x30, (39 - n) * 2])));
  assert.throws(() => checkDer(deep), /nested deeper/);
});

test('object identifiers are decoded as numbers and malformed ones refused', () => {
  assert.equal(decodeOid(hex('55 1d 11')), '2.5.29.17');
  assert.equal(decodeOid(hex('2a 86 48 86 f7 0d 01 01 0b')), '1.2.840.113549.1.1.11');
  assert.equal(decodeOid(hex('88 37 03')), '2.999.3');
  for (const bytes of ['', '80 01', '55 81', '55 80 01']) assert.throws(() => decodeOid(hex(bytes)), DerError, bytes);
});

/** A certificate with any subject and subject alternative names. */
async function craft(subject: readonly object[], san: Uint8Array | undefined): Promise<X509Certificate> {
  const x509 = await loadX509();
  const keys = generateKeyPair();
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: '41',
    subject: subject as never,
    issuer: [{ CN: ['i'] }],
    notBefore: new Date(0),
    notAfter: new Date(2e12),
    publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }),
    signingKey: toSigningKey(keys),
    extensions: san === undefined ? [] : [new x509.Extension('2.5.29.17', true, Uint8Array.from(san))],
  });
  return new X509Certificate(Buffer.from(made.rawData));
}

/** The encoding of a list of names, each a tag and its text. */
function sanOf(...names: readonly (readonly [tag: number, text: string])[]): Uint8Array {
  const parts = names.map(([tag, text]) =>
    Buffer.concat([Buffer.from([tag, text.length]), Buffer.from(text, 'latin1')]),
  );
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

test('names that would fool a reader of text are told apart', async () => {
  const tricky = await craft([{ CN: ['a'] }], sanOf([0x82, 'x, URI:spiffe://evil/a'], [0x86, 'spiffe://good/b']));
  // Node's own text form quotes the trick; ours never sees text.
  assert.match(tricky.subjectAltName ?? '', /"/);
  assert.equal(unwrap(spiffeIdOf(tricky)).uri, 'spiffe://good/b');
  const subject = await craft([{ CN: [{ utf8String: 'bob\nO=system:masters' }] }], undefined);
  assert.deepEqual(unwrap(clientNameOf(subject)), { user: 'bob\nO=system:masters', groups: [] });
});

test('none or two URI names make no workload, none or two common names no user', async () => {
  const none = await craft([], sanOf([0x82, 'a.b']));
  assert.match(JSON.stringify(spiffeIdOf(none)), /"err"/);
  const two = spiffeIdOf(await craft([], sanOf([0x86, 'spiffe://a/b'], [0x86, 'spiffe://a/c'])));
  assert.ok(two.kind === 'err' && /exactly one URI name, this one has 2/.test(two.error.message));
  assert.equal(clientNameOf(none).kind, 'err');
  assert.equal(clientNameOf(await craft([{ CN: ['a'] }, { CN: ['b'] }], undefined)).kind, 'err');
});

test('names with NUL, line ends or wrong lengths refuse the whole certificate', async () => {
  for (const san of [sanOf([0x82, 'good.com\0.evil']), sanOf([0x86, 'spiffe://a/b\n']), sanOf([0x87, '123'])]) {
    const details = readCertificate(await craft([{ CN: ['a'] }], san));
    assert.ok(details.kind === 'err' && /malformed certificate/.test(details.error.message));
  }
});

test('a certificate is described by its first good name', async () => {
  assert.match(
    describeCertificate(await craft([], sanOf([0x86, 'spiffe://a/b']))),
    /^certificate "spiffe:\/\/a\/b" \(serial 41\)$/,
  );
  assert.match(describeCertificate(await craft([], undefined)), /"no name"/);
});

test('whatever bytes come in, the decoder answers or throws its own error', async () => {
  const { root } = await createTestAuthority(new FakeClock());
  const { publicKey } = generateKeyPair();
  const issued = unwrap(root.issueServer({ dnsNames: ['a.b'], ipAddresses: ['::1'], publicKey, validForMs: DAY_MS }));
  const { raw } = issued.certificate;
  const changed = fc
    .array(fc.tuple(fc.nat(raw.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const copy = Uint8Array.from(raw);
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      try {
        decodeCertificate(bytes);
      } catch (thrown) {
        assert.ok(thrown instanceof DerError, String(thrown));
      }
    }),
    { numRuns: 3_000 },
  );
});
