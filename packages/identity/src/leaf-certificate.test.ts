import assert from 'node:assert/strict';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom, unwrap } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { CertificateAuthority } from './ca.ts';
import { altNamesOf, type CertificateNames, subjectOf } from './certificate-names.ts';
import { createCsr, parseCsr } from './csr.ts';
import { DER_TAG, DerReader } from './der.ts';
import { generateKeyPair, type KeyKind, keyPairFromPem, privateKeyToPem } from './keys.ts';
import { LEAF_USAGE, type LeafProfile, signLeaf } from './leaf-certificate.ts';
import { createTestAuthority, DAY_MS } from './test-support/authority.ts';
import { readCertificate } from './x509-info.ts';
import { loadX509, signingAlgorithm, toSigningKey } from './x509-library.ts';

const KINDS: readonly KeyKind[] = ['P-256', 'RSA'];
const keysOf = { 'P-256': generateKeyPair('P-256'), RSA: generateKeyPair('RSA') };

/** What is signed: the first element of the certificate. */
function signedPart(der: Uint8Array): Buffer {
  const outer = new DerReader(der).enter(DER_TAG.sequence);
  const { offset, end } = outer.read(DER_TAG.sequence);
  return Buffer.from(der.subarray(offset, end));
}

/** The same leaf made by the library. */
async function byLibrary(profile: LeafProfile, authority: CertificateAuthority): Promise<Buffer> {
  const x509 = await loadX509();
  const spkiOf = (key: KeyObject) => new x509.PublicKey(key.export({ type: 'spki', format: 'der' }));
  const altNames = altNamesOf(profile.names);
  const isSubjectEmpty = profile.names.commonName === undefined && (profile.names.organizations ?? []).length === 0;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: Buffer.from(profile.serialNumber).toString('hex'),
    subject: new x509.Name(subjectOf(profile.names)),
    issuer: new x509.X509Certificate(authority.certificate.raw).subjectName,
    notBefore: new Date(profile.notBeforeMs),
    notAfter: new Date(profile.notAfterMs),
    publicKey: spkiOf(profile.publicKey),
    signingKey: toSigningKey(authority.keys),
    signingAlgorithm: signingAlgorithm(authority.keys.kind),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | (profile.keyKind === 'RSA' ? x509.KeyUsageFlags.keyEncipherment : 0),
        true,
      ),
      ...(profile.usages.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...profile.usages])]),
      ...(altNames.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(altNames, isSubjectEmpty)]),
      await x509.SubjectKeyIdentifierExtension.create(spkiOf(profile.publicKey)),
      await x509.AuthorityKeyIdentifierExtension.create(spkiOf(authority.certificate.publicKey)),
    ],
  });
  return Buffer.from(made.rawData);
}

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => !/\p{Cc}/u.test(name));
const namesArbitrary: fc.Arbitrary<CertificateNames> = fc.record(
  {
    commonName: text,
    organizations: fc.array(text, { maxLength: 3 }),
    dnsNames: fc.array(label, { maxLength: 40 }),
    // The library misreads IPv6 addresses that end as IPv4 ones.
    ipAddresses: fc.array(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().filter((address) => !address.includes('.')),
      ),
      { maxLength: 5 },
    ),
    spiffeId: fc.tuple(label, label).map(([ns, sa]) => `spiffe://cluster.local/ns/${ns}/sa/${sa}`),
  },
  { requiredKeys: [] },
);

