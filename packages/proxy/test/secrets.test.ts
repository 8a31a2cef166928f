/** Secrets that come from files, change while connections are open, and are missing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { eventuallyPasses, leakCheck, TestAuthority, type TestCertificate, tempDir, within } from '@weft/testkit';
import { cluster, listener, startProxy, tcpProxy, tlsSocket } from '../src/test-support/start-proxy.ts';
import { tcpServer } from '../src/test-support/tcp-peers.ts';

leakCheck();

const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** Replaces a file at once, as whoever rotates certificates does. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** One name for each certificate, so that it can be told which one is shown. */
function issue(authority: TestAuthority, name: string): Promise<TestCertificate> {
  return authority.server({ dnsNames: [name], ipAddresses: [] });
}

interface Files {
  readonly sds: string;
  write(certificate: TestCertificate): void;
}

function secretFiles(t: TestContext): Files {
  const dir = tempDir(t);
  const [sds, chain, key] = ['sds.json', 'chain.pem', 'key.pem'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const certificate = { certificate_chain: { filename: chain }, private_key: { filename: key } };
  writeFileSync(sds, JSON.stringify({ resources: [{ '@type': SECRET, name: 'own', tls_certificate: certificate }] }));
  return {
    sds,
    write: ({ chainPem, keyPem }) => {
      replace(key, keyPem.reveal());
      replace(chain, chainPem);
    },
  };
}

function bootstrap(sds: string, port: number) {
  const source = { name: 'own', sds_config: { path_config_source: { path: sds } } };
  const socket = tlsSocket({ common_tls_context: { tls_certificate_sds_secret_configs: [source] } });
  return {
    static_resources: {
      listeners: [listener('in', { filter_chains: [{ transport_socket: socket, filters: [tcpProxy('echo')] }] })],
      clusters: [cluster('echo', [port])],
    },
  };
}

async function open(t: TestContext, port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await within('the handshake', once(socket, 'secureConnect'));
  return socket;
}

async function roundTrip(socket: TLSSocket, text: string): Promise<void> {
  const answered = once(socket, 'data');
  socket.write(text);
  const [bytes] = (await within('the echo', answered)) as [Buffer];
  assert.equal(bytes.toString(), text);
}

describe('secrets from files', () => {
  it('change under load: new handshakes show the new certificate, and no connection is dropped', async (t) => {
    const authority = await TestAuthority.create();
    const names = ['first', 'second', 'third', 'fourth'].map((name) => `${name}.test`);
    const certificates = await Promise.all(names.map((name) => issue(authority, name)));
    const files = secretFiles(t);
    files.write(certificates[0]!);
    const proxy = await startProxy(t, bootstrap(files.sds, await tcpServer(t, (socket) => socket.pipe(socket))));
    const port = proxy.port('in');
    const old: TLSSocket[] = [];
    let isOver = false;
    let opened = 0;
    // Somebody opens connections all the time.
    const load = (async () => {
      while (!isOver) {
        const socket = await open(t, port);
        await roundTrip(socket, 'load');
        opened++;
        socket.end();
      }
    })();
    for (const [i, certificate] of certificates.entries()) {
      if (i > 0) files.write(certificate);
      await eventuallyPasses(async () => {
        const socket = await open(t, port);
        // Whoever leaves before this has not finished the handshake.
        await roundTrip(socket, 'probe');
        const shown = socket.getPeerCertificate().subjectaltname;
        if (shown !== `DNS:${names[i]!}`) socket.destroy();
        else old.push(socket);
        assert.equal(shown, `DNS:${names[i]!}`);
      });
      for (const socket of old) await roundTrip(socket, `round ${i}`);
    }
    isOver = true;
    await load;
    assert.ok(opened > 0);
    assert.equal(old.length, certificates.length);
    assert.equal(proxy.stat('listener.in.ssl.connection_error'), 0);
    assert.ok((proxy.stat('listener.in.server_ssl_socket_factory.ssl_context_update_by_sds') ?? 0) >= 3);
  });

  it('are refused when key and certificate do not fit: what was there goes on', async (t) => {
    const authority = await TestAuthority.create();
    const [first, second] = await Promise.all([issue(authority, 'first.test'), issue(authority, 'second.test')]);
    const files = secretFiles(t);
    files.write(first);
    const proxy = await startProxy(t, bootstrap(files.sds, await tcpServer(t, (socket) => socket.pipe(socket))));
    files.write({ ...first, keyPem: second.keyPem });
    await eventuallyPasses(() => assert.ok(proxy.logs('changed files cannot be used').length > 0));
    const socket = await open(t, proxy.port('in'));
    assert.equal(socket.getPeerCertificate().subjectaltname, 'DNS:first.test');
    files.write(second);
    await eventuallyPasses(async () => {
      const next = await open(t, proxy.port('in'));
      assert.equal(next.getPeerCertificate().subjectaltname, 'DNS:second.test');
    });
  });

  it('that are missing cause connections to be refused and counted, until they come', async (t) => {
    const authority = await TestAuthority.create();
    const files = secretFiles(t);
    const proxy = await startProxy(t, bootstrap(files.sds, await tcpServer(t, (socket) => socket.pipe(socket))));
    await assert.rejects(open(t, proxy.port('in')));
    assert.equal(proxy.stat('listener.in.server_ssl_socket_factory.downstream_context_secrets_not_ready'), 1);
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.downstream_cx_active'), 0));
    files.write(await issue(authority, 'late.test'));
    await eventuallyPasses(async () => {
      const socket = await open(t, proxy.port('in'));
      assert.equal(socket.getPeerCertificate().subjectaltname, 'DNS:late.test');
    });
  });

  it('of sources that are not there are refused by name, and keys that do not fit before anything listens', async (t) => {
    const data = bootstrap('unused', 1);
    const text = JSON.stringify(data).replace('"path_config_source":{"path":"unused"}', '"ads":{}');
    const parsed = { node: { id: 'a', cluster: 'b' }, ...(JSON.parse(text) as object) };
    await assert.rejects(
      startProxy(t, parsed),
      /listeners\[0\]: own: the source is ads, but there is no dynamic_resources.ads_config/,
    );
    const authority = await TestAuthority.create();
    const [first, second] = await Promise.all([issue(authority, 'first.test'), issue(authority, 'second.test')]);
    const own = {
      certificate_chain: { inline_string: first.chainPem },
      private_key: { inline_string: second.keyPem.reveal() },
    };
    const socket = tlsSocket({ common_tls_context: { tls_certificates: [own] } });
    const wrong = {
      static_resources: {
        listeners: [listener('in', { filter_chains: [{ transport_socket: socket, filters: [tcpProxy('x')] }] })],
        clusters: [cluster('x', [1])],
      },
    };
    await assert.rejects(startProxy(t, wrong), /listener "in": its keys and certificates cannot be used: .*mismatch/);
  });
});
