import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { systemClock, unwrap } from '@weft/core';
import { spiffeIdOf, TrustBundle } from '@weft/identity';
import { leakCheck, TestAuthority, type TestCertificate } from '@weft/testkit';

leakCheck();

function tlsOf(certificate: TestCertificate) {
  return { cert: certificate.chainPem, key: certificate.keyPem.reveal() };
}

test('two workloads meet over real mutual TLS and each knows who the other is', async (t) => {
  const authority = await TestAuthority.create();
  const [cart, web] = [await authority.workload('shop', 'cart'), await authority.workload('shop', 'web')];
  const ca = authority.caPem;
  const server = createServer({
    ...tlsOf(cart),
    ca,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  });
  t.after(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  // Workloads have identities instead of host names.
  const client = connect({ port, host: '127.0.0.1', ...tlsOf(web), ca, checkServerIdentity: () => undefined });
  t.after(() => void client.destroy());
  await once(client, 'secureConnect');
  const [served] = await accepted;
  t.after(() => void served.destroy());
  const bundle = unwrap(TrustBundle.parsePem('cluster.local', ca));
  for (const [socket, usage, uri] of [
    [served, 'client', 'spiffe://cluster.local/ns/shop/sa/web'],
    [client, 'server', 'spiffe://cluster.local/ns/shop/sa/cart'],
  ] as const) {
    const peer = socket.getPeerX509Certificate();
    assert.ok(peer !== undefined);
    assert.equal(unwrap(bundle.verifyPeer([peer], { nowMs: systemClock.now(), usage })).id.uri, uri);
  }
});

test('a loopback server is trusted by name and address', async (t) => {
  const authority = await TestAuthority.create();
  const server = createServer(tlsOf(await authority.server()));
  t.after(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  for (const servername of ['localhost', undefined]) {
    const client = connect({
      port,
      host: '127.0.0.1',
      ca: authority.caPem,
      ...(servername === undefined ? {} : { servername }),
    });
    await once(client, 'secureConnect');
    assert.equal(client.authorized, true);
    const closed = once(client, 'close');
    client.destroy();
    await closed;
  }
  const { certificate } = await authority.client('maria', ['dev']);
  assert.equal(spiffeIdOf(certificate).kind, 'err');
});
