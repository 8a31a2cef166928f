/** Client certificates over real TLS: only those of the server's own CA, in their time and for their purpose, say who one is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, Secret, systemClock, systemRandom, unwrap } from '@weft/core';
import { CertificateAuthority, generateKeyPair, privateKeyToPem } from '@weft/identity';
import { tempDir } from '@weft/testkit';
import { certificateAuthenticator } from '../src/server/auth/certificate.ts';
import { type ClientFiles, startTestServer, type TestServer } from './support/server.ts';

const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const HOUR_MS = 3_600_000;

function authorityOf(folder: string, clock: Clock = systemClock): CertificateAuthority {
  const read = (name: string): string => readFileSync(join(folder, 'pki', name), 'utf8');
  const files = { chainPem: read('ca.crt'), keyPem: new Secret(read('ca.key')) };
  return unwrap(CertificateAuthority.load(files, { clock, random: systemRandom }));
}

function root(): Promise<CertificateAuthority> {
  const options = { commonName: 'weft-apiserver-ca', validForMs: HOUR_MS };
  return CertificateAuthority.createRoot(options, { clock: systemClock, random: systemRandom }).then(unwrap);
}

async function client(
  authority: CertificateAuthority,
  user: string,
  groups: string[] = [],
  validForMs = HOUR_MS,
): Promise<ClientFiles> {
  const keys = generateKeyPair();
  const issued = unwrap(authority.issueClient({ publicKey: keys.publicKey, validForMs, user, groups }));
  return { cert: issued.chainPem, key: privateKeyToPem(keys).reveal() };
}

async function start(t: TestContext): Promise<{ readonly server: TestServer; readonly state: string }> {
  const state = tempDir(t);
  return { server: await startTestServer(t, { state }), state };
}

test('a certificate of the own CA names its user and groups', async (t) => {
  const { server, state } = await start(t);
  const maria = await client(authorityOf(state), 'maria', ['devs', 'ops']);
  const { status, json } = await server.ask('POST', SELF, { client: maria, body: {} });
  assert.equal(status, 201);
  assert.deepEqual(json.status.userInfo, { username: 'maria', groups: ['devs', 'ops', 'system:authenticated'] });
  const owner = await server.ask('POST', SELF, { body: {} });
  assert.ok(owner.json.status.userInfo.groups.includes('system:masters'));
});

test('any other certificate is refused on every path, and never makes its client anonymous', async (t) => {
  const { server, state } = await start(t);
  const own = authorityOf(state);
  const foreign = await root();
  const self = await root();
  // The authority itself counts from two minutes before now.
  const past: Clock = { ...systemClock, now: () => systemClock.now() - 100_000 };
  const late: Clock = { ...systemClock, now: () => systemClock.now() + 2 * HOUR_MS };
  const serverKeys = generateKeyPair();
  const serving = unwrap(
    own.issueServer({ publicKey: serverKeys.publicKey, validForMs: HOUR_MS, dnsNames: ['system-masters'] }),
  );
  const files: Record<string, ClientFiles> = {
    'of a foreign CA with the same name': await client(foreign, 'owner', ['system:masters']),
    'self-signed': { cert: self.pathPem, key: privateKeyToPem(self.keys).reveal() },
    'of a server': { cert: serving.chainPem, key: privateKeyToPem(serverKeys).reveal() },
    expired: await client(authorityOf(state, past), 'owner', ['system:masters'], 10_000),
    'not valid yet': await client(authorityOf(state, late), 'owner', ['system:masters']),
  };
  for (const [what, shown] of Object.entries(files)) {
    for (const url of ['/version', '/api/v1/namespaces', '/healthz']) {
      const { status } = await server.ask('GET', url, { client: shown });
      assert.equal(status, 401, `${what}: ${url}`);
    }
  }
  assert.equal((await server.ask('GET', '/version', { client: 'anonymous' })).status, 200);
  const reasons = server.log.records.filter((r) => r.message === 'refused credentials').map((r) => r.fields['reason']);
  assert.ok(
    reasons.every((reason) => /the certificate is not trusted: [A-Z_]+/.test(String(reason))),
    String(reasons[0]),
  );
});

test('a good token counts beside a certificate of somebody else', async (t) => {
  const { server } = await start(t);
  const made = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'web' } },
  });
  assert.equal(made.status, 201);
  const issued = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/web/token', {
    body: { spec: {} },
  });
  const headers = { Authorization: `Bearer ${issued.json.status.token}` };
  const foreign = await client(await root(), 'x');
  const { status, json } = await server.ask('POST', SELF, { client: foreign, headers, body: {} });
  assert.equal(status, 201);
  assert.equal(json.status.userInfo.username, 'system:serviceaccount:default:web');
});

test('a certificate that expires during its connection is refused from then on', () => {
  let nowMs = 1000;
  const authenticator = certificateAuthenticator({ ...systemClock, now: () => nowMs });
  const certificate = { commonName: 'maria', organizations: [], notAfterMs: 2000 };
  assert.equal(authenticator.authenticate({ authorization: undefined, certificate }).kind, 'user');
  nowMs = 2001;
  assert.equal(authenticator.authenticate({ authorization: undefined, certificate }).kind, 'refused');
});

test('nothing secret is ever logged', async (t) => {
  const { server, state } = await start(t);
  await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'web' } } });
  const issued = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/web/token', {
    body: { spec: {} },
  });
  const { token } = issued.json.status;
  const secret = { metadata: { name: 's' }, stringData: { password: 'hunter2-very-secret' } };
  await server.ask('POST', '/api/v1/namespaces/default/secrets', { body: secret });
  await server.ask('POST', '/api/v1/namespaces/default/secrets', {
    body: { ...secret, data: { password: 'not base64!' } },
  });
  for (const authorization of [
    `Bearer ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -20)}`,
    `Basic ${token}`,
  ]) {
    await server.ask('GET', `/api/v1/namespaces?token=${token}`, {
      headers: { Authorization: authorization },
      client: 'anonymous',
    });
  }
  const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
  const review = await server.ask('POST', reviews, { body: { spec: { token } } });
  assert.ok(!review.text.includes(token), 'a review does not repeat its token');
  const bad = await server.connect();
  await bad.send(`GET / HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nbad header\r\n\r\n`);
  await bad.readResponse();
  await server.api.close();
  const logged = JSON.stringify(server.log.records);
  const key = readFileSync(join(state, 'pki', 'owner.key'), 'utf8').split('\n')[1]!;
  for (const text of [
    token,
    token.split('.')[2],
    'hunter2',
    Buffer.from('hunter2-very-secret').toString('base64'),
    key,
    'PRIVATE',
  ]) {
    assert.ok(!logged.includes(text), `${text.slice(0, 12)}… is in the log`);
  }
});
