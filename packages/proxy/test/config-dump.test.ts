/** What the admin interface tells of configuration that comes while the proxy runs; with `ENVOY_BIN`, a real Envoy is told the same and asked the same. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventuallyPasses, freePort, leakCheck, TestAuthority, tempDir } from '@weft/testkit';
import {
  ControlPlane,
  edsCluster,
  endpointsOf,
  httpManager,
  rds,
  routesTo,
  sds,
} from '../src/test-support/control-plane.ts';
import { httpServer } from '../src/test-support/http-peers.ts';
import { startProxy, tlsSocket } from '../src/test-support/start-proxy.ts';

leakCheck();

type JsonObject = Readonly<Record<string, unknown>>;
type Get = (path: string) => Promise<string>;

const LOOPBACK = { socket_address: { address: '127.0.0.1', port_value: 0 } };

/** Everything that a proxy can be told, once. */
async function fill(t: TestContext, plane: ControlPlane): Promise<void> {
  const backend = await httpServer(t, (_, response) => response.end());
  const authority = await TestAuthority.create();
  const { chainPem, keyPem } = await authority.server({ dnsNames: ['a.test'], ipAddresses: [] });
  const tls = { certificate_chain: { inline_string: chainPem }, private_key: { inline_string: keyPem.reveal() } };
  const socket = tlsSocket({ common_tls_context: { tls_certificate_sds_secret_configs: [sds('cert')] } });
  const web = [{ name: 'one', filters: [httpManager(rds('routes'))] }];
  const secure = [
    { transport_socket: socket, filters: [httpManager({ route_config: routesTo('inline', 'one') }, SECURE)] },
  ];
  plane.set('cluster', edsCluster('one')).set('endpoints', endpointsOf('one', [backend]));
  plane.set('routes', routesTo('routes', 'one')).set('secret', { name: 'cert', tls_certificate: tls });
  plane.set('listener', { name: 'web', address: await address(), filter_chains: web });
  plane.set('listener', { name: 'secure', address: await address(), filter_chains: secure });
}

const SECURE = { stat_prefix: 'secure' };

async function address(): Promise<JsonObject> {
  return { socket_address: { address: '127.0.0.1', port_value: await freePort() } };
}

/** Something that every proxy refuses, and something that never gets warm. */
async function disturb(plane: ControlPlane): Promise<void> {
  const hosts = [
    { name: 'a', domains: ['*'] },
    { name: 'b', domains: ['*'] },
  ];
  const filters = [httpManager({ route_config: { name: 'x', virtual_hosts: hosts } })];
  plane.set('listener', { name: 'bad', address: await address(), filter_chains: [{ filters }] });
  const taken = { socket_address: { address: '127.0.0.1', port_value: plane.host.port } };
  const chain = { filters: [httpManager(rds('routes'))] };
  plane.set('listener', { name: 'taken', address: taken, filter_chains: [chain] });
  const { eds_cluster_config: eds } = edsCluster('cold') as { eds_cluster_config: { eds_config: JsonObject } };
  const patient = { eds_config: { ...eds.eds_config, initial_fetch_timeout: '0s' } };
  plane.set('cluster', edsCluster('cold', { eds_cluster_config: patient }));
  plane.push();
}

async function startOurs(t: TestContext, plane: ControlPlane): Promise<Get> {
  const { server } = await startProxy(t, { ...plane.bootstrap(), admin: { address: LOOPBACK } });
  return async (at) => (await fetch(`http://${server.adminAddress}${at}`, { headers: { connection: 'close' } })).text();
}

async function startEnvoy(t: TestContext, plane: ControlPlane, program: string): Promise<Get> {
  const dir = tempDir(t);
  const [file, addressFile] = [path.join(dir, 'envoy.json'), path.join(dir, 'admin')];
  writeFileSync(file, JSON.stringify({ ...plane.bootstrap(), admin: { address: LOOPBACK } }));
  const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'off', '--admin-address-path', addressFile];
  const child: ChildProcess = spawn(program, ['-c', file, ...flags], { stdio: 'ignore' });
  t.after(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  await eventuallyPasses(() => assert.ok(existsSync(addressFile)));
  const get: Get = async (at) => {
    const base = readFileSync(addressFile, 'utf8').trim();
    return (await fetch(`http://${base}${at}`, { headers: { connection: 'close' } })).text();
  };
  await eventuallyPasses(async () => assert.match(await get('/ready'), /LIVE/));
  return get;
}

interface Dump {
  readonly configs: readonly JsonObject[];
}

async function dumpOf(get: Get, query = ''): Promise<readonly JsonObject[]> {
  return (JSON.parse(await get(`/config_dump${query}`)) as Dump).configs;
}

function part(configs: readonly JsonObject[], type: string): JsonObject {
  const found = configs.find((config) => String(config['@type']).endsWith(`.${type}ConfigDump`));
  assert.ok(found !== undefined, `there is no ${type}ConfigDump`);
  return found;
}

function namesIn(value: unknown, field: string): readonly unknown[] {
  return ((value ?? []) as readonly Record<string, JsonObject>[]).map((each) => each[field]?.['name']);
}

