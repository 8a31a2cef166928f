import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret, seededRandom, unwrap } from '@weft/core';
import {
  CertificateAuthority,
  generateKeyPair,
  keyPairFromPem,
  parseCertificatesPem,
  parseCsr,
  parseSpiffeId,
  samePublicKey,
} from '@weft/identity';
import type { IstioCertificateRequest } from '@weft/proto/istio/v1/auth/ca';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import { captureLogger, eventually, FakeClock, tempDir } from '@weft/testkit';
import type { MetadataPair, OpenStreamOptions, StreamEvents, XdsStream, XdsTransport } from '@weft/xds/client';
import { tokenFile, WorkloadIdentity, type WorkloadIdentityOptions } from './workload-identity.ts';

const HOUR_MS = 3_600_000;
const id = unwrap(parseSpiffeId('spiffe://cluster.local/ns/shop/sa/cart'));

type Answer = { readonly messages?: readonly Uint8Array[]; readonly code?: number; readonly message?: string } | 'none';

/** Answers calls as the test says. */
class ScriptedAuthority implements XdsTransport {
  answer: (request: IstioCertificateRequest) => Answer;
  readonly calls: { readonly method: string; readonly metadata: readonly MetadataPair[] }[] = [];
  cancelled = 0;
  #metadata: readonly MetadataPair[] = [];

  constructor(answer: (request: IstioCertificateRequest) => Answer) {
    this.answer = answer;
  }

  connect(metadata: readonly MetadataPair[]): XdsTransport {
    this.#metadata = metadata;
    return this;
  }

