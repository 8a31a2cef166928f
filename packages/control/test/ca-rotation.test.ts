/** Real TLS between workloads and with the control plane while the authority of the mesh changes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { seededRandom, systemClock, unwrap } from '@weft/core';
import { CertificateAuthority, certificatesToPem, generateKeyPair, privateKeyToPem, spiffeIdOf } from '@weft/identity';
import { captureLogger, eventually, FakeClock, tempDir } from '@weft/testkit';
import {
  AuthorityKeeper,
  ControlServerCertificate,
  controlPlaneNames,
  pluggedInSecret,
  WorkloadIssuer,
} from '../src/ca/index.ts';
import { MemorySecret } from '../src/ca/test-support/memory-secret.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One end of a connection. */
interface End {
  readonly chainPem: string;
  readonly keyPem: string;
  readonly rootsPem: string;
}

/** A handshake of both ends, each of which checks the other; rejects when either of them refuses. */
async function shakeHands(client: End, server: End, host?: string): Promise<void> {
  const [near, far] = duplexPair();
  const optionsOf = ({ chainPem, keyPem, rootsPem }: End) => ({ cert: chainPem, key: keyPem, ca: rootsPem });
  const acceptor = createServer({ ...optionsOf(server), requestCert: true, rejectUnauthorized: true });
  const dialed = connect({
    socket: near,
    ...optionsOf(client),
    ...(host === undefined ? { checkServerIdentity: () => undefined } : { host, servername: host }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      dialed.once('error', reject);
      acceptor.once('tlsClientError', (error) => reject(new Error(`the server refuses: ${error.message}`)));
      // With TLS 1.3 the client is done first: only what the server then says tells that it took the client's certificate.
      acceptor.once('secureConnection', (accepted) => accepted.end('x'));
      dialed.once('data', () => resolve());
      acceptor.emit('connection', far);
    });
  } finally {
    dialed.destroy();
    far.destroy();
  }
}

/** A workload: its certificate is from when it asked, its roots are those it was told of last. */
class Workload {
  readonly name: string;
  end: End | undefined;
  rootsPem = '';

  constructor(name: string) {
    this.name = name;
  }

  renew(issuer: WorkloadIssuer): void {
    const keys = generateKeyPair();
    const id = {
      trustDomain: 'cluster.local',
      path: `/ns/shop/sa/${this.name}`,
      uri: `spiffe://cluster.local/ns/shop/sa/${this.name}`,
    };
    const { issued, state } = unwrap(issuer.issue(id, keys.publicKey, 0));
    // A client learns the roots with its certificate, too.
    this.rootsPem = state.rootsPem;
    this.end = { chainPem: issued.chainPem, keyPem: privateKeyToPem(keys).reveal(), rootsPem: this.rootsPem };
  }

  learn(rootsPem: string): void {
    this.rootsPem = rootsPem;
    if (this.end !== undefined) this.end = { ...this.end, rootsPem };
  }
}

function createMesh(t: TestContext) {
  // TLS looks at the real time: what is issued must be valid now and at the end of the test's own time.
  const clock = new FakeClock(systemClock.now() - 12 * 60 * MINUTE_MS);
  const plugged = new MemorySecret();
  const workloads = ['a', 'b', 'c', 'd'].map((name) => new Workload(name));
  const keeper = new AuthorityKeeper({
    context: { clock, random: seededRandom('mesh'), maxLeafMs: 30 * DAY_MS },
    log: captureLogger().logger,
    trustDomain: 'cluster.local',
    pluggedIn: [pluggedInSecret(plugged.store())],
    selfSigned: { store: new MemorySecret().store(), root: { validForMs: 1000 * DAY_MS, keyKind: 'P-256' } },
    policy: { renewAtLeft: 0.2, minAnnounceMs: 10 * MINUTE_MS, retainMs: 3 * 60 * MINUTE_MS },
    isDistributed: (roots) =>
      workloads.every(({ rootsPem }) => roots.every((root) => rootsPem.includes(root.toString()))),
  });
  t.after(() => keeper.close());
  const issuer = new WorkloadIssuer(keeper.state, { defaultMs: DAY_MS, maxMs: DAY_MS });
  const everybodyTalks = async () => {
    for (const from of workloads) for (const to of workloads) if (from !== to) await shakeHands(from.end!, to.end!);
  };
  return { clock, plugged, keeper, issuer, workloads, everybodyTalks };
}

type Mesh = ReturnType<typeof createMesh>;

const signing = ({ keeper }: Mesh) => keeper.current().authority.root.fingerprint256;

/** Tells one workload after the other of the roots, renews some on the way, and has all talk to all after each step. */
async function liveThrough(mesh: Mesh): Promise<void> {
  const { clock, keeper, issuer, workloads, everybodyTalks } = mesh;
  const before = signing(mesh);
  await eventually(() => keeper.current().roots.length > 1);
  for (const workload of workloads) {
    await clock.advanceAsync(11 * MINUTE_MS);
    assert.equal(signing(mesh), before, `${workload.name} does not know the new root yet`);
    await everybodyTalks();
    workload.learn(keeper.current().rootsPem);
    // One that renews or starts now still gets what all others believe.
    workloads[0]?.renew(issuer);
    await everybodyTalks();
  }
  await eventually(async () => {
    await clock.advanceAsync(MINUTE_MS);
    return signing(mesh) !== before;
  });
  for (const workload of workloads) {
    workload.renew(issuer);
    await everybodyTalks();
  }
  await clock.advanceAsync(4 * 60 * MINUTE_MS);
  assert.equal(keeper.current().roots.length, 1);
  for (const workload of workloads) {
    workload.learn(keeper.current().rootsPem);
    await everybodyTalks();
  }
}

