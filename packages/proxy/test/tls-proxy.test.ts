/** TLS in front of and behind the proxy, over real sockets: who is served which certificate, who is let in, and what is counted. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { type ConnectionOptions, connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { systemClock } from '@weft/core';
import { eventuallyPasses, FakeClock, leakCheck, TestAuthority, type TestCertificate, within } from '@weft/testkit';
import {
  cluster,
  listener,
  startProxy,
  TLS_INSPECTOR_FILTER,
  tcpProxy,
  tlsSocket,
} from '../src/test-support/start-proxy.ts';
import { halfOpenServer } from '../src/test-support/tcp-peers.ts';

leakCheck();

/** Says its name, then everything it is sent. */
function nameServer(t: TestContext, name: string): Promise<number> {
  return halfOpenServer(t, (socket) => {
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
}

function certificate({ chainPem, keyPem }: TestCertificate) {
  return { certificate_chain: { inline_string: chainPem }, private_key: { inline_string: keyPem.reveal() } };
}

function trust({ caPem }: TestAuthority, parts: object = {}) {
  return { validation_context: { trusted_ca: { inline_string: caPem }, ...parts } };
}

interface Answer {
  readonly socket: TLSSocket;
  readonly text: string;
}

/** Connects, sends `hi`, and resolves with what comes back until it holds `hi`; rejects with the error of the handshake. */
async function ask(t: TestContext, port: number, options: ConnectionOptions): Promise<Answer> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  t.after(() => socket.destroy());
  const text = await within(
    'the answer',
    new Promise<string>((resolve, reject) => {
      let got = '';
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(got)}`)));
      socket.on('data', (bytes: Buffer) => {
        got += bytes.toString();
        if (got.includes('hi')) resolve(got);
      });
      socket.write('hi');
    }),
  );
  return { socket, text };
}

function namesOf(socket: TLSSocket): string {
  return socket.getPeerCertificate().subjectaltname ?? '';
}

describe('TLS towards clients', () => {
  it('chooses the chain by SNI, in whatever case, and shows its certificate', async (t) => {
    const authority = await TestAuthority.create();
    const [a, b] = await Promise.all([nameServer(t, 'a'), nameServer(t, 'b')]);
    const one = await authority.server({ dnsNames: ['one.test'], ipAddresses: [] });
    const two = await authority.server({ dnsNames: ['*.two.test'], ipAddresses: [] });
    const chain = (names: string[], own: TestCertificate, to: string) => ({
      filter_chain_match: { server_names: names },
      transport_socket: tlsSocket({ common_tls_context: { tls_certificates: [certificate(own)] } }),
      filters: [tcpProxy(to)],
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [TLS_INSPECTOR_FILTER],
            filter_chains: [chain(['one.test'], one, 'a'), chain(['*.two.test'], two, 'b')],
          }),
        ],
        clusters: [cluster('a', [a]), cluster('b', [b])],
      },
    });
    const port = proxy.port('in');
    const first = await ask(t, port, { servername: 'ONE.test' });
    assert.deepEqual([first.text, namesOf(first.socket)], ['a:hi', 'DNS:one.test']);
    const second = await ask(t, port, { servername: 'x.two.test', ca: authority.caPem, rejectUnauthorized: true });
    assert.deepEqual([second.text, namesOf(second.socket)], ['b:hi', 'DNS:*.two.test']);
    await assert.rejects(ask(t, port, { servername: 'three.test' }));
    assert.equal(proxy.stat('listener.in.no_filter_chain_match'), 1);
    assert.equal(proxy.stat('listener.in.ssl.handshake'), 2);
    assert.equal(proxy.stat('listener.in.ssl.no_certificate'), 2);
    assert.equal(proxy.stat('listener.in.ssl.versions.TLSv1.3'), 2);
    assert.equal(proxy.stat('tls_inspector.tls_found'), 3);
    assert.equal(proxy.stat('tls_inspector.sni_found'), 3);
  });

  it('serves mTLS and plain text on one port by transport protocol, and either alone', async (t) => {
    const authority = await TestAuthority.create();
    const port = await nameServer(t, 'app');
    const own = await authority.workload('default', 'app');
    const client = await authority.workload('default', 'web');
    const secure = {
      filter_chain_match: { transport_protocol: 'tls' },
      transport_socket: tlsSocket({
        require_client_certificate: true,
        common_tls_context: { tls_certificates: [certificate(own)], ...trust(authority) },
      }),
      filters: [tcpProxy('app')],
    };
    const plain = { filter_chain_match: { transport_protocol: 'raw_buffer' }, filters: [tcpProxy('app')] };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('permissive', { listener_filters: [TLS_INSPECTOR_FILTER], filter_chains: [secure, plain] }),
          listener('strict', { listener_filters: [TLS_INSPECTOR_FILTER], filter_chains: [secure] }),
        ],
        clusters: [cluster('app', [port])],
      },
    });
    const identity = { cert: client.chainPem, key: client.keyPem.reveal() };
    assert.equal((await ask(t, proxy.port('permissive'), identity)).text, 'app:hi');
    assert.equal((await ask(t, proxy.port('strict'), identity)).text, 'app:hi');
    const socket = connectPlain(proxy.port('permissive'), '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write('plain hi');
    let got = '';
    socket.on('data', (bytes: Buffer) => {
      got += bytes.toString();
    });
    await eventuallyPasses(() => assert.equal(got, 'app:plain hi'));
    const refused = connectPlain(proxy.port('strict'), '127.0.0.1');
    t.after(() => refused.destroy());
    refused.on('error', () => undefined);
    refused.resume();
    refused.write('plain hi');
    await within('the refusal', new Promise<void>((resolve) => refused.on('close', () => resolve())));
    assert.equal(proxy.stat('listener.strict.no_filter_chain_match'), 1);
    await assert.rejects(ask(t, proxy.port('strict'), {}));
    assert.equal(proxy.stat('listener.strict.ssl.fail_verify_no_cert'), 1);
  });

  it('lets in who has the right SPIFFE id of the right trust domain only', async (t) => {
    const [ours, theirs] = await Promise.all([
      TestAuthority.create({ trustDomain: 'ours.test' }),
      TestAuthority.create({ trustDomain: 'theirs.test' }),
    ]);
    const port = await nameServer(t, 'app');
    const own = await ours.workload('default', 'app');
    const domain = (name: string, { caPem }: TestAuthority) => ({ name, trust_bundle: { inline_string: caPem } });
    const validator = {
      name: 'envoy.tls.cert_validator.spiffe',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig',
        trust_domains: [domain('ours.test', ours), domain('theirs.test', theirs)],
      },
    };
    const sans = [
      { san_type: 'URI', matcher: { prefix: 'spiffe://ours.test/ns/default/' } },
      { san_type: 'URI', matcher: { exact: 'spiffe://theirs.test/ns/default/sa/friend' } },
    ];
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            filter_chains: [
              {
                transport_socket: tlsSocket({
                  require_client_certificate: true,
                  common_tls_context: {
                    tls_certificates: [certificate(own)],
                    validation_context: { custom_validator_config: validator, match_typed_subject_alt_names: sans },
                  },
                }),
                filters: [tcpProxy('app')],
              },
            ],
          }),
        ],
        clusters: [cluster('app', [port])],
      },
    });
    const as = ({ chainPem, keyPem }: TestCertificate) =>
      ask(t, proxy.port('in'), { cert: chainPem, key: keyPem.reveal() });
    assert.equal((await as(await ours.workload('default', 'web'))).text, 'app:hi');
    assert.equal((await as(await theirs.workload('default', 'friend'))).text, 'app:hi');
    await assert.rejects(as(await ours.workload('other', 'web')));
    await assert.rejects(as(await theirs.workload('default', 'web')));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.ssl.fail_verify_san'), 2));
    // Their authority vouches for our names: it may not.
    const liar = await TestAuthority.create({ trustDomain: 'ours.test' });
    await assert.rejects(as(await liar.workload('default', 'web')));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.ssl.fail_verify_error'), 1));
    assert.equal(proxy.stat('listener.in.ssl.handshake'), 2);
  });

  it('takes expired certificates where that is allowed, of its own authority only, and pinned ones of any', async (t) => {
    const now = systemClock.now();
    const longAgo = new FakeClock(now - 90 * 60_000);
    const [authority, stranger] = await Promise.all([
      TestAuthority.create({ clock: longAgo }),
      TestAuthority.create({ clock: longAgo }),
    ]);
    const fresh = await TestAuthority.create();
    const port = await nameServer(t, 'app');
    const own = await fresh.server();
    const [expired, foreign, pinned] = await Promise.all([
      authority.workload('default', 'web'),
      stranger.workload('default', 'web'),
      fresh.workload('default', 'web'),
    ]);
    const hash = new X509Certificate(pinned.chainPem).fingerprint256;
    const chain = (validation: object) => ({
      filter_chains: [
        {
          transport_socket: tlsSocket({
            require_client_certificate: true,
            common_tls_context: { tls_certificates: [certificate(own)], validation_context: validation },
          }),
          filters: [tcpProxy('app')],
        },
      ],
    });
    const ca = { trusted_ca: { inline_string: authority.caPem } };
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('strict', chain(ca)),
          listener('lenient', chain({ ...ca, allow_expired_certificate: true })),
          listener('pins', chain({ verify_certificate_hash: [hash] })),
          listener('untrusted', chain({ ...ca, trust_chain_verification: 'ACCEPT_UNTRUSTED' })),
        ],
        clusters: [cluster('app', [port])],
      },
    });
    const as = ({ chainPem, keyPem }: TestCertificate, name: string) =>
      ask(t, proxy.port(name), { cert: chainPem, key: keyPem.reveal() });
    await assert.rejects(as(expired, 'strict'));
    assert.equal((await as(expired, 'lenient')).text, 'app:hi');
    await assert.rejects(as(foreign, 'lenient'));
    assert.equal((await as(foreign, 'untrusted')).text, 'app:hi');
    assert.equal((await as(pinned, 'pins')).text, 'app:hi');
    await assert.rejects(as(foreign, 'pins'));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.pins.ssl.fail_verify_cert_hash'), 1));
  });

  it('agrees on the first of its own protocols that the client has, and chooses chains by what is offered', async (t) => {
    const authority = await TestAuthority.create();
    const [a, b] = await Promise.all([nameServer(t, 'a'), nameServer(t, 'b')]);
    const own = await authority.server();
    const chain = (match: object, alpn: string[], to: string) => ({
      filter_chain_match: match,
      transport_socket: tlsSocket({
        common_tls_context: { tls_certificates: [certificate(own)], alpn_protocols: alpn },
      }),
      filters: [tcpProxy(to)],
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            listener_filters: [TLS_INSPECTOR_FILTER],
            filter_chains: [
              chain({ application_protocols: ['special'] }, ['special'], 'a'),
              chain({}, ['h2', 'http/1.1'], 'b'),
            ],
          }),
        ],
        clusters: [cluster('a', [a]), cluster('b', [b])],
      },
    });
    const port = proxy.port('in');
    const special = await ask(t, port, { ALPNProtocols: ['special'] });
    assert.deepEqual([special.text, special.socket.alpnProtocol], ['a:hi', 'special']);
    const both = await ask(t, port, { ALPNProtocols: ['http/1.1', 'h2'] });
    assert.deepEqual([both.text, both.socket.alpnProtocol], ['b:hi', 'h2']);
    const none = await ask(t, port, {});
    assert.deepEqual([none.text, none.socket.alpnProtocol], ['b:hi', false]);
  });

  it('resumes sessions by tickets, and not those of other keys', async (t) => {
    const authority = await TestAuthority.create();
    const port = await nameServer(t, 'app');
    const own = await authority.server();
    const keys = (byte: number) => ({ keys: [{ inline_bytes: Buffer.alloc(80, byte).toString('base64') }] });
    const chain = (ticketKeys: object) => ({
      filter_chains: [
        {
          transport_socket: tlsSocket({
            common_tls_context: { tls_certificates: [certificate(own)] },
            ...ticketKeys,
          }),
          filters: [tcpProxy('app')],
        },
      ],
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('a', chain({ session_ticket_keys: keys(1) })),
          listener('b', chain({ session_ticket_keys: keys(1) })),
          listener('c', chain({ session_ticket_keys: keys(2) })),
          listener('d', chain({ disable_stateless_session_resumption: true })),
        ],
        clusters: [cluster('app', [port])],
      },
    });
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const session = async (name: string): Promise<Buffer | undefined> => {
        const socket = connect({ port: proxy.port(name), host: '127.0.0.1', rejectUnauthorized: false, maxVersion });
        t.after(() => socket.destroy());
        let kept: Buffer | undefined;
        socket.on('session', (given: Buffer) => {
          kept = given;
        });
        socket.on('data', () => undefined);
        await once(socket, 'secureConnect');
        await once(socket, 'data');
        return maxVersion === 'TLSv1.3' ? kept : socket.getSession();
      };
      const given = await session('a');
      assert.ok(given !== undefined);
      const again = async (name: string) =>
        (await ask(t, proxy.port(name), { session: given, maxVersion })).socket.isSessionReused();
      assert.deepEqual([await again('a'), await again('b'), await again('c')], [true, true, false], maxVersion);
      const without = await session('d');
      const other = await ask(t, proxy.port('d'), { ...(without && { session: without }), maxVersion });
      assert.equal(other.socket.isSessionReused(), false);
    }
    assert.equal(proxy.stat('listener.a.ssl.session_reused'), 2);
  });

  it('shows the certificate of the name, where one chain has several of one kind of key', async (t) => {
    const authority = await TestAuthority.create();
    const port = await nameServer(t, 'app');
    const certificates = await Promise.all(
      ['one.test', '*.two.test', 'three.test'].map((name) => authority.server({ dnsNames: [name], ipAddresses: [] })),
    );
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('in', {
            filter_chains: [
              {
                transport_socket: tlsSocket({
                  common_tls_context: { tls_certificates: certificates.map(certificate) },
                }),
                filters: [tcpProxy('app')],
              },
            ],
          }),
        ],
        clusters: [cluster('app', [port])],
      },
    });
    const shown = async (servername: string) => namesOf((await ask(t, proxy.port('in'), { servername })).socket);
    assert.equal(await shown('three.test'), 'DNS:three.test');
    assert.equal(await shown('a.two.test'), 'DNS:*.two.test');
    assert.equal(await shown('a.b.two.test'), 'DNS:one.test');
    assert.equal(await shown('unknown.test'), 'DNS:one.test');
  });

  it('ends handshakes that take too long, and counts those that go wrong', async (t) => {
    const clock = new FakeClock();
    const authority = await TestAuthority.create();
    const port = await nameServer(t, 'app');
    const own = await authority.server();
    const proxy = await startProxy(
      t,
      {
        static_resources: {
          listeners: [
            listener('in', {
              filter_chains: [
                {
                  transport_socket_connect_timeout: '5s',
                  transport_socket: tlsSocket({ common_tls_context: { tls_certificates: [certificate(own)] } }),
                  filters: [tcpProxy('app')],
                },
              ],
            }),
          ],
          clusters: [cluster('app', [port])],
        },
      },
      { clock },
    );
    const dial = async (): Promise<Socket> => {
      const socket = connectPlain(proxy.port('in'), '127.0.0.1');
      t.after(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'connect');
      return socket;
    };
    const silent = await dial();
    const closed = new Promise<void>((resolve) => silent.on('close', () => resolve()));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.downstream_cx_active'), 1));
    clock.advance(5100);
    await within('the end of the silent connection', closed);
    assert.equal(proxy.stat('listener.in.downstream_cx_transport_socket_connect_timeout'), 1);
    const garbage = await dial();
    garbage.write('this is no TLS at all, and never will be');
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.ssl.connection_error'), 1));
    await assert.rejects(ask(t, proxy.port('in'), { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.ssl.connection_error'), 2));
    await eventuallyPasses(() => assert.equal(proxy.stat('listener.in.downstream_cx_active'), 0));
  });
});

describe('TLS towards upstreams', () => {
  async function tlsServer(
    t: TestContext,
    own: TestCertificate,
    ca: string | undefined,
  ): Promise<{ port: number; names: string[] }> {
    const names: string[] = [];
    const server = createTlsServer(
      {
        cert: own.chainPem,
        key: own.keyPem.reveal(),
        ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
      },
      (socket) => {
        names.push(
          `${String(socket.servername)} ${socket.getPeerCertificate().subjectaltname ?? '-'} ${String(socket.isSessionReused())}`,
        );
        socket.on('error', () => undefined);
        socket.write('tls:');
        socket.pipe(socket);
        t.after(() => socket.destroy());
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    return { port: (server.address() as { port: number }).port, names };
  }

  async function askPlain(t: TestContext, port: number): Promise<string> {
    const socket = connectPlain(port, '127.0.0.1');
    t.after(() => socket.destroy());
    let got = '';
    return within(
      'the answer',
      new Promise<string>((resolve) => {
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(got));
        socket.on('data', (bytes: Buffer) => {
          got += bytes.toString();
          if (got.endsWith('hi')) resolve(got);
        });
        socket.write('hi');
      }),
    );
  }

  it('verifies servers, shows its own certificate, sends SNI and resumes', async (t) => {
    const authority = await TestAuthority.create();
    const server = await tlsServer(t, await authority.workload('default', 'app'), authority.caPem);
    const own = await authority.workload('default', 'web');
    const context = (uri: string, parts: object = {}) =>
      tlsSocket(
        {
          sni: 'app.test',
          common_tls_context: {
            tls_certificates: [certificate(own)],
            ...trust(authority, { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: uri } }] }),
          },
          ...parts,
        },
        'Upstream',
      );
    const right = context('spiffe://cluster.local/ns/default/sa/app');
    const wrong = context('spiffe://cluster.local/ns/default/sa/other');
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [
          listener('right', { filter_chains: [{ filters: [tcpProxy('right')] }] }),
          listener('wrong', { filter_chains: [{ filters: [tcpProxy('wrong')] }] }),
        ],
        clusters: [
          cluster('right', [server.port], { transport_socket: right }),
          cluster('wrong', [server.port], { transport_socket: wrong }),
        ],
      },
    });
    assert.equal(await askPlain(t, proxy.port('right')), 'tls:hi');
    assert.equal(await askPlain(t, proxy.port('right')), 'tls:hi');
    assert.deepEqual(server.names, [
      'app.test URI:spiffe://cluster.local/ns/default/sa/web false',
      'app.test URI:spiffe://cluster.local/ns/default/sa/web true',
    ]);
    assert.equal(await askPlain(t, proxy.port('wrong')), '');
    assert.equal(proxy.stat('cluster.right.ssl.handshake'), 2);
    assert.equal(proxy.stat('cluster.right.ssl.session_reused'), 1);
    assert.equal(proxy.stat('cluster.wrong.ssl.fail_verify_san'), 1);
    assert.equal(proxy.stat('cluster.wrong.upstream_cx_connect_fail'), 1);
  });

  it('chooses the transport of each host by its metadata', async (t) => {
    const authority = await TestAuthority.create();
    const server = await tlsServer(t, await authority.server(), undefined);
    const plain = await nameServer(t, 'plain');
    const endpoint = (port: number, mode: string) => ({
      endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
      metadata: { filter_metadata: { 'envoy.transport_socket_match': { mode } } },
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: [listener('in', { filter_chains: [{ filters: [tcpProxy('up')] }] })],
        clusters: [
          {
            name: 'up',
            type: 'STATIC',
            load_assignment: {
              cluster_name: 'up',
              endpoints: [{ lb_endpoints: [endpoint(server.port, 'tls'), endpoint(plain, 'plain')] }],
            },
            transport_socket_matches: [
              {
                name: 'tls',
                match: { mode: 'tls' },
                transport_socket: tlsSocket({ common_tls_context: trust(authority) }, 'Upstream'),
              },
            ],
          },
        ],
      },
    });
    const answers = new Set<string>();
    for (let i = 0; i < 4; i++) answers.add(await askPlain(t, proxy.port('in')));
    assert.deepEqual([...answers].sort(), ['plain:hi', 'tls:hi']);
  });

  it('introduces its clients by the PROXY protocol, before TLS and without', async (t) => {
    const heads: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes: Buffer) => {
        heads.push(bytes);
        socket.end('hi');
      });
      t.after(() => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const socket = (version: string) => ({
      name: 'proxy',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
        config: { version },
        transport_socket: {
          name: 'raw',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer' },
        },
      },
    });
    const proxy = await startProxy(t, {
      static_resources: {
        listeners: ['V1', 'V2'].map((name) => listener(name, { filter_chains: [{ filters: [tcpProxy(name)] }] })),
        clusters: ['V1', 'V2'].map((name) => cluster(name, [port], { transport_socket: socket(name) })),
      },
    });
    await askPlain(t, proxy.port('V1'));
    await askPlain(t, proxy.port('V2'));
    assert.match(
      heads[0]!.toString(),
      new RegExp(`^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 \\d+ ${proxy.port('V1')}\\r\\n`),
    );
    assert.equal(heads[1]!.readUInt16BE(26), proxy.port('V2'));
    assert.equal(heads[1]!.subarray(12, 16).toString('hex'), '2111000c');
  });
});
