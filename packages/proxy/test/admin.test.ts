/** The admin interface over real sockets, beside a proxy that serves. */
import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { LogLevels, systemClock, systemRandom } from '@weft/core';
import { captureLogger, eventually, TestAuthority } from '@weft/testkit';
import { loadBootstrap } from '../src/server/load-bootstrap.ts';
import { ProxyServer } from '../src/server/proxy-server.ts';

const http = process.getBuiltinModule('node:http');

const ANY_PORT = { socket_address: { address: '127.0.0.1', port_value: 0 } };
const HTTP = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

function httpListener(name: string, more: Readonly<Record<string, unknown>> = {}) {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'one' } }];
  const config = {
    '@type': HTTP,
    stat_prefix: name,
    route_config: { name: `routes of ${name}`, virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
  };
  return { name, address: ANY_PORT, filter_chains: [{ filters: [{ name: 'http', typed_config: config }] }], ...more };
}

function bootstrapFor(port: number, more: Readonly<Record<string, unknown>> = {}) {
  const endpoint = {
    hostname: 'a.test',
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
  };
  const endpoints = [{ locality: { region: 'r', zone: 'z' }, lb_endpoints: [{ endpoint }] }];
  return {
    admin: { address: ANY_PORT },
    node: { id: 'n', cluster: 'c' },
    static_resources: {
      listeners: [httpListener('main'), httpListener('in', { traffic_direction: 'INBOUND' })],
      clusters: [{ name: 'one', connect_timeout: '2s', load_assignment: { cluster_name: 'one', endpoints } }],
      secrets: [{ name: 'key', generic_secret: { secret: { inline_string: 'do not tell' } } }],
    },
    ...more,
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

interface Subject {
  readonly server: ProxyServer;
  readonly levels: LogLevels;
  readonly get: (path: string, method?: string, body?: string) => Promise<Answer>;
  readonly port: (listener: string) => number;
}

async function startBackend(t: TestContext): Promise<number> {
  const backend: Server = http.createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => {
    backend.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    backend.closeAllConnections();
    backend.close();
  });
  return (backend.address() as AddressInfo).port;
}

async function startSubject(t: TestContext, more: Readonly<Record<string, unknown>> = {}): Promise<Subject> {
  const document = bootstrapFor(await startBackend(t), more);
  const loaded = loadBootstrap(document, { env: {}, clock: systemClock, uuid: () => 'uuid' });
  if (loaded.kind === 'err') throw new Error(JSON.stringify(loaded.error));
  const levels = new LogLevels();
  const server = new ProxyServer({
    bootstrap: loaded.value,
    clock: systemClock,
    random: systemRandom,
    logger: captureLogger().logger,
    streams: process,
    document,
    program: { version: 'weft/test', options: { concurrency: 1 } },
    logLevels: levels,
  });
  await server.start();
  t.after(() => server.close());
  return {
    server,
    levels,
    get: async (path, method = 'GET', body) => {
      const init = { method, headers: { connection: 'close' }, ...(body === undefined ? {} : formOf(body)) };
      const response = await fetch(`http://${server.adminAddress}${path}`, init);
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    port: (name) => {
      const address = server.listeners.find((each) => each.name === name)?.addresses[0] ?? '';
      return Number(address.slice(address.lastIndexOf(':') + 1));
    },
  };
}

function formOf(body: string) {
  return { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
}

async function request(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
}

describe('the admin interface', () => {
  it('tells whether the proxy is ready, and health checks can be made to fail', async (t) => {
    const { get } = await startSubject(t);
    const ready = await get('/ready');
    assert.equal(ready.status, 200);
    assert.equal(ready.text, 'LIVE\n');
    assert.equal(ready.headers.get('cache-control'), 'no-cache, max-age=0');
    assert.equal((await get('/healthcheck/fail', 'POST')).text, 'OK\n');
    const failing = await get('/ready');
    assert.deepEqual([failing.status, failing.text], [503, 'DRAINING\n']);
    await get('/healthcheck/ok', 'POST');
    assert.equal((await get('/ready')).status, 200);
  });

  it('takes POST alone for what changes something, and lists everything there is', async (t) => {
    const { get, server } = await startSubject(t);
    const refused = await get('/quitquitquit');
    assert.deepEqual([refused.status, refused.text], [405, 'Method GET not allowed, POST required.']);
    const unknown = await get('/nothing');
    assert.equal(unknown.status, 404);
    const help = await get('/help');
    assert.equal(unknown.text, `invalid path. ${help.text}`);
    for (const [, path] of help.text.matchAll(/^ {2}(\/\S*):/gm)) assert.equal((await get(path!)).status, 200, path);
    assert.match((await get('/')).text, /<form action='drain_listeners' method='post'>/);
    assert.equal((await get('/ready', 'HEAD')).text, '');
    assert.equal((await get('/quitquitquit', 'POST')).text, 'OK\n');
    await server.quitRequested;
  });

  it('shows listeners and clusters with what their hosts did', async (t) => {
    const { get, port } = await startSubject(t);
    assert.equal(await request(port('main')), 'hello');
    const listeners = await get('/listeners');
    assert.equal(listeners.text, `main::127.0.0.1:${port('main')}\nin::127.0.0.1:${port('in')}\n`);
    const json = JSON.parse((await get('/listeners?format=json')).text) as { listener_statuses: unknown[] };
    assert.deepEqual(json.listener_statuses[0], {
      name: 'main',
      local_address: { socket_address: { address: '127.0.0.1', port_value: port('main') } },
    });
    const { text } = await get('/clusters');
    assert.match(text, /^one::default_priority::max_retries::3$/m);
    assert.match(text, /^one::127\.0\.0\.1:\d+::cx_total::1$/m);
    assert.match(text, /^one::127\.0\.0\.1:\d+::rq_success::1$/m);
    assert.match(text, /^one::127\.0\.0\.1:\d+::zone::z$/m);
    const clusters = JSON.parse((await get('/clusters?format=json')).text) as {
      cluster_statuses: { host_statuses: { hostname: string; stats: unknown[] }[] }[];
    };
    const host = clusters.cluster_statuses[0]!.host_statuses[0]!;
    assert.equal(host.hostname, 'a.test');
    assert.deepEqual(
      host.stats.find((stat) => (stat as { name: string }).name === 'rq_total'),
      {
        name: 'rq_total',
        value: '1',
      },
    );
    assert.equal((await get('/clusters?filter=nobody')).text, '');
  });

  it('shows statistics in every form, and refuses filters that are none', async (t) => {
    const { get, port } = await startSubject(t, { stats_flush_on_admin: true });
    await request(port('main'));
    const counted = await get('/stats?filter=^http\\.main\\.downstream_rq_2xx$');
    assert.equal(counted.text, 'http.main.downstream_rq_2xx: 1\n');
    assert.match((await get('/stats?filter=downstream_rq_time')).text, /^http\.main\.downstream_rq_time: P0\(/m);
    const json = JSON.parse((await get('/stats?format=json&type=Gauges')).text) as { stats: { name: string }[] };
    assert.ok(json.stats.some(({ name }) => name === 'server.uptime'));
    const prometheus = await get('/stats/prometheus');
    assert.equal(prometheus.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(prometheus.text, /^envoy_cluster_upstream_rq_total\{envoy_cluster_name="one"\} 1$/m);
    assert.equal((await get('/stats?filter=%5B')).status, 400);
    assert.equal((await get('/stats?format=odd')).status, 400);
    await get('/reset_counters', 'POST');
    assert.equal((await get('/stats?filter=main\\.downstream_rq_2xx')).text, 'http.main.downstream_rq_2xx: 0\n');
  });

  it('obeys stats_config', async (t) => {
    const exclusion_list = { patterns: [{ prefix: 'cluster.' }] };
    const { get } = await startSubject(t, { stats_config: { stats_matcher: { exclusion_list } } });
    assert.equal((await get('/stats?filter=^cluster%5C.')).text, '');
    assert.notEqual((await get('/stats?filter=^http')).text, '');
  });

  it('dumps the configuration by resource, mask and name, and hides secrets', async (t) => {
    const { get } = await startSubject(t);
    const configs = async (query: string): Promise<Record<string, unknown>[]> => {
      const { configs: found } = JSON.parse((await get(`/config_dump${query}`)).text) as { configs?: never[] };
      return found ?? [];
    };
    const all = await get('/config_dump');
    assert.doesNotMatch(all.text, /do not tell/);
    assert.match(all.text, /"inline_string": "\[redacted\]"/);
    assert.deepEqual(
      (await configs('')).map((config) => String(config['@type']).split('.').at(-1)),
      [
        'BootstrapConfigDump',
        'ClustersConfigDump',
        'ListenersConfigDump',
        'ScopedRoutesConfigDump',
        'RoutesConfigDump',
        'SecretsConfigDump',
      ],
    );
    assert.deepEqual(await configs('?resource=static_clusters&mask=cluster.name'), [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump.StaticCluster',
        cluster: { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'one' },
      },
    ]);
    assert.deepEqual(await configs('?mask=bootstrap.node.id'), [
      { '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump', bootstrap: { node: { id: 'n' } } },
    ]);
    assert.equal((await configs('?resource=static_listeners&name_regex=ma.*')).length, 1);
    assert.equal((await configs('?resource=static_route_configs')).length, 2);
    assert.match((await get('/config_dump?include_eds&resource=static_endpoint_configs')).text, /"a\.test"/);
    assert.deepEqual(await configs('?resource=dynamic_listeners'), []);
    assert.equal((await get('/config_dump?resource=bogus')).status, 404);
    assert.equal((await get('/config_dump?resource=bootstrap')).status, 400);
  });

  it('shows certificates in use', async (t) => {
    const authority = await TestAuthority.create();
    const certificate = await authority.server({ dnsNames: ['a.test'] });
    const tls = {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      common_tls_context: {
        tls_certificates: [
          {
            certificate_chain: { inline_string: certificate.chainPem },
            private_key: { inline_string: certificate.keyPem.reveal() },
          },
        ],
        validation_context: { trusted_ca: { inline_string: authority.caPem } },
      },
    };
    const { filter_chains: chains, ...rest } = httpListener('tls');
    const transport_socket = { name: 'tls', typed_config: tls };
    const listener = { ...rest, filter_chains: chains.map((chain) => ({ ...chain, transport_socket })) };
    const clusters = [{ name: 'one', load_assignment: { cluster_name: 'one' } }];
    const { get } = await startSubject(t, { static_resources: { listeners: [listener], clusters } });
    const { certificates } = JSON.parse((await get('/certs')).text) as {
      certificates: { ca_cert: unknown[]; cert_chain: { subject_alt_names: unknown[] }[] }[];
    };
    assert.equal(certificates.length, 1);
    assert.equal(certificates[0]!.ca_cert.length, 1);
    assert.deepEqual(certificates[0]!.cert_chain[0]?.subject_alt_names[0], { dns: 'a.test' });
    assert.doesNotMatch((await get('/config_dump')).text, /PRIVATE KEY/);
  });

  it('changes levels of the log', async (t) => {
    const { get, levels } = await startSubject(t);
    assert.match((await get('/logging?level=warning', 'POST')).text, /^ {2}proxy: warning$/m);
    await get('/logging?access-log=trace', 'POST');
    assert.deepEqual([levels.levelOf('proxy'), levels.levelOf('access-log')], ['warning', 'debug']);
    await get('/logging?paths=proxy:off,access-log:critical', 'POST');
    assert.deepEqual([levels.levelOf('proxy'), levels.levelOf('access-log')], ['none', 'error']);
    for (const query of ['level=loud', 'nobody=info', 'paths=proxy']) {
      assert.equal((await get(`/logging?${query}`, 'POST')).status, 400, query);
    }
  });

  it('changes runtime values where there is a layer for that', async (t) => {
    assert.equal((await (await startSubject(t)).get('/runtime_modify?a=1', 'POST')).status, 503);
    const layers = [
      { name: 'base', static_layer: { key: 1 } },
      { name: 'hand', admin_layer: {} },
    ];
    const { get } = await startSubject(t, { layered_runtime: { layers } });
    const entries = async () => (JSON.parse((await get('/runtime')).text) as { entries: unknown }).entries;
    assert.deepEqual(await entries(), { key: { final_value: '1', layer_values: ['1', ''] } });
    await get('/runtime_modify?key=2', 'POST');
    assert.deepEqual(await entries(), { key: { final_value: '2', layer_values: ['1', '2'] } });
    await get('/runtime_modify', 'POST', 'key=');
    assert.deepEqual(await entries(), { key: { final_value: '1', layer_values: ['1', ''] } });
  });

  it('drains listeners: those for inbound traffic alone, or all', async (t) => {
    const { get, port } = await startSubject(t);
    await get('/drain_listeners?inboundonly', 'POST');
    await assert.rejects(request(port('in')));
    assert.equal(await request(port('main')), 'hello');
    await get('/drain_listeners?skip_exit', 'POST');
    assert.equal(await request(port('main')), 'hello');
    await get('/drain_listeners', 'POST');
    await eventually(() =>
      request(port('main')).then(
        () => false,
        () => true,
      ),
    );
    assert.match((await get('/listeners')).text, /^main::/);
  });
});
