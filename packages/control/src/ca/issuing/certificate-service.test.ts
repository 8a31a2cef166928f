import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom, unwrap } from '@weft/core';
import { createCsr, generateKeyPair, parseCertificatesPem, spiffeIdOf } from '@weft/identity';
import { captureLogger, FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import type { Authenticator, Caller } from '../attest/authenticator.ts';
import { clientCertificate } from '../attest/client-certificate.ts';
import { JoinTokens } from '../attest/join-tokens.ts';
import { CaMetrics } from '../metrics.ts';
import { encodeRequest, readAnswer, testCaller, testRequest } from '../test-support/callers.ts';
import { testState } from '../test-support/fixed-state.ts';
import { certificateService } from './certificate-service.ts';
import { WorkloadIssuer } from './workload-issuer.ts';

const CART = 'spiffe://cluster.local/ns/shop/sa/cart';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const { signal } = new AbortController();

async function createService(more: readonly Authenticator[] = []) {
  const clock = new FakeClock();
  const random = seededRandom('service');
  const trustDomain = 'cluster.local';
  const state = await testState(clock, random);
  const tokens = new JoinTokens({ clock, random, trustDomain });
  const metrics = new CaMetrics();
  const log = captureLogger();
  const handle = certificateService({
    authenticators: [clientCertificate({ clock, trustDomain, state }), tokens, ...more],
    issuer: new WorkloadIssuer(state, { defaultMs: DAY_MS, maxMs: 2 * DAY_MS }),
    metrics,
    log: log.logger,
  });
  const cart = (): Caller => {
    const token = unwrap(tokens.issue({ namespace: 'shop', serviceAccount: 'cart', validForMs: 60_000 }));
    return testCaller({ token: token.reveal() });
  };
  return { clock, state, handle, metrics, log, cart };
}

test('an attested workload gets a certificate for its key, its identity and the time it asks for', async () => {
  const { clock, handle, cart, state } = await createService();
  const { bytes, keys } = testRequest(CART, { seconds: 3_600 });
  const { chain, roots, rootsPem } = readAnswer(unwrap(await handle(bytes, cart(), signal)));
  const leaf = chain[0] as X509Certificate;
  assert.ok(leaf.publicKey.equals(keys.publicKey));
  assert.equal(unwrap(spiffeIdOf(leaf)).uri, CART);
  assert.equal(leaf.validToDate.getTime(), clock.now() + HOUR_MS);
  // Clocks that are a little behind take it at once.
  assert.equal(leaf.validFromDate.getTime(), clock.now() - 120_000);
  assert.equal(rootsPem, state.get()?.rootsPem);
  assert.deepEqual(
    roots.map((root) => root.fingerprint256),
    unwrap(parseCertificatesPem(rootsPem)).map((root) => root.fingerprint256),
  );
});

test('without a wish a certificate is for a day, and no wish goes beyond the bound', async () => {
  const { clock, handle, cart } = await createService();
  for (const [seconds, validMs] of [
    [0, DAY_MS],
    [-5, DAY_MS],
    [10 * 86_400, 2 * DAY_MS],
    [Number.MAX_SAFE_INTEGER, 2 * DAY_MS],
  ] as const) {
    const { chain } = readAnswer(unwrap(await handle(testRequest(CART, { seconds }).bytes, cart(), signal)));
    assert.equal(chain[0]?.validToDate.getTime(), clock.now() + validMs);
  }
});

test('a certificate renews itself, until it is over', async () => {
  const { clock, handle, cart, metrics } = await createService();
  const first = readAnswer(unwrap(await handle(testRequest(CART).bytes, cart(), signal)));
  const renewed = await handle(testRequest(CART).bytes, testCaller({ certificates: first.chain }), signal);
  assert.equal(unwrap(spiffeIdOf(readAnswer(unwrap(renewed)).chain[0] as X509Certificate)).uri, CART);
  clock.advance(DAY_MS + 1_000);
  const late = await handle(testRequest(CART).bytes, testCaller({ certificates: first.chain }), signal);
  assert.ok(late.kind === 'err' && late.error.code === 16);
  assert.deepEqual([metrics.get('csr'), metrics.get('success'), metrics.get('authenticationFailure')], [3, 2, 1]);
});

test('certificates of other roots, of other trust domains and of no workloads attest nothing', async () => {
  const { clock, handle, state } = await createService();
  const other = await testState(clock, seededRandom('other'));
  const keys = generateKeyPair();
  const base = { publicKey: keys.publicKey, validForMs: HOUR_MS };
  const authority = state.get()!.authority;
  const strangers = [
    other.get()!.authority.issueWorkload({ ...base, spiffeId: CART }),
    authority.issueWorkload({ ...base, spiffeId: 'spiffe://other.domain/ns/shop/sa/cart' }),
    authority.issueWorkload({ ...base, spiffeId: 'spiffe://cluster.local/shop/cart' }),
    authority.issueServer({ ...base, dnsNames: ['cart'] }),
    authority.issueClient({ ...base, user: 'system:serviceaccount:shop:cart' }),
  ];
  for (const stranger of strangers) {
    const { chain } = unwrap(stranger);
    const refused = await handle(testRequest(CART).bytes, testCaller({ certificates: chain }), signal);
    assert.deepEqual(refused, { kind: 'err', error: { code: 16, message: 'request authenticate failure' } });
  }
});

test('nobody gets another identity than the attested one, whatever the request says', async () => {
  const { handle, cart, log } = await createService();
  const other = await handle(testRequest('spiffe://cluster.local/ns/shop/sa/admin').bytes, cart(), signal);
  assert.ok(other.kind === 'err' && other.error.code === 7 && !other.error.message.includes('admin'));
  const keys = generateKeyPair();
  for (const names of [
    { spiffeId: CART, dnsNames: ['bank'] },
    { ipAddresses: ['10.0.0.1'] },
    { dnsNames: ['*.shop'] },
  ]) {
    const csr = unwrap(createCsr(keys, names));
    const refused = await handle(encodeRequest({ csr }), cart(), signal);
    assert.ok(refused.kind === 'err' && refused.error.code === 7);
  }
  for (const [name, value] of [
    ['ImpersonatedIdentity', 'spiffe://cluster.local/ns/a/sa/b'],
    ['CertSigner', 'other'],
  ] as const) {
    const metadata = { [name]: value };
    const refused = await handle(testRequest(CART, { metadata }).bytes, cart(), signal);
    assert.ok(refused.kind === 'err' && refused.error.code === 16);
  }
  const fine = await handle(testRequest(CART, { metadata: { ClusterID: 'Kubernetes' } }).bytes, cart(), signal);
  assert.equal(fine.kind, 'ok');
  // A common name is no identity here, and goes nowhere.
  const named = unwrap(createCsr(keys, { commonName: 'admin', organizations: ['system:masters'] }));
  const { chain } = readAnswer(unwrap(await handle(encodeRequest({ csr: named }), cart(), signal)));
  assert.equal(chain[0]?.subject, undefined);
  assert.equal(unwrap(spiffeIdOf(chain[0] as X509Certificate)).uri, CART);
  const reasons = log.records.map(({ fields }) => String(fields['reason'])).join('\n');
  assert.match(reasons, /sa\/admin[\s\S]*bank[\s\S]*ImpersonatedIdentity[\s\S]*CertSigner/);
});

test('hostile requests are refused with little said, and counted', async () => {
  const { handle, cart, metrics } = await createService();
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weakCsr = (() => {
    try {
      return execFileSync('openssl', ['req', '-new', '-key', '/dev/stdin', '-subj', '/CN=a'], {
        input: weak.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        stdio: ['pipe', 'pipe', 'ignore'],
        encoding: 'utf8',
      });
    } catch {
      return 'nonsense';
    }
  })();
  const good = unwrap(createCsr(generateKeyPair(), { spiffeId: CART }));
  const stolen = good.replace(/A/, 'B');
  const hostile = [
    encodeRequest({ csr: '' }),
    encodeRequest({ csr: 'nonsense' }),
    encodeRequest({ csr: weakCsr }),
    encodeRequest({ csr: stolen }),
    encodeRequest({ csr: good + good }),
    encodeRequest({ csr: 'x'.repeat(20_000) }),
    new Uint8Array(100_000),
    Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
  ];
  for (const bytes of hostile) {
    const refused = await handle(bytes, cart(), signal);
    assert.ok(refused.kind === 'err' && refused.error.code === 3 && refused.error.message.length < 40);
  }
  assert.equal(metrics.get('csrParsingError'), hostile.length);
  const unknown = await handle(testRequest(CART).bytes, testCaller({}), signal);
  assert.ok(unknown.kind === 'err' && unknown.error.code === 16);
});

test('whatever bytes come in, the answer is a failure and never an exception', async () => {
  const { handle, cart } = await createService();
  const { bytes } = testRequest(CART);
  const flipped = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
    const copy = Uint8Array.from(bytes);
    copy[at]! ^= mask;
    return copy;
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(flipped, fc.uint8Array({ maxLength: 300 })), async (input) => {
      const result = await handle(input, cart(), signal);
      // A flipped bit may make a request that is as good: then it is still for the attested identity.
      if (result.kind === 'err') return;
      assert.equal(unwrap(spiffeIdOf(readAnswer(result.value).chain[0] as X509Certificate)).uri, CART);
    }),
    { numRuns: 300 },
  );
});

