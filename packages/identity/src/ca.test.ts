import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, type X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret, seededRandom, unwrap } from '@weft/core';
import { FakeClock, tempDir } from '@weft/testkit';
import { CertificateAuthority } from './ca.ts';
import { generateKeyPair, privateKeyToPem } from './keys.ts';
import { createTestAuthority, DAY_MS, issueTestWorkload } from './test-support/authority.ts';
import { clientNameOf, readCertificate, spiffeIdOf } from './x509-info.ts';

const ID = 'spiffe://cluster.local/ns/shop/sa/cart';

test('a workload certificate has all the marks of an X509-SVID', async () => {
  const clock = new FakeClock();
  const { root, intermediate } = await createTestAuthority(clock);
  const { certificate, chain, keys } = await issueTestWorkload(intermediate, ID);
  const details = unwrap(readCertificate(certificate));
  assert.equal(unwrap(spiffeIdOf(certificate)).uri, ID);
  assert.deepEqual(details.subject, { commonNames: [], organizations: [], isEmpty: true });
  assert.deepEqual([...(details.keyUsage ?? [])], ['digitalSignature']);
  assert.deepEqual(details.basicConstraints, { isCa: false, pathLength: undefined });
  assert.deepEqual(details.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  assert.ok(certificate.publicKey.equals(keys.publicKey));
  assert.equal(chain.length, 2);
  assert.ok(chain[0]?.verify(intermediate.certificate.publicKey));
  assert.ok(chain[1]?.verify(root.certificate.publicKey));
  // The subject alternative name must be critical because the subject is empty: 06 03 55 1d 11, then BOOLEAN TRUE.
  assert.ok(certificate.raw.includes(Buffer.from('0603551d110101ff', 'hex')));
});

test('the serial number is 128 random bits and positive, and differs every time', async () => {
  const { root } = await createTestAuthority(new FakeClock());
  const serials = new Set<string>();
  for (let n = 0; n < 20; n += 1) serials.add((await issueTestWorkload(root, ID)).certificate.serialNumber);
  assert.equal(serials.size, 20);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
});

test('certificates count from a little before now and never outlive their authority', async () => {
  const clock = new FakeClock(Date.UTC(2026, 5, 1));
  const { root } = await createTestAuthority(clock, { rootDays: 10 });
  clock.advance(5 * DAY_MS);
  const short = await issueTestWorkload(root, ID, 3_600_000);
  assert.equal(short.notBeforeMs, clock.now() - 120_000);
  assert.equal(short.notAfterMs, clock.now() + 3_600_000);
  const long = await issueTestWorkload(root, ID, 30 * DAY_MS);
  assert.equal(long.notAfterMs, Date.UTC(2026, 5, 11));
  clock.advance(6 * DAY_MS);
  const { publicKey } = generateKeyPair();
  const late = root.issueWorkload({ spiffeId: ID, publicKey, validForMs: DAY_MS });
  assert.ok(late.kind === 'err' && /"test root".* has expired/.test(late.error.message));
});

test('server and client certificates carry what Kubernetes reads', async () => {
  const { intermediate } = await createTestAuthority(new FakeClock());
  const { publicKey } = generateKeyPair('RSA');
  const server = unwrap(
    intermediate.issueServer({
      dnsNames: ['localhost', '*.shop.svc'],
      ipAddresses: ['127.0.0.1', '::1'],
      publicKey,
      validForMs: DAY_MS,
    }),
  );
  assert.equal(server.certificate.checkHost('a.shop.svc'), '*.shop.svc');
  assert.equal(server.certificate.checkIP('::1'), '::1');
  const details = unwrap(readCertificate(server.certificate));
  assert.deepEqual(details.subjectAltNames.ipAddresses, ['127.0.0.1', '0:0:0:0:0:0:0:1']);
  assert.deepEqual([...(details.keyUsage ?? [])], ['digitalSignature', 'keyEncipherment']);
  const client = unwrap(
    intermediate.issueClient({
      user: '#admin, O=x',
      groups: ['system:masters', 'dev'],
      publicKey,
      validForMs: DAY_MS,
    }),
  );
  assert.deepEqual(unwrap(clientNameOf(client.certificate)), {
    user: '#admin, O=x',
    groups: ['system:masters', 'dev'],
  });
});

test('names that are none, validities out of bounds and trust domains as workloads are refused', async () => {
  const { intermediate } = await createTestAuthority(new FakeClock());
  const { publicKey } = generateKeyPair();
  const base = { publicKey, validForMs: DAY_MS };
  const refusals = [
    [intermediate.issueServer({ ...base }), /needs a name/],
    [intermediate.issueServer({ ...base, dnsNames: ['a..b'] }), /invalid DNS name "a\.\.b"/],
    [intermediate.issueServer({ ...base, dnsNames: ['a\nb'] }), /invalid DNS name/],
    [intermediate.issueServer({ ...base, ipAddresses: ['1.2.3'] }), /invalid IP address "1\.2\.3"/],
    [intermediate.issueClient({ ...base, user: '' }), /invalid subject name ""/],
    [intermediate.issueClient({ ...base, user: 'x'.repeat(65) }), /1 to 64 characters|invalid subject name/],
    [intermediate.issueWorkload({ ...base, spiffeId: 'spiffe://cluster.local' }), /names a trust domain/],
    [intermediate.issueWorkload({ ...base, spiffeId: 'http://x' }), /invalid SPIFFE ID/],
    [intermediate.issueWorkload({ publicKey, validForMs: 0, spiffeId: ID }), /shorter than a second/],
    [intermediate.issueWorkload({ publicKey, validForMs: Number.NaN, spiffeId: ID }), /shorter than a second/],
    [intermediate.issueWorkload({ publicKey, validForMs: 400 * DAY_MS, spiffeId: ID }), /longer than/],
    [intermediate.createIntermediate({ commonName: 'deeper', validForMs: DAY_MS }), /allows 0 authorities below/],
  ] as const;
  for (const [refusal, pattern] of refusals) {
    const result = await refusal;
    assert.ok(result.kind === 'err', String(pattern));
    assert.match(result.error.message, pattern);
  }
});

test('an authority is taken up again from its files, and wrong files are refused', async () => {
  const clock = new FakeClock();
  const context = { clock, random: seededRandom(1) };
  const { root, intermediate } = await createTestAuthority(clock);
  const keyPem = privateKeyToPem(intermediate.keys);
  const again = unwrap(CertificateAuthority.load({ chainPem: intermediate.pathPem, keyPem }, context));
  const { certificate } = await issueTestWorkload(again, ID);
  assert.ok(certificate.verify(intermediate.certificate.publicKey));
  const leaf = await issueTestWorkload(intermediate, ID);
  const other = await createTestAuthority(clock);
  const wrong: readonly (readonly [string, Secret<string>, RegExp])[] = [
    [root.pathPem, keyPem, /private key does not belong/],
    [intermediate.certificate.toString(), keyPem, /the root is missing/],
    [intermediate.certificate.toString() + other.root.pathPem, keyPem, /not signed by the next certificate/],
    [leaf.chainPem + root.pathPem, privateKeyToPem(leaf.keys), /no certificate authority/],
    ['nothing', keyPem, /it has no certificate/],
    [root.pathPem, new Secret('x'), /private key cannot be read/],
  ];
  for (const [chainPem, key, pattern] of wrong) {
    const result = CertificateAuthority.load({ chainPem, keyPem: key }, context);
    assert.ok(result.kind === 'err', String(pattern));
    assert.match(result.error.message, pattern);
  }
});

test('key identifiers are the SHA-1 of the public key, so other tools find the issuer', async () => {
  const { intermediate } = await createTestAuthority(new FakeClock());
  const { certificate } = await issueTestWorkload(intermediate, ID);
  // RFC 5280 §4.2.1.2 (1): of the bit string's content, which is the last 65 bytes of a P-256 key.
  const idOf = (cert: X509Certificate) =>
    createHash('sha1')
      .update(cert.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65))
      .digest();
  assert.ok(certificate.raw.includes(Buffer.concat([Buffer.from('04160414', 'hex'), idOf(certificate)])));
  assert.ok(certificate.raw.includes(Buffer.concat([Buffer.from('8014', 'hex'), idOf(intermediate.certificate)])));
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('openssl agrees that the chain is good', {
  skip: hasOpenssl() ? false : 'openssl is not installed',
}, async (t) => {
  const { systemClock, systemRandom } = await import('@weft/core');
  const { root, intermediate } = await createTestAuthority(systemClock, { random: systemRandom });
  const { chainPem } = await issueTestWorkload(intermediate, ID);
  const dir = tempDir(t);
  writeFileSync(join(dir, 'root.pem'), root.pathPem);
  writeFileSync(join(dir, 'chain.pem'), chainPem);
  const args = [
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-CAfile',
    'root.pem',
    '-untrusted',
    'chain.pem',
    'chain.pem',
  ];
  assert.match(execFileSync('openssl', args, { cwd: dir, encoding: 'utf8' }), /chain\.pem: OK/);
});
