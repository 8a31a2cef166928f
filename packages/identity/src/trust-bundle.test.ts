import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom, unwrap } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { CertificateAuthority } from './ca.ts';
import { generateKeyPair, type KeyPair } from './keys.ts';
import { parseCertificatesPem } from './pem.ts';
import { createTestAuthority, DAY_MS, issueTestWorkload } from './test-support/authority.ts';
import { TrustBundle } from './trust-bundle.ts';
import { type CertificateUsage, verifyChain } from './verify-chain.ts';
import { loadX509, toSigningKey } from './x509-library.ts';

const ID = 'spiffe://cluster.local/ns/shop/sa/cart';

async function setUp() {
  const clock = new FakeClock();
  const authority = await createTestAuthority(clock);
  const bundle = unwrap(TrustBundle.empty.with('cluster.local', [authority.root.certificate]));
  const leaf = await issueTestWorkload(authority.intermediate, ID);
  const options = (usage: CertificateUsage = 'server') => ({ nowMs: clock.now(), usage });
  return { clock, ...authority, bundle, leaf, options };
}

function messageOf(result: { readonly kind: string; readonly error?: Error }): string {
  assert.equal(result.kind, 'err');
  return result.error?.message ?? '';
}

test('a good chain leads to its root, whether or not the peer sends the root too', async () => {
  const { bundle, leaf, root, intermediate, options } = await setUp();
  for (const chain of [leaf.chain, [...leaf.chain, root.certificate]]) {
    const peer = unwrap(bundle.verifyPeer(chain, options()));
    assert.equal(peer.id.uri, ID);
    assert.deepEqual(
      peer.path.map((cert) => cert.fingerprint256),
      [leaf.certificate, intermediate.certificate, root.certificate].map((cert) => cert.fingerprint256),
    );
  }
  assert.equal(bundle.verifyPeer(leaf.chain, options('client')).kind, 'ok');
});

test('each way a chain can be wrong is named', async () => {
  const { clock, bundle, leaf, root, intermediate, options } = await setUp();
  const stranger = await createTestAuthority(clock, { random: seededRandom('other') });
  const forged = await issueTestWorkload(stranger.intermediate, ID);
  assert.match(messageOf(bundle.verifyPeer([], options())), /sent no certificate/);
  assert.match(messageOf(bundle.verifyPeer([leaf.certificate], options())), /not signed by a trusted root/);
  assert.match(
    messageOf(bundle.verifyPeer(forged.chain, options())),
    /"test intermediate".* is not signed by the key of/,
  );
  const mixed = [leaf.certificate, stranger.intermediate.certificate];
  assert.match(messageOf(bundle.verifyPeer(mixed, options())), /sa\/cart.* is not signed by the key of/);
  assert.match(messageOf(bundle.verifyPeer([intermediate.certificate], options())), /names a trust domain/);
  assert.match(
    messageOf(verifyChain([intermediate.certificate], [root.certificate], options())),
    /is a certificate authority/,
  );
  const late = { nowMs: clock.now() + 2 * DAY_MS, usage: 'server' as const };
  assert.match(messageOf(bundle.verifyPeer(leaf.chain, late)), /sa\/cart.* expired at 2026-01-02T/);
  const early = { nowMs: clock.now() - DAY_MS, usage: 'server' as const };
  assert.match(messageOf(bundle.verifyPeer(leaf.chain, early)), /sa\/cart.* is not valid before 2025-12-31T23:58/);
  const many = Array.from({ length: 11 }, () => leaf.certificate);
  assert.match(messageOf(bundle.verifyPeer(many, options())), /11 certificates, more than 10/);
});

test('a trust domain is believed only by its own roots', async () => {
  const { clock, bundle, options } = await setUp();
  const other = await createTestAuthority(clock, { trustDomain: 'other', random: seededRandom('other') });
  const impostor = await issueTestWorkload(other.intermediate, ID);
  const both = bundle.merge(unwrap(TrustBundle.empty.with('other', [other.root.certificate])));
  assert.equal(both.verifyPeer(impostor.chain, options()).kind, 'err');
  const foreign = await issueTestWorkload(other.intermediate, 'spiffe://other/ns/a/sa/b');
  assert.equal(both.verifyPeer(foreign.chain, options()).kind, 'ok');
  const unknown = bundle.verifyPeer(foreign.chain, options());
  assert.match(messageOf(unknown), /trust domain other .* is not trusted/);
});