test('an authenticator that throws refuses, and the next one is asked', async () => {
  const broken: Authenticator = { name: 'broken', attest: () => Promise.reject(new Error('disk full')) };
  const { handle, cart, log } = await createService([broken]);
  assert.equal((await handle(testRequest(CART).bytes, cart(), signal)).kind, 'ok');
  assert.equal((await handle(testRequest(CART).bytes, testCaller({}), signal)).kind, 'err');
  assert.match(String(log.records.at(-1)?.fields['reason']), /broken: disk full/);
});

test('an authority that has ended issues nothing, and says so in the log only', async () => {
  const { clock, handle, state, log, metrics, cart } = await createService();
  const short = await testState(clock, seededRandom('short'), { validForMs: HOUR_MS });
  state.swap(short.get());
  clock.advance(2 * HOUR_MS);
  const refused = await handle(testRequest(CART).bytes, cart(), signal);
  assert.deepEqual(refused, { kind: 'err', error: { code: 14, message: 'CSR signing error' } });
  assert.match(String(log.records.at(-1)?.fields['reason']), /"test root".*has expired/);
  assert.equal(metrics.get('signError'), 1);
  assert.match(metrics.format(state, clock), /^citadel_server_csr_sign_err_count 1$/m);
  assert.match(metrics.format(state, clock), /^citadel_server_root_cert_expiry_seconds -3600$/m);
});
