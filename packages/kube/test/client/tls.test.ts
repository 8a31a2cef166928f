import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { isMeshError, Secret, systemClock, systemRandom, unwrap } from '@weft/core';
import { CertificateAuthority, generateKeyPair, privateKeyToPem } from '@weft/identity';
import { leakCheck } from '@weft/testkit';
import { connectionTo, fakeApi, json, transportTo } from './fake-api.ts';

leakCheck();

const HOUR_MS = 3_600_000;
const get = { method: 'GET', path: '/version' } as const;

async function setUp(
  t: TestContext,
  names: { readonly dnsNames?: readonly string[]; readonly ipAddresses?: readonly string[] },
) {
  const context = { clock: systemClock, random: systemRandom };
  const ca = unwrap(await CertificateAuthority.createRoot({ commonName: 'test', validForMs: HOUR_MS }, context));
  const serverKeys = generateKeyPair();
  const server = unwrap(ca.issueServer({ publicKey: serverKeys.publicKey, validForMs: HOUR_MS, ...names }));
  const users: string[] = [];
  const api = await fakeApi(
    t,
    [
      (response, request) => {
        users.push((request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'nobody');
        json({ ok: true })(response, request);
      },
    ],
    {
      cert: server.chainPem,
      key: privateKeyToPem(serverKeys).reveal(),
      ca: ca.pathPem,
      requestCert: true,
      rejectUnauthorized: false,
    },
  );
  const clientOf = async (user: string) => {
    const keys = generateKeyPair();
    const { chainPem } = unwrap(ca.issueClient({ publicKey: keys.publicKey, validForMs: HOUR_MS, user }));
    return { certificate: chainPem, key: new Secret(privateKeyToPem(keys).reveal()) };
  };
  return { api, users, clientOf, readCertificateAuthority: () => Promise.resolve(ca.pathPem) };
}

test('a client certificate is presented, and a renewed one is used from the next request on', async (t) => {
  const { api, users, clientOf, readCertificateAuthority } = await setUp(t, { ipAddresses: ['127.0.0.1'] });
  let current = await clientOf('one');
  const credentials = { get: () => Promise.resolve(current), invalidate: () => undefined };
  const transport = transportTo(t, connectionTo(api.url, { readCertificateAuthority, credentials }));
  await transport.request(get);
  await transport.request(get);
  assert.equal(api.connections, 1);
  current = await clientOf('two');
  await transport.request(get);
  assert.deepEqual(users, ['CN=one', 'CN=one', 'CN=two']);
  assert.equal(api.connections, 2);
});

test('a server that cannot be trusted is refused with what to check, unless verification is off', async (t) => {
  const { api, readCertificateAuthority } = await setUp(t, { dnsNames: ['api.example.com'] });
  const isUntrusted = (error: unknown) =>
    isMeshError(error) &&
    error.code === 'MESH_CERTIFICATE_UNTRUSTED' &&
    /certificate-authority-data/.test(error.hint ?? '');
  await assert.rejects(transportTo(t, connectionTo(api.url)).request(get), isUntrusted);
  const wrongName = connectionTo(api.url, { readCertificateAuthority });
  await assert.rejects(transportTo(t, wrongName).request(get), isUntrusted);
  const named = connectionTo(api.url, { readCertificateAuthority, tlsServerName: 'api.example.com' });
  assert.deepEqual(await transportTo(t, named).request(get), { ok: true });
  assert.deepEqual(await transportTo(t, connectionTo(api.url, { isTlsVerified: false })).request(get), { ok: true });
});
