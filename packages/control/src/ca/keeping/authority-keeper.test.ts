import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom, systemClock, unwrap } from '@weft/core';
import { CertificateAuthority, certificatesToPem, privateKeyToPem } from '@weft/identity';
import { captureLogger, eventually, FakeClock, tempDir } from '@weft/testkit';
import type { AuthorityState } from '../authority-state.ts';
import { MemorySecret } from '../test-support/memory-secret.ts';
import { AuthorityKeeper, type AuthorityKeeperOptions } from './authority-keeper.ts';
import { pluggedInSecret } from './plugged-in.ts';
import { pluggedInFolder } from './plugged-in-folder.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const policy = { renewAtLeft: 0.2, minAnnounceMs: 10 * MINUTE_MS, retainMs: DAY_MS };

interface Fixture {
  readonly clock: FakeClock;
  readonly own: MemorySecret;
  readonly plugged: MemorySecret;
  readonly log: ReturnType<typeof captureLogger>;
  readonly keeper: (seed: string, changes?: Partial<AuthorityKeeperOptions>) => AuthorityKeeper;
}

function fixture(t: TestContext): Fixture {
  const clock = new FakeClock();
  const [own, plugged] = [new MemorySecret(), new MemorySecret()];
  const log = captureLogger();
  return {
    clock,
    own,
    plugged,
    log,
    keeper: (seed, changes = {}) => {
      const keeper = new AuthorityKeeper({
        context: { clock, random: seededRandom(seed), maxLeafMs: DAY_MS },
        log: log.logger,
        trustDomain: 'cluster.local',
        pluggedIn: [pluggedInSecret(plugged.store())],
        selfSigned: { store: own.store(), root: { validForMs: 20 * DAY_MS, keyKind: 'P-256' } },
        policy,
        ...changes,
      });
      t.after(() => keeper.close());
      return keeper;
    },
  };
}

async function secretOf(name: string, clock: FakeClock, validForMs = 100 * DAY_MS) {
  const context = { clock, random: seededRandom(name) };
  const root = unwrap(await CertificateAuthority.createRoot({ commonName: name, validForMs }, context));
  const signer = unwrap(await root.createIntermediate({ commonName: `${name} signer`, validForMs }));
  const data = {
    'ca-cert.pem': signer.certificate.toString(),
    'ca-key.pem': privateKeyToPem(signer.keys).reveal(),
    'cert-chain.pem': certificatesToPem(signer.path.slice(0, -1)),
    'root-cert.pem': root.root.toString(),
  };
  return { root, signer, content: { data, annotations: {} } };
}

const prints = (certificates: readonly X509Certificate[]) => certificates.map((one) => one.fingerprint256).sort();

const isSigning = (keeper: AuthorityKeeper, { authority }: AuthorityState) =>
  keeper.current().authority.root.fingerprint256 === authority.root.fingerprint256;

/** Keys are made on other threads, so how many steps of time pass meanwhile is not known. */
async function advanceUntil(clock: FakeClock, check: () => boolean): Promise<void> {
  await eventually(async () => {
    await clock.advanceAsync(5 * MINUTE_MS);
    return check();
  });
}

test('replicas that start together agree on one root', async (t) => {
  const { keeper, own } = fixture(t);
  const states = await Promise.all(['a', 'b', 'c', 'd'].map((seed) => keeper(seed).start()));
  assert.equal(new Set(states.map(({ authority }) => authority.root.fingerprint256)).size, 1);
  assert.equal(own.writes, 1);
  const [again] = await Promise.all([keeper('e').start()]);
  assert.equal(again?.rootsPem, states[0]?.rootsPem);
  assert.deepEqual(Object.keys(own.get()?.data ?? {}).sort(), [
    'ca-cert.pem',
    'ca-key.pem',
    'cert-chain.pem',
    'root-cert.pem',
  ]);
});

