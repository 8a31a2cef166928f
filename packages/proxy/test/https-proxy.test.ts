/** HTTP with TLS on both sides: protocols by ALPN, and upstreams that have to prove the name of each request. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { request } from 'node:https';
import { describe, it, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { leakCheck, TestAuthority, type TestCertificate, within } from '@weft/testkit';
import { cluster, listener, startProxy, tlsSocket } from '../src/test-support/start-proxy.ts';

leakCheck();

function certificate({ chainPem, keyPem }: TestCertificate) {
  return { certificate_chain: { inline_string: chainPem }, private_key: { inline_string: keyPem.reveal() } };
}

/** Answers with the protocol and the name that it was asked for by SNI. */
async function secureServer(t: TestContext, own: TestCertificate, allowsHttp1: boolean): Promise<number> {
  const sessions = new Set<{ destroy(): void }>();
  const server = createSecureServer(
    { cert: own.chainPem, key: own.keyPem.reveal(), allowHTTP1: allowsHttp1 },
    (incoming, response) => {
      const socket = (incoming.stream?.session?.socket ?? incoming.socket) as TLSSocket;
      response.end(`${incoming.httpVersion} ${String(socket.servername)}`);
    },
  );
  server.on('session', (session) => sessions.add(session));
  server.on('secureConnection', (socket) => sessions.add(socket));
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return (server.address() as { port: number }).port;
}

function manager() {
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'http',
      route_config: {
        name: 'r',
        virtual_hosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: ['auto', 'http2', 'named'].map((name) => ({
              match: { prefix: `/${name}` },
              route: { cluster: name },
            })),
          },
        ],
      },
      http_filters: [
        {
          name: 'router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    },
  };
}

function httpOptions(parts: object) {
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        ...parts,
      },
    },
  };
}

async function start(t: TestContext) {
  const authority = await TestAuthority.create();
  const own = await authority.server({ dnsNames: ['proxy.test'], ipAddresses: [] });
  const upstream = await authority.server({ dnsNames: ['*.up.test'], ipAddresses: [] });
  const [both, http2Only] = await Promise.all([secureServer(t, upstream, true), secureServer(t, upstream, false)]);
  const trust = { validation_context: { trusted_ca: { inline_string: authority.caPem } } };
  const tls = { transport_socket: tlsSocket({ sni: 'configured.up.test', common_tls_context: trust }, 'Upstream') };
  const proxy = await startProxy(t, {
    static_resources: {
      listeners: [
        listener('in', {
          filter_chains: [
            {
              transport_socket: tlsSocket({
                common_tls_context: { tls_certificates: [certificate(own)], alpn_protocols: ['h2', 'http/1.1'] },
              }),
              filters: [manager()],
            },
          ],
        }),
      ],
      clusters: [
        cluster('auto', [both], { ...tls, ...httpOptions({ auto_config: {} }) }),
        cluster('http2', [http2Only], {
          ...tls,
          ...httpOptions({ explicit_http_config: { http2_protocol_options: {} } }),
        }),
        cluster('named', [both], {
          ...tls,
          ...httpOptions({
            explicit_http_config: { http_protocol_options: {} },
            upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true },
          }),
        }),
      ],
    },
  });
  return { proxy, ca: authority.caPem, port: proxy.port('in') };
}

async function get(port: number, ca: string, path: string, host: string): Promise<{ status: number; body: string }> {
  const sent = request({
    port,
    host: '127.0.0.1',
    servername: 'proxy.test',
    ca,
    path,
    headers: { host },
    agent: false,
  });
  sent.end();
  const [response] = (await within('the response', once(sent, 'response'))) as [IncomingMessage];
  let body = '';
  for await (const piece of response) body += String(piece);
  return { status: response.statusCode ?? 0, body };
}

describe('HTTP over TLS', () => {
  it('speaks what clients and upstreams agree on', async (t) => {
    const { proxy, ca, port } = await start(t);
    assert.deepEqual(await get(port, ca, '/auto', 'a.up.test'), { status: 200, body: '2.0 configured.up.test' });
    assert.deepEqual(await get(port, ca, '/http2', 'a.up.test'), { status: 200, body: '2.0 configured.up.test' });
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, servername: 'proxy.test' });
    t.after(() => session.destroy());
    const stream = session.request({ ':path': '/named', ':authority': 'b.up.test' });
    let body = '';
    for await (const piece of stream) body += String(piece);
    assert.equal(body, '1.1 b.up.test');
    assert.equal(proxy.stat('http.http.downstream_cx_http2_total'), 1);
    assert.equal(proxy.stat('cluster.named.ssl.handshake'), 1);
  });

  it('asks upstreams for the name of each request, and has them prove it', async (t) => {
    const { proxy, ca, port } = await start(t);
    for (const [host, name] of [
      ['a.up.test', 'a.up.test'],
      ['B.up.test:8443', 'b.up.test'],
      ['a.up.test', 'a.up.test'],
    ] as const) {
      assert.deepEqual(await get(port, ca, '/named', host), { status: 200, body: `1.1 ${name}` });
    }
    assert.equal(proxy.stat('cluster.named.upstream_cx_total'), 2, 'connections are shared by name');
    assert.equal((await get(port, ca, '/named', 'other.test')).status, 503);
    assert.equal(proxy.stat('cluster.named.ssl.fail_verify_san'), 1);
  });
});