test('no handshake fails while a root of our own is replaced', async (t) => {
  const mesh = createMesh(t);
  await mesh.keeper.start();
  for (const workload of mesh.workloads) workload.renew(mesh.issuer);
  await mesh.everybodyTalks();
  await mesh.keeper.rotate();
  await liveThrough(mesh);
});

test('no handshake fails while an authority is plugged into a running mesh', async (t) => {
  const mesh = createMesh(t);
  await mesh.keeper.start();
  for (const workload of mesh.workloads) workload.renew(mesh.issuer);
  const context = { clock: mesh.clock, random: seededRandom('plugged') };
  const root = unwrap(
    await CertificateAuthority.createRoot({ commonName: 'company', validForMs: 99 * DAY_MS, keyKind: 'RSA' }, context),
  );
  const signer = unwrap(await root.createIntermediate({ commonName: 'mesh signer', validForMs: 90 * DAY_MS }));
  mesh.plugged.set({
    annotations: {},
    data: {
      'ca-cert.pem': signer.certificate.toString(),
      'ca-key.pem': privateKeyToPem(signer.keys).reveal(),
      'cert-chain.pem': certificatesToPem(signer.path),
      'root-cert.pem': root.root.toString(),
    },
  });
  await liveThrough(mesh);
  assert.equal(mesh.keeper.current().origin, 'cacerts');
});

test('a root that is not announced does break handshakes: these tests can fail', async (t) => {
  const mesh = createMesh(t);
  await mesh.keeper.start();
  const stranger = createMesh(t);
  await stranger.keeper.start();
  const [one, two] = mesh.workloads;
  one?.renew(mesh.issuer);
  two?.renew(stranger.issuer);
  await assert.rejects(shakeHands(one!.end!, two!.end!), /unable to verify|self-signed|unknown ca|refuses/);
  await assert.rejects(shakeHands(two!.end!, one!.end!));
  // It is the server, too, that refuses.
  const gullible = { ...two!.end!, rootsPem: one!.end!.rootsPem };
  await assert.rejects(shakeHands(gullible, one!.end!), /the server refuses/);
});

test('the control plane serves under its names, with a new certificate when another authority takes over', async (t) => {
  const mesh = createMesh(t);
  const { clock, keeper, issuer, workloads } = mesh;
  const serving = new ControlServerCertificate({
    state: keeper.state,
    clock,
    random: seededRandom('serving'),
    log: captureLogger().logger,
    dnsNames: controlPlaneNames('istio-system'),
  });
  t.after(() => serving.close());
  await keeper.start();
  await serving.start();
  for (const workload of workloads) workload.renew(issuer);
  const control = (): End => {
    const { chainPem, keyPem } = serving.current.get()!;
    return { chainPem, keyPem: keyPem.reveal(), rootsPem: keeper.current().rootsPem };
  };
  const everybodyCalls = async () => {
    for (const { end } of workloads) await shakeHands(end!, control(), 'istiod.istio-system.svc');
  };
  await everybodyCalls();
  await assert.rejects(shakeHands(workloads[0]!.end!, control(), 'istiod.other.svc'), /altnames|does not match/);
  const first = control().chainPem;
  await keeper.rotate();
  for (const workload of workloads) workload.learn(keeper.current().rootsPem);
  await eventually(async () => {
    await clock.advanceAsync(MINUTE_MS);
    return control().chainPem !== first;
  });
  await everybodyCalls();
  // It renews by itself too, long before its end.
  const second = control().chainPem;
  await clock.advanceAsync(20 * DAY_MS);
  assert.notEqual(control().chainPem, second);
});

test('openssl agrees with what is issued', async (t) => {
  const mesh = createMesh(t);
  await mesh.keeper.start();
  const [one] = mesh.workloads;
  one?.renew(mesh.issuer);
  const dir = tempDir(t);
  writeFileSync(join(dir, 'roots.pem'), one!.end!.rootsPem);
  writeFileSync(join(dir, 'leaf.pem'), one!.end!.chainPem);
  for (const purpose of ['sslserver', 'sslclient']) {
    let output: string;
    try {
      output = execFileSync(
        'openssl',
        ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'roots.pem', 'leaf.pem'],
        {
          cwd: dir,
          encoding: 'utf8',
        },
      );
    } catch (thrown: unknown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      t.skip('openssl is not installed');
      return;
    }
    assert.match(output, /leaf\.pem: OK/);
  }
  assert.equal(unwrap(spiffeIdOf(mesh.keeper.current().authority.certificate)).uri, 'spiffe://cluster.local');
});