test('a new root is trusted by all before it signs, the old one until its last leaf is over, in all replicas', async (t) => {
  const { clock, keeper, own } = fixture(t);
  let isDistributed = false;
  const [one, two] = [keeper('one', { isDistributed: () => isDistributed }), keeper('two')];
  const first = await one.start();
  await two.start();
  await one.rotate();
  await clock.advanceAsync(0);
  for (const replica of [one, two]) {
    assert.ok(isSigning(replica, first));
    assert.equal(replica.current().roots.length, 2);
  }
  // A replica that starts in between continues with the old one.
  const three = keeper('three', { isDistributed: () => isDistributed });
  assert.equal((await three.start()).authority.root.fingerprint256, first.authority.root.fingerprint256);
  assert.deepEqual(prints(three.current().roots), prints(one.current().roots));
  await two.close();
  await clock.advanceAsync(60 * MINUTE_MS);
  assert.ok(isSigning(one, first));
  isDistributed = true;
  await advanceUntil(clock, () => !isSigning(one, first));
  for (const replica of [one, three]) {
    assert.ok(!isSigning(replica, first));
    assert.equal(replica.current().roots.length, 2);
  }
  assert.equal(own.get()?.data['next-ca-key.pem'], undefined);
  await clock.advanceAsync(DAY_MS + 60 * MINUTE_MS);
  for (const replica of [one, three]) {
    assert.deepEqual(prints(replica.current().roots), prints([replica.current().authority.root]));
  }
  assert.ok(!own.get()?.data['root-cert.pem']?.includes(first.rootsPem));
});

test('a root is replaced by itself when a fifth of its life is left', async (t) => {
  const { clock, keeper } = fixture(t);
  const one = keeper('one');
  const first = await one.start();
  await clock.advanceAsync(15 * DAY_MS);
  assert.equal(one.current().version, first.version);
  await clock.advanceAsync(2 * DAY_MS);
  await advanceUntil(clock, () => !isSigning(one, first));
});

test('a Secret of Istio is taken up, its own roots stay, and a broken one is refused instead of replaced', async (t) => {
  const { clock, keeper, own, log } = fixture(t);
  const { content, root } = await secretOf('istio', clock);
  own.set(content);
  const one = keeper('one');
  const state = await one.start();
  assert.equal(state.origin, 'self-signed');
  assert.equal(state.authority.root.fingerprint256, root.root.fingerprint256);
  // What is broken later changes nothing.
  own.set({ ...content, data: { ...content.data, 'ca-key.pem': 'nonsense' } });
  await clock.advanceAsync(0);
  assert.equal(one.current(), state);
  assert.match(log.messages().join('\n'), /a changed root cannot be used: the one before stays in use/);
  await assert.rejects(
    keeper('two').start(),
    /Secret istio-system\/test cannot be used: the private key cannot be read/,
  );
});

test('an ended root is replaced at a start, with a warning', async (t) => {
  const { clock, keeper, own, log } = fixture(t);
  const { content, root } = await secretOf('short', clock, DAY_MS);
  own.set(content);
  await clock.advanceAsync(2 * DAY_MS);
  const state = await keeper('one').start();
  assert.notEqual(state.authority.root.fingerprint256, root.root.fingerprint256);
  assert.match(log.messages().join('\n'), /had ended and was replaced/);
});

test('a root that was announced before the old one ended takes its place at a start', async (t) => {
  const { clock, keeper } = fixture(t);
  const one = keeper('one', { isDistributed: () => false });
  const first = await one.start();
  await clock.advanceAsync(10 * DAY_MS);
  await one.rotate();
  const announced = one
    .current()
    .roots.find(({ fingerprint256 }) => fingerprint256 !== first.authority.root.fingerprint256);
  assert.ok(announced !== undefined && isSigning(one, first));
  await one.close();
  await clock.advanceAsync(11 * DAY_MS);
  const state = await keeper('two').start();
  assert.equal(state.authority.root.fingerprint256, announced.fingerprint256);
});

test('a deleted Secret is written again, with the same root', async (t) => {
  const { clock, keeper, own } = fixture(t);
  const one = keeper('one');
  const { rootsPem } = await one.start();
  own.set(undefined);
  await clock.advanceAsync(0);
  assert.equal(own.get()?.data['root-cert.pem'], rootsPem);
  assert.equal(one.current().rootsPem, rootsPem);
});

test('what is plugged in goes before a root of our own, and what cannot be used is refused', async (t) => {
  const { clock, keeper, own, plugged } = fixture(t);
  const { content, signer } = await secretOf('plugged', clock);
  plugged.set({ ...content, data: { ...content.data, 'root-cert.pem': 'nonsense' } });
  await assert.rejects(keeper('one').start(), /root-cert\.pem: invalid PEM/);
  plugged.set(content);
  const two = keeper('two');
  const state = await two.start();
  assert.equal(state.origin, 'cacerts');
  assert.equal(state.authority.certificate.fingerprint256, signer.certificate.fingerprint256);
  assert.equal(own.writes, 0);
  await assert.rejects(two.rotate(), /plugged in \(cacerts\), so it is not rotated here/);
});

