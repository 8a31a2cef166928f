/** Secrets that come from a control plane: over the aggregated stream and over a stream of their own, for both ends of TLS. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { eventuallyPasses, freePort, leakCheck, TestAuthority, type TestCertificate, within } from '@weft/testkit';
import { ADS, ControlPlane, endpointsOf, httpManager, rds, routesTo, sds } from '../src/test-support/control-plane.ts';
import { httpServer, request } from '../src/test-support/http-peers.ts';
import { listener, type RunningProxy, startProxy, tlsSocket } from '../src/test-support/start-proxy.ts';

leakCheck();

type JsonObject = Readonly<Record<string, unknown>>;

function certificate(name: string, { chainPem, keyPem }: TestCertificate): JsonObject {
  const tls = { certificate_chain: { inline_string: chainPem }, private_key: { inline_string: keyPem.reveal() } };
  return { name, tls_certificate: tls };
}

function authorities(name: string, ...all: readonly TestAuthority[]): JsonObject {
  return { name, validation_context: { trusted_ca: { inline_string: all.map(({ caPem }) => caPem).join('') } } };
}

/** Plain HTTP comes in at `out`, goes by mutual TLS to `in`, and from there to the backend; all certificates come by SDS. */
async function startPair(t: TestContext, how: 'static' | 'dynamic', source: JsonObject = ADS) {
  const plane = await ControlPlane.start(t);
  const backend = await httpServer(t, (_, response) => response.end('hello'));
  const port = await freePort();
  const secret = (name: string) => ({ name, sds_config: source });
  const names = { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { suffix: '/sa/client' } }] };
  const server = tlsSocket({
    require_client_certificate: true,
    common_tls_context: {
      tls_certificate_sds_secret_configs: [secret('server')],
      combined_validation_context: {
        default_validation_context: names,
        validation_context_sds_secret_config: secret('ca'),
      },
    },
  });
  const client = tlsSocket(
    {
      common_tls_context: {
        tls_certificate_sds_secret_configs: [secret('client')],
        validation_context_sds_secret_config: secret('ca'),
      },
    },
    'Upstream',
  );
  const inside = listener('in', {
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [{ transport_socket: server, filters: [httpManager({ route_config: routesTo('in', 'backend') })] }],
  });
  const outside = listener('out', {
    filter_chains: [{ filters: [httpManager({ route_config: routesTo('out', 'pair') })] }],
  });
  const clusters = [
    { name: 'backend', type: 'STATIC', load_assignment: endpointsOf('backend', [backend]) },
    // Each request makes a connection, so that each shows what the secrets are now.
    {
      name: 'pair',
      type: 'STATIC',
      load_assignment: endpointsOf('pair', [port]),
      transport_socket: client,
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          explicit_http_config: { http_protocol_options: {} },
          common_http_protocol_options: { max_requests_per_connection: 1 },
        },
      },
    },
  ];
  if (how === 'dynamic') {
    for (const each of clusters) plane.set('cluster', each);
    for (const each of [inside, outside]) plane.set('listener', each);
  }
  const bootstrap = plane.bootstrap('GRPC', how === 'static' ? { listeners: [inside, outside], clusters } : {});
  return { plane, port, start: () => startProxy(t, bootstrap) };
}

async function secretsOf(authority: TestAuthority) {
  return {
    server: await authority.server({ dnsNames: ['server.test'], ipAddresses: [] }),
    client: await authority.workload('test', 'client'),
  };
}

function setSecrets(
  plane: ControlPlane,
  authority: TestAuthority,
  { server, client }: Awaited<ReturnType<typeof secretsOf>>,
) {
  plane.set('secret', certificate('server', server)).set('secret', certificate('client', client));
  plane.set('secret', authorities('ca', authority));
}

/** How often a TLS context was made anew. */
function updatesOf(proxy: RunningProxy): number {
  const names = ['listener.in.server_ssl_socket_factory', 'cluster.pair.client_ssl_socket_factory'];
  return names.reduce((sum, name) => sum + (proxy.stat(`${name}.ssl_context_update_by_sds`) ?? 0), 0);
}