test('what is written is byte for byte what the library writes', async () => {
  const clock = new FakeClock(Date.UTC(2026, 5, 1));
  const context = { clock, random: seededRandom('leaf') };
  const about = { commonName: 'root', validForMs: 60 * 365 * DAY_MS, trustDomain: 'cluster.local' };
  const roots = await Promise.all(
    KINDS.map(async (keyKind) => unwrap(await CertificateAuthority.createRoot({ ...about, keyKind }, context))),
  );
  await fc.assert(
    fc.asyncProperty(
      namesArbitrary,
      fc.constantFrom(...KINDS),
      fc.constantFrom(...roots),
      fc.subarray(Object.values(LEAF_USAGE)),
      fc.integer({ min: 0, max: 40 * 365 }),
      async (names, keyKind, authority, usages, days) => {
        const profile: LeafProfile = {
          serialNumber: Buffer.from('4142434445464748494a4b4c4d4e4f50', 'hex'),
          names,
          publicKey: keysOf[keyKind].publicKey,
          keyKind,
          usages,
          notBeforeMs: clock.now(),
          notAfterMs: clock.now() + days * DAY_MS,
        };
        const ours = unwrap(signLeaf(profile, authority));
        const theirs = await byLibrary(profile, authority);
        assert.equal(signedPart(ours.raw).toString('hex'), signedPart(theirs).toString('hex'));
        // RSA signatures have no chance in them, so the whole certificate is the same.
        if (authority.keys.kind === 'RSA') assert.ok(ours.raw.equals(theirs));
        assert.ok(ours.verify(authority.certificate.publicKey) && ours.checkIssued(authority.certificate));
      },
    ),
    { numRuns: 60 },
  );
});

test('requests are those of the library too, and read back as they were', async () => {
  const x509 = await loadX509();
  await fc.assert(
    fc.asyncProperty(namesArbitrary, fc.constantFrom(...KINDS), async (names, kind) => {
      const pem = unwrap(createCsr(keysOf[kind], names));
      const theirs = new x509.Pkcs10CertificateRequest(pem);
      assert.ok(await theirs.verify());
      const own = unwrap(parseCsr(pem));
      assert.deepEqual(own.uris, names.spiffeId === undefined ? [] : [names.spiffeId]);
      assert.deepEqual([own.commonName, own.dnsNames], [names.commonName, names.dnsNames ?? []]);
      assert.equal(own.ipAddresses.length, names.ipAddresses?.length ?? 0);
    }),
    { numRuns: 40 },
  );
});

test('addresses are written as node reads them, in whatever form they are given', async () => {
  const { root } = await createTestAuthority(new FakeClock());
  const base = { publicKey: keysOf['P-256'].publicKey, validForMs: DAY_MS };
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const { certificate } = unwrap(root.issueServer({ ...base, ipAddresses: [address] }));
      assert.equal(certificate.checkIP(address), address);
    }),
    { numRuns: 40 },
  );
});

test('an authority that names its key in its own way is repeated, or verifiers would not find it', async () => {
  const clock = new FakeClock();
  const { root } = await createTestAuthority(clock);
  // Some authorities use a part of the SHA-256 for this (RFC 7093).
  const details = unwrap(readCertificate(root.certificate));
  const own = Buffer.from(details.subjectKeyId ?? []);
  assert.equal(own.length, 20);
  const renamed = Buffer.from(root.certificate.raw);
  for (let at = renamed.indexOf(own); at >= 0; at = renamed.indexOf(own, at + 20)) renamed.fill(0xab, at, at + 20);
  const certificate = new X509Certificate(renamed);
  const keys = unwrap(keyPairFromPem(privateKeyToPem(root.keys)));
  const leaf = unwrap(
    signLeaf(
      {
        serialNumber: Buffer.alloc(16, 0x41),
        names: { commonName: 'x' },
        publicKey: keysOf['P-256'].publicKey,
        keyKind: 'P-256',
        usages: [],
        notBeforeMs: clock.now(),
        notAfterMs: clock.now() + DAY_MS,
      },
      { keys, certificate },
    ),
  );
  assert.ok(leaf.checkIssued(certificate));
  assert.ok(!leaf.checkIssued(root.certificate));
});

test('a request that is signed with another algorithm than its key has is refused', async () => {
  const pem = unwrap(createCsr(keysOf['P-256'], {}));
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  // ecdsa-with-SHA1 instead of ecdsa-with-SHA256.
  const at = der.lastIndexOf(Buffer.from('06082a8648ce3d040302', 'hex'));
  der[at + 8] = 1;
  const refused = parseCsr(der);
  assert.ok(refused.kind === 'err' && /algorithm that is not used/.test(refused.error.message));
});
