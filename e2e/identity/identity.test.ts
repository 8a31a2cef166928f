/** An identity from end to end: a token of our API server, a certificate of the mesh's authority, a proxy that serves with it, and new roots. */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { kubernetes } from '@weft/api';
import {
  ControlServerCertificate,
  certificateMethods,
  controlPlaneNames,
  MeshAuthority,
  ROOT_CONFIG_MAP,
  RootCertificates,
} from '@weft/control/ca';
import { startEmbeddedApi } from '@weft/control/ingest';
import { noopLogger, systemClock, systemRandom, unwrap } from '@weft/core';
import { generateKeyPair, parseSpiffeId, privateKeyToPem, spiffeIdOf } from '@weft/identity';
import type { KubeClient } from '@weft/kube/client';
import { configSources, loadBootstrap, ProxyServer } from '@weft/proxy';
import { LocalSds, RootFile, tokenFile, WorkloadIdentity } from '@weft/proxy/identity';
import { eventually, eventuallyPasses, tempDir } from '@weft/testkit';
import { GrpcServer } from '@weft/xds/server';

const base = { clock: systemClock, random: systemRandom };
const cart = unwrap(parseSpiffeId('spiffe://cluster.local/ns/shop/sa/cart'));
const bank = unwrap(parseSpiffeId('spiffe://cluster.local/ns/shop/sa/bank'));
const CONTROL = 'istiod.istio-system.svc';

async function startCluster(t: TestContext): Promise<KubeClient> {
  const api = await startEmbeddedApi({ ...base, port: 0, version: '0', log: noopLogger });
  t.after(() => api.close());
  const { client } = api;
  for (const name of ['istio-system', 'shop'])
    await client.resource(kubernetes.core.namespace).create({ metadata: { name } });
  await client.resource(kubernetes.core.serviceAccount, { namespace: 'shop' }).create({ metadata: { name: 'cart' } });
  return client;
}

/** What of a control plane concerns identities. */
async function startControl(t: TestContext, client: KubeClient) {
  const authority = new MeshAuthority({
    ...base,
    client,
    log: noopLogger,
    trustDomain: 'cluster.local',
    minAnnounceMs: 2_000,
  });
  t.after(() => authority.close());
  const { rootsPem } = await authority.start();
  const publisher = new RootCertificates({ ...base, client, state: authority.state, log: noopLogger });
  publisher.start();
  t.after(() => publisher.close());
  const dnsNames = controlPlaneNames('istio-system');
  const serving = new ControlServerCertificate({ ...base, state: authority.state, log: noopLogger, dnsNames });
  t.after(() => serving.close());
  const { chainPem, keyPem } = await serving.start();
  const server = new GrpcServer({
    ...base,
    logger: noopLogger,
    methods: certificateMethods(systemClock, authority.createCertificate),
    tls: { certificatePem: chainPem, keyPem: keyPem.reveal(), clientRootsPem: rootsPem },
    clientCertificates: 'optional',
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return { authority, port: server.port };
}

function sdsSecret(name: string) {
  const services = [{ envoy_grpc: { cluster_name: 'sds-grpc' } }];
  const api = { api_type: 'GRPC', grpc_services: services, transport_api_version: 'V3' };
  return { name, sds_config: { api_config_source: api, initial_fetch_timeout: '0s', resource_api_version: 'V3' } };
}

/** As an agent writes it: the control plane by TLS with mounted roots, and SDS from beside the proxy. */
function bootstrapOf(controlPort: number, rootFile: string) {
  const tls = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
  const http2 = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  };
  const cluster = (name: string, address: object, more: object = {}) => ({
    name,
    type: 'STATIC',
    typed_extension_protocol_options: http2,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    ...more,
  });
  const control = {
    '@type': `${tls}.UpstreamTlsContext`,
    sni: CONTROL,
    common_tls_context: {
      alpn_protocols: ['h2'],
      validation_context: {
        trusted_ca: { filename: rootFile },
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: CONTROL } }],
      },
    },
  };
  const inbound = {
    '@type': `${tls}.DownstreamTlsContext`,
    require_client_certificate: true,
    common_tls_context: {
      tls_certificate_sds_secret_configs: [sdsSecret('default')],
      validation_context_sds_secret_config: sdsSecret('ROOTCA'),
    },
  };
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'cart' } } }];
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'in',
    route_config: { name: 'in', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return {
    node: { id: 'sidecar~cart', cluster: 'cart.shop' },
    static_resources: {
      clusters: [
        cluster(
          'xds-grpc',
          { socket_address: { address: '127.0.0.1', port_value: controlPort } },
          { transport_socket: { name: 'tls', typed_config: control } },
        ),
        cluster('sds-grpc', { pipe: { path: './var/run/secrets/workload-spiffe-uds/socket' } }),
      ],
      listeners: [
        {
          name: 'in',
          address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
          filter_chains: [
            {
              transport_socket: { name: 'tls', typed_config: inbound },
              filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }],
            },
          ],
        },
      ],
    },
  };
}

