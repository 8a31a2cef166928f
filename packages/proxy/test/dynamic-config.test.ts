/** Configuration that comes while the proxy runs, from files and from a control plane over real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { systemClock, systemRandom } from '@weft/core';
import { encode, fromJson, Problems } from '@weft/proto/lite';
import { captureLogger, eventuallyPasses } from '@weft/testkit';
import { ScriptedXdsServer } from '@weft/xds/test-support';
import { configSources, loadBootstrap } from '../src/server/load-bootstrap.ts';
import { ProxyServer } from '../src/server/proxy-server.ts';

const http = process.getBuiltinModule('node:http');

type JsonObject = Readonly<Record<string, unknown>>;

const TYPE = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  manager: 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  router: 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  http: 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
} as const;

async function startBackend(t: TestContext, name: string): Promise<number> {
  const backend: Server = http.createServer((_, response) => response.end(name));
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  t.after(() => {
    backend.closeAllConnections();
    backend.close();
  });
  return (backend.address() as AddressInfo).port;
}

function address(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function endpoints(name: string, port: number): JsonObject {
  return { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] };
}

function listener(name: string, routes: JsonObject): JsonObject {
  const config = {
    '@type': TYPE.manager,
    stat_prefix: name,
    http_filters: [{ name: 'router', typed_config: { '@type': TYPE.router } }],
    ...routes,
  };
  return { name, address: address(0), filter_chains: [{ filters: [{ name: 'http', typed_config: config }] }] };
}

function routes(cluster: string): JsonObject {
  const all = [{ match: { prefix: '/' }, route: { cluster } }];
  return { name: 'routes', virtual_hosts: [{ name: 'all', domains: ['*'], routes: all }] };
}

interface Subject {
  readonly server: ProxyServer;
  readonly get: (listener: string) => Promise<string>;
}

async function startSubject(t: TestContext, document: unknown): Promise<Subject> {
  const surroundings = { env: {}, clock: systemClock, uuid: () => 'uuid' };
  const loaded = loadBootstrap(document, surroundings);
  if (loaded.kind === 'err') throw new Error(JSON.stringify(loaded.error));
  const server = new ProxyServer({
    bootstrap: loaded.value,
    clock: systemClock,
    random: systemRandom,
    logger: captureLogger().logger,
    streams: process,
    drainTimeMs: 100,
    files: { sources: configSources(surroundings), parse: JSON.parse },
  });
  t.after(() => server.close());
  await server.start();
  const get = async (name: string) => {
    const text = server.listeners.find((each) => each.name === name)?.addresses[0];
    if (text === undefined) throw new Error(`there is no listener ${name}`);
    return (await fetch(`http://${text}/`, { headers: { connection: 'close' } })).text();
  };
  return { server, get };
}

describe('configuration from files', () => {
  it('is there when the proxy is, and follows what is moved over the files', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-xds-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const ports = { a: await startBackend(t, 'a'), b: await startBackend(t, 'b') };
    const write = (name: string, type: string, resources: readonly JsonObject[], version: string) => {
      const file = path.join(folder, name);
      const typed = resources.map((resource) => ({ '@type': type, ...resource }));
      writeFileSync(`${file}.new`, JSON.stringify({ version_info: version, type_url: type, resources: typed }));
      renameSync(`${file}.new`, file);
    };
    const source = (name: string) => ({ path_config_source: { path: path.join(folder, name) } });
    const eds = (name: string) => ({ name, type: 'EDS', eds_cluster_config: { eds_config: source(`${name}.json`) } });
    const rds = { rds: { route_config_name: 'routes', config_source: source('rds.json') } };
    write('one.json', TYPE.endpoints, [endpoints('one', ports.a)], '1');
    write('cds.json', TYPE.cluster, [eds('one')], '1');
    write('rds.json', TYPE.routes, [routes('one')], '1');
    write('lds.json', TYPE.listener, [listener('main', rds)], '1');
    const dynamic = { cds_config: source('cds.json'), lds_config: source('lds.json') };
    const { server, get } = await startSubject(t, { dynamic_resources: dynamic });
    assert.equal(await get('main'), 'a');
    write('one.json', TYPE.endpoints, [endpoints('one', ports.b)], '2');
    await eventuallyPasses(async () => assert.equal(await get('main'), 'b'));
    const two = { name: 'two', type: 'STATIC', load_assignment: endpoints('two', ports.a) };
    write('cds.json', TYPE.cluster, [eds('one'), two], '2');
    write('rds.json', TYPE.routes, [routes('two')], '2');
    await eventuallyPasses(async () => assert.equal(await get('main'), 'a'));
    write('lds.json', TYPE.listener, [listener('other', rds)], '2');
    await eventuallyPasses(async () => assert.equal(await get('other'), 'a'));
    assert.deepEqual(
      server.listeners.map(({ name }) => name),
      ['other'],
    );
  });
});

describe('configuration from a control plane', () => {
  it('applies what is good, refuses the rest by name, and stays when the control plane goes', async (t) => {
    const ports = { a: await startBackend(t, 'a'), b: await startBackend(t, 'b') };
    const plane = await ScriptedXdsServer.start();
    t.after(() => plane.close());
    const subject = startWithAds(t, plane, 'GRPC');
    const stream = await plane.expectSotwStream();
    await stream.expectRequest(TYPE.cluster);
    const cluster = (name: string, port: number) =>
      pack(TYPE.cluster, { name, type: 'STATIC', load_assignment: endpoints(name, port) });
    const taken = cluster('plane', ports.a);
    const bad = pack(TYPE.cluster, { name: 'bad', type: 'STATIC', lb_policy: 'CLUSTER_PROVIDED' });
    const resources = [cluster('one', ports.a), bad, taken];
    stream.send({ typeUrl: TYPE.cluster, versionInfo: '1', nonce: 'c1', resources });
    const reasons = /bad.*CLUSTER_PROVIDED is for clusters of type ORIGINAL_DST.*plane: the bootstrap has one/s;
    await stream.expectNack(TYPE.cluster, 'c1', reasons);
    await stream.expectRequest(TYPE.listener);
    const rds = { rds: { route_config_name: 'routes', config_source: { ads: {} } } };
    const main = pack(TYPE.listener, listener('main', rds));
    stream.send({ typeUrl: TYPE.listener, versionInfo: '1', nonce: 'l1', resources: [main] });
    await stream.expectAck(TYPE.listener, 'l1');
    assert.deepEqual((await stream.expectRequest(TYPE.routes)).resourceNames, ['routes']);
    stream.send({ typeUrl: TYPE.routes, versionInfo: '1', nonce: 'r1', resources: [pack(TYPE.routes, routes('one'))] });
    await stream.expectAck(TYPE.routes, 'r1');
    const { get } = await subject;
    assert.equal(await get('main'), 'a');
    stream.send({ typeUrl: TYPE.cluster, versionInfo: '2', nonce: 'c2', resources: [cluster('one', ports.b)] });
    await stream.expectAck(TYPE.cluster, 'c2');
    await eventuallyPasses(async () => assert.equal(await get('main'), 'b'));
    stream.close();
    assert.equal(await get('main'), 'b');
  });

  it('takes differences too, and what is removed goes', async (t) => {
    const port = await startBackend(t, 'a');
    const plane = await ScriptedXdsServer.start();
    t.after(() => plane.close());
    const subject = startWithAds(t, plane, 'DELTA_GRPC');
    const stream = await plane.expectDeltaStream();
    await stream.expectRequest(TYPE.cluster);
    const eds = { name: 'one', type: 'EDS', eds_cluster_config: { eds_config: { ads: {} } } };
    const cluster = { name: 'one', version: '1', resource: pack(TYPE.cluster, eds) };
    stream.send({ typeUrl: TYPE.cluster, nonce: 'c1', resources: [cluster] });
    await stream.expectAck(TYPE.cluster, 'c1');
    await stream.expectSubscribe(TYPE.endpoints, ['one']);
    const assignment = { name: 'one', version: '1', resource: pack(TYPE.endpoints, endpoints('one', port)) };
    stream.send({ typeUrl: TYPE.endpoints, nonce: 'e1', resources: [assignment] });
    await stream.expectAck(TYPE.endpoints, 'e1');
    await stream.expectRequest(TYPE.listener);
    const main = {
      name: 'main',
      version: '1',
      resource: pack(TYPE.listener, listener('main', { route_config: routes('one') })),
    };
    stream.send({ typeUrl: TYPE.listener, nonce: 'l1', resources: [main] });
    await stream.expectAck(TYPE.listener, 'l1');
    const { server, get } = await subject;
    assert.equal(await get('main'), 'a');
    stream.send({ typeUrl: TYPE.listener, nonce: 'l2', removedResources: ['main'] });
    await stream.expectAck(TYPE.listener, 'l2');
    await eventuallyPasses(async () => assert.deepEqual(server.listeners, []));
  });
});

/** Starts a proxy that asks `plane`; it is ready once it has been answered. */
function startWithAds(t: TestContext, plane: ScriptedXdsServer, apiType: 'GRPC' | 'DELTA_GRPC') {
  const service = { envoy_grpc: { cluster_name: 'plane' } };
  const http2 = { '@type': TYPE.http, explicit_http_config: { http2_protocol_options: {} } };
  const control = {
    name: 'plane',
    type: 'STATIC',
    load_assignment: endpoints('plane', plane.port),
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
  };
  return startSubject(t, {
    node: { id: 'n', cluster: 'c' },
    dynamic_resources: {
      ads_config: { api_type: apiType, transport_api_version: 'V3', grpc_services: [service] },
      cds_config: { ads: {}, resource_api_version: 'V3' },
      lds_config: { ads: {}, resource_api_version: 'V3' },
    },
    static_resources: { clusters: [control] },
  });
}

function pack(typeUrl: string, json: JsonObject) {
  const typeName = typeUrl.slice(typeUrl.indexOf('/') + 1);
  const report = new Problems();
  const message = fromJson(typeName, json, report);
  if (message === undefined || !report.isEmpty) throw new Error(JSON.stringify(report.list));
  return { $typeName: 'google.protobuf.Any' as const, typeUrl, value: encode(message) };
}