describe('/config_dump of what comes from a control plane', () => {
  it('shows what is in use, what waits and what was refused, with versions, and hides secrets', async (t) => {
    const plane = await ControlPlane.start(t);
    await fill(t, plane);
    const get = await startOurs(t, plane);
    await disturb(plane);
    await eventuallyPasses(() => assert.equal(plane.host.rejections.length, 1));
    const configs = await dumpOf(get, '?include_eds');
    const clusters = part(configs, 'Clusters');
    assert.deepEqual(namesIn(clusters['dynamic_active_clusters'], 'cluster'), ['one']);
    assert.deepEqual(namesIn(clusters['dynamic_warming_clusters'], 'cluster'), ['cold']);
    assert.equal(clusters['version_info'], String(plane.host.model.version));
    const listeners = part(configs, 'Listeners')['dynamic_listeners'] as readonly Record<string, JsonObject>[];
    assert.deepEqual(
      listeners.map(({ name, active_state: active, error_state: error }) => [name, active?.['version_info'], !!error]),
      [
        ['web', '6', false],
        ['secure', '6', false],
        ['bad', undefined, true],
        ['taken', undefined, true],
      ],
    );
    assert.match(String(listeners[2]!['error_state']!['details']), /domain "\*" of virtual host "b" is already used/);
    assert.match(String(listeners[3]!['error_state']!['details']), /cannot bind 127.0.0.1:\d+: address already in use/);
    const secret = JSON.stringify(part(configs, 'Secrets'));
    assert.match(secret, /"name":"cert","version_info":"6".*BEGIN CERTIFICATE/);
    assert.match(secret, /"private_key":\{"inline_string":"\[redacted\]"\}/);
    assert.deepEqual(namesIn(await dumpOf(get, '?resource=dynamic_route_configs'), 'route_config'), ['routes']);
    assert.deepEqual(await dumpOf(get, '?resource=dynamic_active_clusters&mask=cluster.name'), [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.DynamicCluster',
        cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'one' },
      },
    ]);
    const named = await dumpOf(get, '?name_regex=web');
    assert.deepEqual(namesIn(part(named, 'Listeners')['dynamic_listeners'], 'active_state').length, 1);
    assert.equal(part(named, 'Clusters')['dynamic_active_clusters'], undefined);
    assert.match(await get('/clusters'), /^one::added_via_api::true$/m);
    assert.deepEqual(JSON.parse(await get('/init_dump')), {
      unready_targets_dumps: [
        { name: 'init manager cluster', target_names: ['cold'] },
        { name: 'init manager clusterloadassignment', target_names: ['cold'] },
      ],
    });
    assert.equal((await get('/init_dump?mask=listener')).trim(), '{}');
    assert.match(await get('/clusters'), /^plane::added_via_api::false$/m);
  });

  it('shows listeners that drain, and forgets what was refused once the control plane takes it back', async (t) => {
    const plane = await ControlPlane.start(t);
    await fill(t, plane);
    const get = await startOurs(t, plane);
    await disturb(plane);
    await eventuallyPasses(() => assert.equal(plane.host.rejections.length, 1));
    plane
      .delete('listener', 'bad')
      .delete('listener', 'taken')
      .delete('listener', 'secure')
      .delete('cluster', 'cold')
      .push();
    await eventuallyPasses(async () => {
      const configs = await dumpOf(get);
      const listeners = part(configs, 'Listeners')['dynamic_listeners'] as readonly JsonObject[];
      assert.deepEqual(
        listeners.map(({ name, ...states }) => [name, Object.keys(states)]),
        [
          ['web', ['active_state']],
          ['secure', ['draining_state']],
        ],
      );
      assert.deepEqual(part(configs, 'Secrets')['dynamic_active_secrets'], undefined);
      assert.deepEqual(part(configs, 'Clusters')['dynamic_warming_clusters'], undefined);
    });
  });

  const envoy = process.env['ENVOY_BIN'];
  it('agrees with Envoy, and so do statistics', { skip: envoy === undefined && 'needs ENVOY_BIN' }, async (t) => {
    const answers: { dump: unknown; stats: readonly string[] }[] = [];
    for (const start of [
      startOurs,
      (context: TestContext, plane: ControlPlane) => startEnvoy(context, plane, envoy!),
    ]) {
      const plane = await ControlPlane.start(t);
      await fill(t, plane);
      const get = await start(t, plane);
      await eventuallyPasses(async () => assert.match(await get('/stats'), /total_listeners_active: 2/));
      const dump = await dumpOf(get, '?include_eds');
      const stats = (await get('/stats')).split('\n').filter((line) => COMPARED.test(line) && !INEXACT.test(line));
      answers.push({ dump: comparable(dump.slice(1)), stats: stats.sort() });
    }
    const [ours, theirs] = answers;
    assert.deepEqual(ours!.dump, theirs!.dump);
    assert.deepEqual(ours!.stats, theirs!.stats);
  });
});

const COMPARED =
  /^(cluster_manager|listener_manager|control_plane|sds\.|http\.\w+\.rds\.|cluster\.one\.(update|membership))/;
/** Times; numbers that are too large to be exact; and how Envoy spreads work over its threads. */
const INEXACT = /_time|duration|\.version: |workers_pinned|assignment_use_cached/;

/** A dump without what differs from run to run, and without what Envoy alone says of endpoints. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable);
    // Routes come in the order of a hash table.
    return items.every((item) => typeof item === 'object') ? items.sort(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key) && !key.startsWith('last_up'));
  const known = kept.map(([key, inner]) => [key, VARYING.has(key) ? typeof inner : comparable(inner)] as const);
  return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const LEFT_OUT = new Set(['health_check_config', 'load_balancing_weight']);
const VARYING = new Set(['port_value', 'inline_string']);

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
