import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, seededRandom, unwrap } from '@weft/core';
import { CertificateAuthority, certificatesToPem, generateKeyPair, privateKeyToPem } from '@weft/identity';
import { FakeClock } from '@weft/testkit';
import { type CaFiles, parseCaMaterial } from './ca-files.ts';

const DAY_MS = 86_400_000;
const clock = new FakeClock();
const context = { clock, random: seededRandom('files'), maxLeafMs: DAY_MS };
const root = unwrap(await CertificateAuthority.createRoot({ commonName: 'root', validForMs: 100 * DAY_MS }, context));
const other = unwrap(await CertificateAuthority.createRoot({ commonName: 'other', validForMs: 10 * DAY_MS }, context));
const middle = unwrap(await root.createIntermediate({ commonName: 'middle', validForMs: 50 * DAY_MS, pathLength: 1 }));
const low = unwrap(await middle.createIntermediate({ commonName: 'low', validForMs: 40 * DAY_MS }));

function filesOf(authority: CertificateAuthority, changes: Partial<CaFiles> = {}): CaFiles {
  return {
    certificate: authority.certificate.toString(),
    key: privateKeyToPem(authority.keys),
    roots: authority.root.toString(),
    chain: certificatesToPem(authority.path.slice(1, -1)),
    ...changes,
  };
}

test('a root, and an authority below others, are read with their way up', () => {
  const own = unwrap(parseCaMaterial(filesOf(root), 'self-signed', context));
  assert.equal(own.authority.path.length, 1);
  // The usual chain begins with the authority itself and ends with the root; the order between does not matter.
  for (const chain of [low.path.slice(1, -1), low.path, low.path.toReversed()]) {
    const files = filesOf(low, { chain: certificatesToPem(chain), roots: certificatesToPem([other.root, root.root]) });
    const material = unwrap(parseCaMaterial(files, 'cacerts', context));
    assert.deepEqual(
      material.authority.path.map(({ fingerprint256 }) => fingerprint256),
      low.path.map(({ fingerprint256 }) => fingerprint256),
    );
    assert.equal(material.roots.length, 2);
    const issued = unwrap(
      material.authority.issueWorkload({
        spiffeId: 'spiffe://cluster.local/ns/a/sa/b',
        publicKey: generateKeyPair().publicKey,
        validForMs: 1_000,
      }),
    );
    // What is sent to peers leads to the root, and does not have it.
    assert.equal(issued.chain.length, 3);
  }
});

test('each thing that is wrong is named with its file', () => {
  const wrong: readonly (readonly [CaFiles, RegExp])[] = [
    [filesOf(root, { certificate: undefined }), /ca-cert\.pem is missing/],
    [filesOf(root, { key: undefined }), /ca-key\.pem is missing/],
    [filesOf(root, { key: new Secret('') }), /ca-key\.pem is missing/],
    [filesOf(root, { key: new Secret('nonsense') }), /private key cannot be read/],
    [filesOf(root, { key: privateKeyToPem(other.keys) }), /does not belong/],
    [filesOf(root, { certificate: 'nonsense' }), /ca-cert\.pem: invalid PEM/],
    [filesOf(low, { chain: 'nonsense' }), /cert-chain\.pem: invalid PEM/],
    [filesOf(low, { roots: '-----BEGIN' }), /root-cert\.pem: invalid PEM/],
    [filesOf(low, { chain: '' }), /"low".*is not signed by any root/],
    [filesOf(low, { roots: other.root.toString() }), /"root".*is not signed by any root|"middle".*is not signed/],
    [filesOf(root, { roots: other.root.toString() }), /is not signed by any root of root-cert\.pem/],
  ];
  for (const [files, pattern] of wrong) {
    const result = parseCaMaterial(files, 'cacerts', context);
    assert.ok(result.kind === 'err', String(pattern));
    assert.match(result.error.message, pattern);
  }
});

test('leaves are no authorities, and no roots', () => {
  const keys = generateKeyPair();
  const leaf = unwrap(root.issueServer({ publicKey: keys.publicKey, validForMs: DAY_MS, dnsNames: ['a'] }));
  const files = filesOf(root, { certificate: leaf.certificate.toString(), key: privateKeyToPem(keys) });
  const asAuthority = parseCaMaterial(files, 'cacerts', context);
  assert.ok(asAuthority.kind === 'err' && /no certificate authority/.test(asAuthority.error.message));
  const asRoot = parseCaMaterial(
    filesOf(root, { roots: certificatesToPem([root.root, leaf.certificate]) }),
    'cacerts',
    context,
  );
  assert.ok(asRoot.kind === 'err' && /is no authority/.test(asRoot.error.message));
});

test('ended authorities sign nothing, and ended roots are left out', () => {
  const later = new FakeClock(clock.now() + 45 * DAY_MS);
  const ended = parseCaMaterial(filesOf(low), 'cacerts', { ...context, clock: later });
  assert.ok(ended.kind === 'err' && /"low".*expired at/.test(ended.error.message));
  const roots = certificatesToPem([root.root, other.root]);
  const kept = unwrap(parseCaMaterial(filesOf(middle, { roots }), 'cacerts', { ...context, clock: later }));
  assert.deepEqual(
    kept.roots.map(({ fingerprint256 }) => fingerprint256),
    [root.root.fingerprint256],
  );
  const earlier = new FakeClock(clock.now() - DAY_MS);
  const early = parseCaMaterial(filesOf(root), 'cacerts', { ...context, clock: earlier });
  assert.ok(early.kind === 'err' && /not valid before/.test(early.error.message));
});
