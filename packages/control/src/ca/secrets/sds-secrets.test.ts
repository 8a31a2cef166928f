import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { seededRandom, unwrap, Watch } from '@weft/core';
import { parseSpiffeId, spiffeIdOf } from '@weft/identity';
import type { Secret } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import { decode, Problems, validate } from '@weft/proto/lite';
import { captureLogger, eventually, FakeClock } from '@weft/testkit';
import type { AuthorityState } from '../authority-state.ts';
import { WorkloadIssuer } from '../issuing/workload-issuer.ts';
import { testState } from '../test-support/fixed-state.ts';
import { SdsSecrets, SECRET_TYPE } from './sds-secrets.ts';

const HOUR_MS = 3_600_000;
const cart = unwrap(parseSpiffeId('spiffe://cluster.local/ns/shop/sa/cart'));
const bank = unwrap(parseSpiffeId('spiffe://cluster.local/ns/shop/sa/bank'));

async function createSecrets(options: { readonly maxIdentities?: number } = {}) {
  const clock = new FakeClock();
  const random = seededRandom('sds');
  const first = await testState(clock, random);
  const state = new Watch<AuthorityState | undefined>(first.get());
  const issuer = new WorkloadIssuer(state, { defaultMs: 24 * HOUR_MS, maxMs: 24 * HOUR_MS });
  const log = captureLogger();
  const secrets = new SdsSecrets({ state, issuer, clock, random, log: log.logger, ...options });
  return { clock, random, state, secrets, log };
}

function read(bytes: Uint8Array | undefined): Secret {
  const problems = new Problems();
  const secret = decode<Secret>(SECRET_TYPE, bytes ?? new Uint8Array(), problems);
  assert.ok(secret !== undefined);
  validate(secret, problems);
  assert.ok(problems.isEmpty, problems.toString());
  return secret;
}

function textOf(
  source: { readonly specifier: { readonly case?: string | undefined; readonly value?: unknown } } | undefined,
) {
  assert.equal(source?.specifier.case, 'inlineBytes');
  return Buffer.from(source.specifier.value as Uint8Array).toString('utf8');
}

function readWorkload(bytes: Uint8Array | undefined) {
  const { name, type } = read(bytes);
  assert.ok(name === 'default' && type.case === 'tlsCertificate');
  return {
    certificate: new X509Certificate(textOf(type.value.certificateChain)),
    key: createPrivateKey(textOf(type.value.privateKey)),
  };
}

test('the roots are for everybody and follow the authority', async () => {
  const { clock, secrets, state } = await createSecrets();
  const lease = unwrap(secrets.acquire('ROOTCA', { id: cart, isLocal: false }));
  const rootsOf = () => {
    const { name, type } = read(lease.secret.get()?.bytes);
    assert.ok(name === 'ROOTCA' && type.case === 'validationContext');
    return textOf(type.value.trustedCa);
  };
  assert.equal(rootsOf(), state.get()?.rootsPem);
  const version = lease.secret.get()?.version;
  const next = (await testState(clock, seededRandom('next'))).get()!;
  state.swap({ ...next, version: 2 });
  assert.equal(rootsOf(), next.rootsPem);
  assert.notEqual(lease.secret.get()?.version, version);
  secrets.close();
});

test('a local proxy gets a certificate of its own identity, which is renewed while it is followed', async () => {
  const { clock, secrets } = await createSecrets();
  const lease = unwrap(secrets.acquire('default', { id: cart, isLocal: true }));
  const again = unwrap(secrets.acquire('default', { id: cart, isLocal: true }));
  const other = unwrap(secrets.acquire('default', { id: bank, isLocal: true }));
  await eventually(() => lease.secret.get() !== undefined && other.secret.get() !== undefined);
  const first = readWorkload(lease.secret.get()?.bytes);
  assert.equal(unwrap(spiffeIdOf(first.certificate)).uri, cart.uri);
  assert.ok(first.certificate.checkPrivateKey(first.key));
  assert.equal(again.secret.get(), lease.secret.get());
  assert.equal(unwrap(spiffeIdOf(readWorkload(other.secret.get()?.bytes).certificate)).uri, bank.uri);
  await clock.advanceAsync(15 * HOUR_MS);
  const second = readWorkload(lease.secret.get()?.bytes);
  assert.notEqual(second.certificate.serialNumber, first.certificate.serialNumber);
  // A new key each time: an old one that leaked is of no use.
  assert.ok(!second.certificate.checkPrivateKey(first.key));
  lease.release();
  lease.release();
  await clock.advanceAsync(15 * HOUR_MS);
  assert.notEqual(readWorkload(again.secret.get()?.bytes).certificate.serialNumber, second.certificate.serialNumber);
  again.release();
  other.release();
  assert.equal(clock.pendingTimers, 0);
});

test('nobody else gets a key that was made here, and there are no other secrets', async () => {
  const { secrets } = await createSecrets({ maxIdentities: 1 });
  const remote = secrets.acquire('default', { id: cart, isLocal: false });
  assert.ok(remote.kind === 'err' && /no key is made for it here/.test(remote.error.message));
  for (const name of ['kubernetes://other', '', 'default ', 'rootca']) {
    const refused = secrets.acquire(name, { id: cart, isLocal: true });
    assert.ok(refused.kind === 'err' && /there is no secret/.test(refused.error.message));
  }
  unwrap(secrets.acquire('default', { id: cart, isLocal: true }));
  const full = secrets.acquire('default', { id: bank, isLocal: true });
  assert.ok(full.kind === 'err' && /1 identities have certificates here already/.test(full.error.message));
  secrets.close();
});

test('a certificate that cannot be had now comes when the authority can issue again', async () => {
  const { clock, log, secrets, state } = await createSecrets();
  const good = state.get();
  state.swap((await testState(clock, seededRandom('short'), { validForMs: HOUR_MS })).get());
  await clock.advanceAsync(2 * HOUR_MS);
  const lease = unwrap(secrets.acquire('default', { id: cart, isLocal: true }));
  await eventually(() => log.messages('error').length > 0);
  assert.equal(lease.secret.get(), undefined);
  state.swap(good);
  await eventually(() => lease.secret.get() !== undefined);
  lease.release();
});