test('an authority that is plugged in, or changed, while the mesh runs takes over without a gap in trust', async (t) => {
  const { clock, keeper, plugged, log } = fixture(t);
  const one = keeper('one');
  const first = await one.start();
  const next = await secretOf('next', clock);
  plugged.set(next.content);
  await clock.advanceAsync(0);
  assert.ok(isSigning(one, first));
  assert.equal(one.current().roots.length, 2);
  await clock.advanceAsync(11 * MINUTE_MS);
  assert.equal(one.current().origin, 'cacerts');
  assert.equal(one.current().authority.root.fingerprint256, next.root.root.fingerprint256);
  assert.equal(one.current().roots.length, 2);
  // Gone, or broken: nothing changes.
  const before = one.current();
  plugged.set({ ...next.content, data: {} });
  plugged.set(undefined);
  await clock.advanceAsync(MINUTE_MS);
  assert.equal(one.current(), before);
  assert.match(log.messages().join('\n'), /plugged-in authority cannot be used[\s\S]*plugged-in authority is gone/);
  await clock.advanceAsync(DAY_MS);
  assert.deepEqual(prints(one.current().roots), prints([next.root.root]));
});

test('an authority that is plugged in and ends soon is told of once a day', async (t) => {
  const { clock, keeper, plugged, log } = fixture(t);
  plugged.set((await secretOf('plugged', clock, 10 * DAY_MS)).content);
  await keeper('one').start();
  const warnings = () => log.messages('warning').filter((message) => message.includes('ends soon'));
  await clock.advanceAsync(7 * DAY_MS);
  assert.equal(warnings().length, 0);
  // For the authority and for its root.
  await clock.advanceAsync(2 * DAY_MS);
  assert.ok(warnings().length >= 2 && warnings().length <= 4, String(warnings().length));
});

test('an API server that cannot be reached is tried again, and issuing goes on meanwhile', async (t) => {
  const { clock, keeper, own, log } = fixture(t);
  const one = keeper('one');
  const first = await one.start();
  await clock.advanceAsync(15 * DAY_MS);
  own.failure = new Error('connection refused');
  await clock.advanceAsync(DAY_MS);
  await advanceUntil(clock, () => log.messages('error').some((message) => /could not be looked after/.test(message)));
  assert.equal(one.current(), first);
  own.failure = undefined;
  await advanceUntil(clock, () => !isSigning(one, first));
});

test('a folder goes before Secrets and is followed as mounts of Secrets change: all at once', async (t) => {
  const { keeper, plugged, log } = fixture(t);
  const folder = tempDir(t);
  const clock = new FakeClock();
  const write = async (name: string) => {
    const { content, signer } = await secretOf(name, clock);
    const version = join(folder, `..${name}`);
    mkdirSync(version);
    for (const [file, text] of Object.entries(content.data)) writeFileSync(join(version, file), text);
    for (const file of Object.keys(content.data)) renameSync(join(version, file), join(folder, file));
    return signer.certificate.fingerprint256;
  };
  plugged.set((await secretOf('secret', clock)).content);
  const first = await write('first');
  const source = pluggedInFolder(folder, { clock: systemClock, log: log.logger });
  const one = keeper('one', {
    pluggedIn: [source, pluggedInSecret(plugged.store())],
    policy: { ...policy, minAnnounceMs: 0 },
  });
  const state = await one.start();
  assert.equal(state.origin, 'files');
  assert.equal(state.authority.certificate.fingerprint256, first);
  const second = await write('second');
  await eventually(() => one.current().authority.certificate.fingerprint256 === second);
  assert.equal(one.current().roots.length, 2);
});

test('a folder without files is as none, and one that cannot be read is told', async (t) => {
  const { keeper, log } = fixture(t);
  const parts = { clock: systemClock, log: log.logger };
  const missing = keeper('one', { pluggedIn: [pluggedInFolder(join(tempDir(t), 'missing'), parts)] });
  assert.equal((await missing.start()).origin, 'self-signed');
  const folder = tempDir(t);
  mkdirSync(join(folder, 'ca-cert.pem'));
  await assert.rejects(keeper('two', { pluggedIn: [pluggedInFolder(folder, parts)] }).start(), /EISDIR/);
});