  openStream({ method }: OpenStreamOptions, events: StreamEvents): XdsStream {
    this.calls.push({ method, metadata: this.#metadata });
    let request: IstioCertificateRequest | undefined;
    return {
      send: (bytes) => {
        request = decode<IstioCertificateRequest>('istio.v1.auth.IstioCertificateRequest', bytes, new Problems());
        return true;
      },
      end: () => {
        const answer = this.answer(request as IstioCertificateRequest);
        if (answer === 'none') return;
        queueMicrotask(() => {
          for (const bytes of answer.messages ?? []) events.onMessage(bytes);
          events.onEnd(answer.code ?? 0, answer.message ?? '');
        });
      },
      cancel: () => {
        this.cancelled += 1;
      },
    };
  }
}

const encodeChain = (certChain: readonly string[], caCert?: readonly string[]) =>
  encode(
    create('istio.v1.auth.IstioCertificateResponse', {
      certChain,
      ...(caCert === undefined ? {} : { rootCert: create('istio.v1.auth.Roots', { caCert }) }),
    }),
  );

async function setUp(changes: Partial<WorkloadIdentityOptions> = {}) {
  const clock = new FakeClock();
  const context = { clock, random: seededRandom('authority') };
  const about = { commonName: 'root', validForMs: 1000 * HOUR_MS, trustDomain: 'cluster.local' };
  const root = unwrap(await CertificateAuthority.createRoot(about, context));
  const signer = unwrap(await root.createIntermediate({ commonName: 'signer', validForMs: 900 * HOUR_MS }));
  const issue = (request: IstioCertificateRequest, spiffeId = id.uri, key = unwrap(parseCsr(request.csr)).publicKey) =>
    unwrap(signer.issueWorkload({ spiffeId, publicKey: key, validForMs: 24 * HOUR_MS }));
  const good = (request: IstioCertificateRequest): Answer => ({
    messages: [encodeChain([...issue(request).chain.map(String), root.root.toString()])],
  });
  const authority = new ScriptedAuthority(good);
  const log = captureLogger({ clock });
  const identity = new WorkloadIdentity({
    id,
    connect: (metadata) => authority.connect(metadata),
    readToken: () => Promise.resolve(new Secret('token-1')),
    clock,
    random: seededRandom('identity'),
    logger: log.logger,
    ...changes,
  });
  return { clock, root, signer, issue, good, authority, log, identity };
}

test('a key is made, its certificate asked for with the token, and both are there together', async () => {
  const { authority, identity, root } = await setUp({ clusterId: 'Kubernetes' });
  const certificate = await identity.start();
  const chain = unwrap(parseCertificatesPem(certificate.chainPem));
  assert.equal(chain.length, 2);
  assert.ok(samePublicKey(chain[0]!.publicKey, unwrap(keyPairFromPem(certificate.keyPem)).publicKey));
  assert.equal(certificate.rootsPem, root.pathPem);
  assert.deepEqual(authority.calls, [
    {
      method: '/istio.v1.auth.IstioCertificateService/CreateCertificate',
      metadata: [
        { key: 'authorization', value: 'Bearer token-1' },
        { key: 'clusterid', value: 'Kubernetes' },
      ],
    },
  ]);
  identity.close();
});

test('all roots of the answer are taken, in the form of older and of newer authorities', async () => {
  const { authority, identity, issue, root, clock } = await setUp();
  const about = { commonName: 'next', validForMs: HOUR_MS };
  const next = unwrap(await CertificateAuthority.createRoot(about, { clock, random: seededRandom('next') }));
  const both = root.pathPem + next.pathPem;
  authority.answer = (request) => ({ messages: [encodeChain([issue(request).chainPem, both])] });
  assert.equal((await identity.start()).rootsPem, both);
  authority.answer = (request) => ({
    messages: [encodeChain(issue(request).chain.map(String), [root.pathPem, next.pathPem])],
  });
  await clock.advanceAsync(15 * HOUR_MS);
  assert.equal(identity.current.get()?.rootsPem, both);
  assert.equal(unwrap(parseCertificatesPem(identity.current.get()?.chainPem ?? '')).length, 2);
  identity.close();
});

test('it is renewed at half of its life, with a new key, and kept when that fails', async () => {
  const { authority, clock, good, identity } = await setUp();
  const first = await identity.start();
  await clock.advanceAsync(15 * HOUR_MS);
  const second = identity.current.get();
  assert.ok(second !== undefined && second.serialNumber !== first.serialNumber);
  assert.notEqual(second.keyPem.reveal(), first.keyPem.reveal());
  authority.answer = () => ({ code: 14, message: 'gone' });
  await clock.advanceAsync(20 * HOUR_MS);
  assert.equal(identity.current.get(), second);
  authority.answer = good;
  await clock.advanceAsync(HOUR_MS);
  assert.notEqual(identity.current.get(), second);
  identity.close();
  assert.equal(clock.pendingTimers, 0);
});

test('a wrong answer is never used, and the log names what is wrong', async () => {
  const { authority, clock, issue, root, identity, log, good } = await setUp();
  const stranger = unwrap(
    await CertificateAuthority.createRoot(
      { commonName: 'stranger', validForMs: HOUR_MS },
      { clock, random: seededRandom('stranger') },
    ),
  );
  const rootPem = root.root.toString();
  const other = 'spiffe://cluster.local/ns/shop/sa/bank';
  const wrong: readonly (readonly [(request: IstioCertificateRequest) => Answer, RegExp])[] = [
    [() => ({ code: 16, message: 'request authenticate failure' }), /refused with UNAUTHENTICATED/],
    [() => ({ code: 14, message: 'no host' }), /failed with code 14: no host/],
    [() => ({}), /ended without an answer/],
    [(r) => ({ messages: [...(good(r) as { messages: Uint8Array[] }).messages, Uint8Array.of()] }), /answered twice/],
    [() => ({ messages: [Uint8Array.of(0xff)] }), /answered wrongly/],
    [() => ({ messages: [encodeChain([])] }), /no chain with a root/],
    [() => ({ messages: [encodeChain([rootPem])] }), /no chain with a root/],
    [() => ({ messages: [encodeChain([rootPem, rootPem])] }), /no certificate but roots/],
    [() => ({ messages: [encodeChain(['nonsense', rootPem])] }), /invalid PEM/],
    [(r) => ({ messages: [encodeChain([issue(r, other).chainPem, rootPem])] }), /is for spiffe:.*bank, not for/],
    [
      (r) => ({ messages: [encodeChain([issue(r, id.uri, generateKeyPair().publicKey).chainPem, rootPem])] }),
      /for another key/,
    ],
    [(r) => ({ messages: [encodeChain([issue(r).chainPem, stranger.pathPem])] }), /not signed by a trusted root/],
  ];
  const started = identity.start();
  for (const [answer, reason] of wrong) {
    authority.answer = answer;
    log.clear();
    await eventually(
      async () => {
        await clock.advanceAsync(15_000);
        return log.records.some(({ fields }) => reason.test(String(fields['reason'])));
      },
      { what: String(reason) },
    );
    assert.equal(identity.current.get(), undefined);
  }
  authority.answer = good;
  await clock.advanceAsync(15_000);
  assert.ok((await started).serialNumber);
  assert.ok(!JSON.stringify(log.records).includes('token-1'));
  identity.close();
});

test('an authority that does not answer is given up, and a closed identity asks no more', async () => {
  const { authority, clock, identity, log } = await setUp();
  authority.answer = () => 'none';
  const started = identity.start();
  await clock.advanceAsync(10_000);
  assert.match(String(log.records[0]?.fields['reason']), /longer than 10000 ms/);
  assert.equal(authority.cancelled, 1);
  identity.close();
  await assert.rejects(started, /closed/);
  const asked = authority.calls.length;
  await clock.advanceAsync(HOUR_MS);
  assert.equal(authority.calls.length, asked);
  assert.equal(clock.pendingTimers, 0);
});

test('the token is read anew each time, and a file without one is named', async (t) => {
  const path = join(tempDir(t), 'token');
  const read = tokenFile(path);
  await assert.rejects(read(), /the token cannot be read: ENOENT/);
  writeFileSync(path, 'a.b.c\n');
  assert.equal((await read()).reveal(), 'a.b.c');
  writeFileSync(path, 'd.e.f');
  assert.equal((await read()).reveal(), 'd.e.f');
  for (const wrong of ['', ' \n', 'a b', 'x'.repeat(20_000)]) {
    writeFileSync(path, wrong);
    await assert.rejects(read(), /holds no token/);
  }
});