test('usages are respected: a client certificate does not make a server', async () => {
  const { root, options } = await setUp();
  const { publicKey } = generateKeyPair();
  const client = unwrap(root.issueClient({ user: 'maria', publicKey, validForMs: DAY_MS }));
  assert.equal(verifyChain(client.chain, [root.certificate], options('client')).kind, 'ok');
  assert.match(
    messageOf(verifyChain(client.chain, [root.certificate], options('server'))),
    /"maria".* is not for use as a server/,
  );
});

/** A certificate that our own authority would never sign. */
async function craft(
  subject: string,
  issuer: { readonly name: string; readonly keys: KeyPair },
  keys: KeyPair,
  extensions: (x509: Awaited<ReturnType<typeof loadX509>>) => unknown[],
): Promise<X509Certificate> {
  const x509 = await loadX509();
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: '41',
    subject: [{ CN: [subject] }],
    issuer: [{ CN: [issuer.name] }],
    notBefore: new Date(Date.UTC(2025, 0, 1)),
    notAfter: new Date(Date.UTC(2027, 0, 1)),
    publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }),
    signingKey: toSigningKey(issuer.keys),
    extensions: extensions(x509) as never,
  });
  return new X509Certificate(Buffer.from(made.rawData));
}

test('an ordinary certificate cannot sign, a path length holds, unknown critical extensions refuse', async () => {
  const { options } = await setUp();
  const keys = { root: generateKeyPair(), middle: generateKeyPair(), leaf: generateKeyPair() };
  const ca = (x509: Awaited<ReturnType<typeof loadX509>>, pathLength?: number) =>
    new x509.BasicConstraintsExtension(true, pathLength, true);
  const root = await craft('r', { name: 'r', keys: keys.root }, keys.root, (x509) => [ca(x509, 0)]);
  const below = { name: 'r', keys: keys.root };
  const leafOf = (extensions: (x509: Awaited<ReturnType<typeof loadX509>>) => unknown[]) =>
    craft('l', { name: 'm', keys: keys.middle }, keys.leaf, extensions);
  const plain = await craft('m', below, keys.middle, () => []);
  assert.match(
    messageOf(verifyChain([await leafOf(() => []), plain], [root], options())),
    /"m".* is no certificate authority/,
  );
  const middle = await craft('m', below, keys.middle, (x509) => [ca(x509)]);
  assert.match(
    messageOf(verifyChain([await leafOf(() => []), middle], [root], options())),
    /"r".* allows 0 authorities below it, but there are 1/,
  );
  const mute = await craft('m', below, keys.middle, (x509) => [ca(x509), new x509.KeyUsagesExtension(1, true)]);
  assert.match(
    messageOf(verifyChain([await leafOf(() => []), mute], [mute], options())),
    /may not be used to sign certificates/,
  );
  const odd = await leafOf((x509) => [new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))]);
  assert.match(
    messageOf(verifyChain([odd, middle], [root], options())),
    /extension 1\.2\.3\.4, which is not supported/,
  );
  const fenced = await craft('m', below, keys.middle, (x509) => [
    ca(x509),
    new x509.Extension('2.5.29.30', false, new Uint8Array([48, 0])),
  ]);
  assert.match(messageOf(verifyChain([await leafOf(() => []), fenced], [fenced], options())), /extension 2\.5\.29\.30/);
  const fine = await leafOf(() => []);
  assert.equal(verifyChain([fine, middle], [middle], options()).kind, 'ok');
});

test('a loop of authorities that sign each other ends', async () => {
  const { options } = await setUp();
  const a = generateKeyPair();
  const b = generateKeyPair();
  const ca = (x509: Awaited<ReturnType<typeof loadX509>>) => [
    new x509.BasicConstraintsExtension(true, undefined, true),
  ];
  const loop = [
    await craft('a', { name: 'b', keys: b }, a, ca),
    await craft('b', { name: 'a', keys: a }, b, ca),
    await craft('a', { name: 'b', keys: b }, a, ca),
    await craft('b', { name: 'a', keys: a }, b, ca),
  ];
  const leaf = await craft('l', { name: 'a', keys: a }, generateKeyPair(), () => []);
  const root = await craft('z', { name: 'z', keys: b }, b, ca);
  assert.equal(verifyChain([leaf, ...loop], [root], options()).kind, 'err');
});