/** A sidecar as its own agent. */
async function startSidecar(
  t: TestContext,
  controlPort: number,
  files: { readonly token: string; readonly roots: string },
) {
  const surroundings = { env: {}, clock: systemClock, uuid: () => 'uuid' };
  const loaded = loadBootstrap(bootstrapOf(controlPort, files.roots), surroundings);
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  const rootFile = new RootFile({ path: files.roots, clock: systemClock, logger: noopLogger });
  await rootFile.start();
  t.after(() => rootFile.close());
  const identity: WorkloadIdentity = new WorkloadIdentity({
    ...base,
    id: cart,
    logger: noopLogger,
    connect: (metadata) => server.grpcTransport('xds-grpc', metadata),
    readToken: tokenFile(files.token),
  });
  t.after(() => identity.close());
  const sds = new LocalSds({ certificate: identity.current, roots: rootFile.pem });
  t.after(() => sds.close());
  const server = new ProxyServer({
    bootstrap: loaded.value,
    ...base,
    logger: noopLogger,
    streams: { stdout: new PassThrough(), stderr: new PassThrough() },
    files: { sources: configSources(surroundings), parse: JSON.parse },
    localSources: new Map([['sds-grpc', sds]]),
  });
  t.after(() => server.close());
  await Promise.all([server.start(), identity.start()]);
  const address = server.listeners[0]?.addresses[0] ?? '';
  return { port: Number(address.slice(address.lastIndexOf(':') + 1)), identity };
}

/** Calls as another workload of the mesh does, with a new certificate; who answered. */
async function callAsBank(authority: MeshAuthority, port: number): Promise<string> {
  const keys = generateKeyPair();
  const { issued, state } = unwrap(authority.issuer.issue(bank, keys.publicKey, 0));
  const key = privateKeyToPem(keys).reveal();
  const checkServerIdentity = () => undefined;
  const socket = connect({ port, ca: state.rootsPem, cert: issued.chainPem, key, checkServerIdentity });
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
      socket.write('GET / HTTP/1.1\r\nHost: cart\r\n\r\n');
      socket.once('data', () => {
        const shown = socket.getPeerX509Certificate();
        resolve(shown === undefined ? '' : unwrap(spiffeIdOf(shown)).uri);
      });
    });
  } finally {
    socket.destroy();
  }
}

test('a sidecar gets its certificate with its token, and new roots before they sign', {
  timeout: 60_000,
}, async (t) => {
  const client = await startCluster(t);
  const { authority, port: controlPort } = await startControl(t, client);
  const first = authority.keeper.current();
  const folder = tempDir(t);
  const files = { token: join(folder, 'token'), roots: join(folder, 'root-cert.pem') };
  const accounts = client.resource(kubernetes.core.serviceAccount, { namespace: 'shop' });
  const answer = await accounts.createSubresource('cart', 'token', {
    spec: { audiences: ['istio-ca'], expirationSeconds: 600 },
  });
  writeFileSync(files.token, (answer as { readonly status: { readonly token: string } }).status.token);
  // What a kubelet does: the ConfigMap becomes a file.
  const maps = client.resource(kubernetes.core.configMap, { namespace: 'shop' });
  const mount = async () => {
    const pem = (await maps.find(ROOT_CONFIG_MAP))?.data?.['root-cert.pem'];
    if (pem === undefined) return '';
    writeFileSync(`${files.roots}.new`, pem);
    renameSync(`${files.roots}.new`, files.roots);
    return pem;
  };
  await eventually(mount);
  const { port } = await startSidecar(t, controlPort, files);
  assert.equal(await callAsBank(authority, port), cart.uri);
  await authority.keeper.rotate();
  await eventually(async () => (await mount()) !== first.rootsPem);
  await eventually(
    () => authority.keeper.current().authority.root.fingerprint256 !== first.authority.root.fingerprint256,
    {
      withinMs: 20_000,
    },
  );
  // The caller's certificate is under the new root, the sidecar's still under the old one.
  await eventuallyPasses(async () => assert.equal(await callAsBank(authority, port), cart.uri));
});