describe('secrets over the aggregated stream', () => {
  for (const how of ['static', 'dynamic'] as const) {
    it(`serve both ends of ${how} resources, and change under load without a failed request`, async (t) => {
      const [first, second] = [await TestAuthority.create(), await TestAuthority.create()];
      const [before, after] = [await secretsOf(first), await secretsOf(second)];
      const { plane, start } = await startPair(t, how);
      setSecrets(plane, first, before);
      const proxy = await start();
      let isOver = false;
      let served = 0;
      const load = (async () => {
        while (!isOver) {
          const { status, body } = await request(proxy.port('out'));
          assert.deepEqual([status, body], [200, 'hello']);
          served++;
        }
      })();
      // As authorities are changed without a gap: both are trusted before the first certificate of the new one is shown.
      const steps = [
        () => plane.set('secret', authorities('ca', first, second)),
        () => plane.set('secret', certificate('server', after.server)),
        () => plane.set('secret', certificate('client', after.client)),
        () => plane.set('secret', authorities('ca', second)),
      ];
      for (const step of steps) {
        const until = served + 20;
        const seen = updatesOf(proxy);
        step();
        plane.push();
        await eventuallyPasses(() => {
          assert.ok(updatesOf(proxy) > seen);
          assert.ok(served > until);
        });
      }
      isOver = true;
      await load;
      assert.deepEqual(plane.host.rejections, []);
      await assert.rejects(shown(proxy.port('in'), first, before.client), /certificate|alert/);
      assert.equal(await shown(proxy.port('in'), second, after.client), 'DNS:server.test');
    });
  }

  it('that do not come: the listener waits as long as it is told, then refuses; the cluster answers with the reason', async (t) => {
    const authority = await TestAuthority.create();
    const { plane, start } = await startPair(t, 'static', { ...ADS, initial_fetch_timeout: '0.3s' });
    const proxy = await start();
    const { status, body } = await request(proxy.port('out'));
    assert.equal(status, 503);
    assert.equal(
      body,
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
    );
    assert.equal(proxy.stat('cluster.pair.client_ssl_socket_factory.upstream_context_secrets_not_ready'), 1);
    setSecrets(plane, authority, await secretsOf(authority));
    plane.push();
    await eventuallyPasses(async () => assert.equal((await request(proxy.port('out'))).status, 200));
  });

  it('do not hide what is wrong with static resources: the proxy does not start', async (t) => {
    const authority = await TestAuthority.create();
    const { server, client } = await secretsOf(authority);
    const { tls_certificate: pair } = certificate('x', { ...server, keyPem: client.keyPem });
    const socket = tlsSocket({ common_tls_context: { tls_certificates: [pair] } });
    const chains = [{ transport_socket: socket, filters: [httpManager({ route_config: routesTo('in', 'plane') })] }];
    const plane = await ControlPlane.start(t);
    const bootstrap = plane.bootstrap('GRPC', { listeners: [listener('in', { filter_chains: chains })] });
    await assert.rejects(
      startProxy(t, bootstrap),
      /listener "in": its keys and certificates cannot be used: .*mismatch/,
    );
  });

  it('that are wrong are rejected with the reason, and those before stay', async (t) => {
    const authority = await TestAuthority.create();
    const { plane, start } = await startPair(t, 'static');
    const secrets = await secretsOf(authority);
    setSecrets(plane, authority, secrets);
    const proxy = await start();
    plane.set('secret', certificate('server', { ...secrets.server, keyPem: secrets.client.keyPem })).push();
    await eventuallyPasses(() => assert.match(plane.host.rejections[0]?.reason ?? '', /server: .*mismatch/));
    assert.equal((await request(proxy.port('out'))).status, 200);
  });
});

describe('secrets over a stream of their own', () => {
  for (const apiType of ['GRPC', 'DELTA_GRPC'] as const) {
    it(`come by ${apiType}, beside those of the same names from elsewhere`, async (t) => {
      const plane = await ControlPlane.start(t);
      const other = await ControlPlane.start(t);
      const authority = await TestAuthority.create();
      const [one, two] = [
        await authority.server({ dnsNames: ['one.test'], ipAddresses: [] }),
        await authority.server({ dnsNames: ['two.test'], ipAddresses: [] }),
      ];
      plane.set('secret', certificate('own', one));
      other.set('secret', certificate('own', two));
      const chain = (source: JsonObject) => ({
        transport_socket: tlsSocket({
          common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'own', sds_config: source }] },
        }),
        filters: [httpManager(rds('routes'))],
      });
      const api = other.source(apiType) as { api_config_source: { grpc_services: unknown } };
      const named = { envoy_grpc: { cluster_name: 'other' } };
      const source = { ...api, api_config_source: { ...api.api_config_source, grpc_services: [named] } };
      plane.set('routes', routesTo('routes', 'nowhere'));
      const bootstrap = plane.bootstrap('GRPC', {
        listeners: [
          listener('ads', { filter_chains: [chain(sds('own')['sds_config'] as JsonObject)] }),
          listener('own', { filter_chains: [chain(source)] }),
        ],
        clusters: [{ ...other.cluster, name: 'other' }],
      });
      const proxy = await startProxy(t, bootstrap);
      assert.equal(await shown(proxy.port('ads'), authority, undefined), 'DNS:one.test');
      assert.equal(await shown(proxy.port('own'), authority, undefined), 'DNS:two.test');
      const three = await authority.server({ dnsNames: ['three.test'], ipAddresses: [] });
      other.set('secret', certificate('own', three)).push();
      await eventuallyPasses(async () =>
        assert.equal(await shown(proxy.port('own'), authority, undefined), 'DNS:three.test'),
      );
      assert.equal(await shown(proxy.port('ads'), authority, undefined), 'DNS:one.test');
    });
  }
});

/** The name in the certificate that a server shows to a client. */
async function shown(port: number, authority: TestAuthority, own: TestCertificate | undefined): Promise<string> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: authority.caPem,
    checkServerIdentity: () => undefined,
    ...(own === undefined ? {} : { cert: own.chainPem, key: own.keyPem.reveal() }),
  });
  const answered = new Promise<string>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed: alert')));
    // TLS 1.3 tells of a refused client only after the handshake.
    socket.once('data', () => resolve(socket.getPeerCertificate().subjectaltname ?? ''));
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'));
  });
  try {
    return await within('the answer', answered);
  } finally {
    socket.destroy();
  }
}