test('a new root that the old one signed too is found through the old one', async () => {
  const { options } = await setUp();
  const fresh = generateKeyPair();
  const old = generateKeyPair();
  const ca = (x509: Awaited<ReturnType<typeof loadX509>>) => [
    new x509.BasicConstraintsExtension(true, undefined, true),
  ];
  const selfSigned = await craft('new', { name: 'new', keys: fresh }, fresh, ca);
  const crossSigned = await craft('new', { name: 'old', keys: old }, fresh, ca);
  const root = await craft('old', { name: 'old', keys: old }, old, ca);
  const leaf = await craft('l', { name: 'new', keys: fresh }, generateKeyPair(), () => []);
  assert.equal(verifyChain([leaf, selfSigned, crossSigned], [root], options()).kind, 'ok');
  assert.equal(verifyChain([leaf, crossSigned, selfSigned], [root], options()).kind, 'ok');
  assert.equal(verifyChain([leaf], [selfSigned], options()).kind, 'ok');
});

test('bundles add, remove, merge and compare without changing', async () => {
  const { bundle, root, clock } = await setUp();
  const next = await createTestAuthority(clock, { random: seededRandom('next') });
  const both = unwrap(bundle.with('cluster.local', [next.root.certificate, root.certificate]));
  assert.deepEqual([bundle.roots('cluster.local').length, both.roots('cluster.local').length], [1, 2]);
  assert.ok(both.without('cluster.local', next.root.certificate).equals(bundle));
  assert.deepEqual(both.without('cluster.local').trustDomains, []);
  assert.ok(bundle.merge(both).equals(both.merge(bundle)));
  assert.ok(!bundle.equals(both));
  assert.ok(unwrap(TrustBundle.parsePem('cluster.local', both.toPem('cluster.local'))).equals(both));
  const leaf = await issueTestWorkload(root, ID);
  assert.match(messageOf(bundle.with('cluster.local', [leaf.certificate])), /is no certificate authority/);
  assert.match(messageOf(bundle.with('UPPER', [])), /invalid trust domain/);
});

test('during a change of roots both old and new certificates are believed', async () => {
  const { bundle, leaf, clock, options } = await setUp();
  const next = await createTestAuthority(clock, { random: seededRandom('next') });
  const newLeaf = await issueTestWorkload(next.intermediate, ID);
  const both = unwrap(bundle.with('cluster.local', [next.root.certificate]));
  assert.equal(both.verifyPeer(leaf.chain, options()).kind, 'ok');
  assert.equal(both.verifyPeer(newLeaf.chain, options()).kind, 'ok');
});

test('PEM: many blocks with comments are read, each kind of mistake names its line', async () => {
  const { root, intermediate } = await setUp();
  const one = root.certificate.toString();
  const text = `# root\r\n${one.replaceAll('\n', '\r\n')}\n\nnext:\n${intermediate.certificate.toString()}`;
  assert.equal(unwrap(parseCertificatesPem(text)).length, 2);
  const body = one.split('\n').slice(1, -2);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /it has no certificate/],
    ['hello', /it has no certificate/],
    [`${one}-----BEGIN PRIVATE KEY-----\n`, /line \d+ begins a PRIVATE KEY, not a certificate/],
    [`x\n-----BEGIN CERTIFICATE-----\n${body.join('\n')}`, /begins at line 2 has no end/],
    [`-----BEGIN CERTIFICATE-----\n${one}`, /begins at line 1 has no end/],
    ['-----END CERTIFICATE-----', /line 1 is no beginning/],
    ['-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----', /line 1 is not base64/],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /line 1 cannot be read/],
  ];
  for (const [pem, pattern] of cases) assert.match(messageOf(parseCertificatesPem(pem)), pattern);
});

test('a chain with any byte changed is refused or unreadable, never believed', async () => {
  const { bundle, leaf, options } = await setUp();
  const { raw } = leaf.certificate;
  fc.assert(
    fc.property(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Buffer.from(raw);
      changed[at]! ^= mask;
      let certificate: X509Certificate;
      try {
        certificate = new X509Certificate(changed);
      } catch {
        return;
      }
      assert.equal(bundle.verifyPeer([certificate, ...leaf.chain.slice(1)], options()).kind, 'err');
    }),
    { numRuns: 300 },
  );
});

test('an authority from another root with the same name is told apart by its key', async () => {
  const clock = new FakeClock();
  const context = { clock, random: seededRandom(5) };
  const make = async () =>
    unwrap(await CertificateAuthority.createRoot({ commonName: 'same', validForMs: DAY_MS }, context));
  const [mine, other] = [await make(), await make()];
  const leaf = await issueTestWorkload(mine, ID);
  const options = { nowMs: clock.now(), usage: 'server' as const };
  assert.equal(verifyChain(leaf.chain, [other.certificate], options).kind, 'err');
  assert.equal(verifyChain(leaf.chain, [other.certificate, mine.certificate], options).kind, 'ok');
});
