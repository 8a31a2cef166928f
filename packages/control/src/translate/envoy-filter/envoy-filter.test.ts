import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../mesh/index.ts';
import type { ProxyResources } from '../resources.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { applyEnvoyFilters } from './index.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.filters';
const MANAGER = 'envoy.filters.network.http_connection_manager';
const RESOURCES: ProxyResources = {
  listeners: [
    listener('virtualInbound', 15006, 'INBOUND', [
      {
        name: '0.0.0.0_8080',
        filterChainMatch: { destinationPort: 8080 },
        filters: [manager({ name: 'inbound|8080||' })],
      },
      {
        name: 'tcp',
        filterChainMatch: {
          destinationPort: 9000,
          serverNames: ['a.test'],
          transportProtocol: 'tls',
          applicationProtocols: ['istio', 'h2'],
        },
        filters: [tcpProxy()],
      },
    ]),
    listener('0.0.0.0_80', 80, 'OUTBOUND', [{ filters: [manager()] }]),
  ],
  routes: [
    {
      name: '80',
      virtualHosts: [
        { name: 'a:80', domains: ['a'], routes: [route('one', 'c1'), { ...route('two', 'c2') }] },
        {
          name: 'b:80',
          domains: ['b'],
          routes: [{ name: 'away', match: { prefix: '/' }, redirect: { hostRedirect: 'x' } }],
        },
      ],
    },
  ],
  clusters: [cluster('outbound|80||a.test'), cluster('outbound|80|v1|a.test'), cluster('inbound|8080||')],
  endpoints: [{ clusterName: 'outbound|80||a.test' }, { clusterName: 'outbound|80|v1|a.test' }],
};

function listener(name: string, port: number, trafficDirection: 'INBOUND' | 'OUTBOUND', filterChains: object[]) {
  const address = { socketAddress: { address: '0.0.0.0', portValue: port } };
  return {
    name,
    address,
    trafficDirection,
    filterChains,
    listenerFilters: [listenerFilter('original_dst', 'OriginalDst')],
  };
}

function listenerFilter(name: string, type: string) {
  return { name: `envoy.filters.listener.${name}`, typedConfig: { '@type': `${TYPE}.listener.${name}.v3.${type}` } };
}

function manager(inline?: object) {
  const config = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 'x',
    ...(inline === undefined ? { rds: { routeConfigName: '80', configSource: { ads: {} } } } : { routeConfig: inline }),
    httpFilters: [httpFilter('rbac', 'RBAC'), httpFilter('fault', 'HTTPFault'), httpFilter('router', 'Router')],
  };
  return { name: MANAGER, typedConfig: config };
}

function httpFilter(name: string, type: string) {
  return { name: `envoy.filters.http.${name}`, typedConfig: { '@type': `${TYPE}.http.${name}.v3.${type}` } };
}

function tcpProxy() {
  const typedConfig = { '@type': `${TYPE}.network.tcp_proxy.v3.TcpProxy`, statPrefix: 'x', cluster: 'c' };
  return { name: 'envoy.filters.network.tcp_proxy', typedConfig };
}

function route(name: string, to: string) {
  return { name, match: { prefix: `/${name}` }, route: { cluster: to } };
}

function cluster(name: string) {
  return { name, connectTimeout: '10s' };
}

/** What becomes of the resources by patches as users write them. */
function patched(patches: object[], proxy: object = {}) {
  const filter = {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'f', namespace: 'a' },
    spec: { configPatches: patches },
  };
  const input = inputOf(JSON.stringify(filter), { proxy });
  const findings: Finding[] = [];
  const result = applyEnvoyFilters(RESOURCES, input, findings);
  // What stands in maps has no prototype.
  const plain = JSON.parse(JSON.stringify(result)) as ProxyResources;
  return { result, plain, findings, told: findings.map(({ code, path, message }) => `${code} ${path}: ${message}`) };
}

type Named = { readonly name: string; readonly typedConfig?: { readonly httpFilters?: readonly Named[] } };

function httpFiltersOf(resources: ProxyResources, listenerName: string): readonly string[] {
  const found = resources.listeners.find(({ name }) => name === listenerName);
  const filters = found?.filterChains?.[0]?.filters as unknown as readonly Named[];
  return filters[0]!.typedConfig!.httpFilters!.map(({ name }) => name.replace('envoy.filters.http.', ''));
}

const BUFFER = {
  name: 'envoy.filters.http.buffer',
  typed_config: { '@type': `${TYPE}.http.buffer.v3.Buffer`, max_request_bytes: 9 },
};
const inManager = (subFilter?: string) => ({
  listener: { filterChain: { filter: { name: MANAGER, ...(subFilter && { subFilter: { name: subFilter } }) } } },
});

/** Operation, match, class, and the filters that there are then. */
const HTTP_FILTERS: readonly (readonly [string, object, string | undefined, string])[] = [
  ['ADD', inManager(), undefined, 'rbac fault buffer router'],
  ['ADD', inManager(), 'AUTHN', 'buffer rbac fault router'],
  ['ADD', inManager(), 'AUTHZ', 'rbac buffer fault router'],
  ['ADD', inManager(), 'STATS', 'rbac fault buffer router'],
  ['INSERT_FIRST', inManager(), undefined, 'buffer rbac fault router'],
  ['INSERT_BEFORE', inManager('envoy.filters.http.fault'), undefined, 'rbac buffer fault router'],
  ['INSERT_BEFORE', inManager('envoy.router'), undefined, 'rbac fault buffer router'],
  ['INSERT_AFTER', inManager('envoy.filters.http.rbac'), undefined, 'rbac buffer fault router'],
  ['REPLACE', inManager('envoy.filters.http.fault'), undefined, 'rbac buffer router'],
  ['REMOVE', inManager('envoy.filters.http.fault'), undefined, 'rbac router'],
];

for (const [operation, match, filterClass, expected] of HTTP_FILTERS) {
  test(`${operation} of an HTTP filter ${filterClass ?? ''} at ${JSON.stringify(match).slice(60, 130)}`, () => {
    const value = operation === 'REMOVE' ? {} : { value: BUFFER };
    const patch = { operation, ...value, ...(filterClass && { filterClass }) };
    const { plain, told } = patched([
      { applyTo: 'HTTP_FILTER', match: { context: 'SIDECAR_OUTBOUND', ...match }, patch },
    ]);
    assert.deepEqual(told, []);
    assert.deepEqual(httpFiltersOf(plain, '0.0.0.0_80'), expected.split(' '));
    assert.deepEqual(httpFiltersOf(plain, 'virtualInbound'), ['rbac', 'fault', 'router']);
  });
}

test('a filter is merged with, also by the names and spellings of old', () => {
  const value = { typed_config: { '@type': `${TYPE}.http.router.v3.Router`, suppress_envoy_headers: true } };
  const { plain } = patched([
    { applyTo: 'HTTP_FILTER', match: inManager('envoy.router'), patch: { operation: 'MERGE', value } },
    {
      applyTo: 'NETWORK_FILTER',
      match: { listener: { portNumber: 80, filterChain: { filter: { name: 'envoy.http_connection_manager' } } } },
      patch: {
        operation: 'MERGE',
        value: {
          typedConfig: {
            '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
            common_http_protocol_options: { idle_timeout: '30s' },
          },
        },
      },
    },
  ]);
  const config = plain.listeners[1]?.filterChains?.[0]?.filters?.[0]?.typedConfig as unknown as {
    httpFilters: { typedConfig: { suppressEnvoyHeaders?: boolean } }[];
    commonHttpProtocolOptions: unknown;
  };
  assert.equal(config.httpFilters[2]?.typedConfig.suppressEnvoyHeaders, true);
  assert.deepEqual(config.commonHttpProtocolOptions, { idleTimeout: '30s' });
});

test('what comes in is named by the port of its chain', () => {
  const value = { name: 'echo', typed_config: { '@type': `${TYPE}.network.echo.v3.Echo` } };
  const patch = { operation: 'INSERT_FIRST', value };
  const { plain } = patched([
    { applyTo: 'NETWORK_FILTER', match: { context: 'SIDECAR_INBOUND', listener: { portNumber: 9000 } }, patch },
  ]);
  const chains = plain.listeners[0]?.filterChains?.map(({ filters }) => filters?.map(({ name }) => name));
  assert.deepEqual(chains, [[MANAGER], ['echo', 'envoy.filters.network.tcp_proxy']]);
});

test('chains are named by everything they match', () => {
  const remove = (filterChain: object) =>
    patched([
      {
        applyTo: 'FILTER_CHAIN',
        match: { listener: { name: 'virtualInbound', filterChain } },
        patch: { operation: 'REMOVE' },
      },
    ]).plain.listeners[0]?.filterChains?.map(({ name }) => name);
  for (const match of [
    { name: 'tcp' },
    { sni: 'a.test' },
    { transportProtocol: 'tls' },
    { applicationProtocols: 'h2,istio' },
    { destinationPort: 9000 },
  ]) {
    assert.deepEqual(remove(match), ['0.0.0.0_8080'], JSON.stringify(match));
  }
  for (const match of [{ name: 'x' }, { sni: 'b.test' }, { applicationProtocols: 'h2,http/1.1' }]) {
    assert.equal(remove(match)?.length, 2, JSON.stringify(match));
  }
});

test('listeners, their filters and clusters are added, merged and removed', () => {
  const { plain, told } = patched([
    {
      applyTo: 'LISTENER',
      match: { listener: { portNumber: 80 } },
      patch: { operation: 'MERGE', value: { per_connection_buffer_limit_bytes: 7 } },
    },
    {
      applyTo: 'LISTENER',
      patch: { operation: 'ADD', value: { name: 'own', address: { pipe: { path: '/x' } }, filter_chains: [{}] } },
    },
    {
      applyTo: 'LISTENER_FILTER',
      match: { context: 'SIDECAR_INBOUND', listener: { listenerFilter: 'envoy.filters.listener.original_dst' } },
      patch: { operation: 'INSERT_AFTER', value: listenerFilter('tls_inspector', 'TlsInspector') },
    },
    { applyTo: 'CLUSTER', match: { cluster: { service: 'a.test', subset: 'v1' } }, patch: { operation: 'REMOVE' } },
    {
      applyTo: 'CLUSTER',
      match: { cluster: { portNumber: 80 } },
      patch: { operation: 'MERGE', value: { connect_timeout: '3s' } },
    },
    {
      applyTo: 'CLUSTER',
      match: { context: 'SIDECAR_INBOUND' },
      patch: { operation: 'MERGE', value: { connect_timeout: '4s' } },
    },
    { applyTo: 'CLUSTER', patch: { operation: 'ADD', value: { name: 'own', connect_timeout: '1s' } } },
  ]);
  assert.deepEqual(told, []);
  assert.deepEqual(
    plain.listeners.map(({ name, perConnectionBufferLimitBytes, listenerFilters }) => [
      name,
      perConnectionBufferLimitBytes,
      listenerFilters?.length,
    ]),
    [
      ['virtualInbound', undefined, 2],
      ['0.0.0.0_80', 7, 1],
      ['own', undefined, undefined],
    ],
  );
  assert.deepEqual(
    plain.clusters.map(({ name, connectTimeout }) => [name, connectTimeout]),
    [
      ['outbound|80||a.test', '3s'],
      ['inbound|8080||', '4s'],
      ['own', '1s'],
    ],
  );
  assert.deepEqual(
    plain.endpoints.map(({ clusterName }) => clusterName),
    ['outbound|80||a.test'],
  );
});

test('routes, virtual hosts and configurations are changed, within listeners too', () => {
  const { plain, told } = patched([
    {
      applyTo: 'ROUTE_CONFIGURATION',
      match: { routeConfiguration: { portNumber: 8080 } },
      patch: { operation: 'MERGE', value: { request_headers_to_remove: ['x'] } },
    },
    {
      applyTo: 'VIRTUAL_HOST',
      match: { routeConfiguration: { name: '80', vhost: { name: 'b:80' } } },
      patch: { operation: 'REMOVE' },
    },
    {
      applyTo: 'VIRTUAL_HOST',
      match: { routeConfiguration: { vhost: { domainName: 'a' } } },
      patch: { operation: 'MERGE', value: { domains: ['a.other'] } },
    },
    {
      applyTo: 'HTTP_ROUTE',
      match: { routeConfiguration: { vhost: { name: 'a:80', route: { name: 'two' } } } },
      patch: {
        operation: 'INSERT_BEFORE',
        value: { name: 'new', match: { path: '/new' }, direct_response: { status: 204 } },
      },
    },
    {
      applyTo: 'HTTP_ROUTE',
      match: { routeConfiguration: { vhost: { route: { action: 'ROUTE' } } } },
      patch: { operation: 'MERGE', value: { route: { timeout: '2s' } } },
    },
  ]);
  assert.deepEqual(told, []);
  assert.deepEqual(
    plain.routes[0]?.virtualHosts?.map(({ name, domains, routes }) => [
      name,
      domains,
      routes?.map((one) => [one.name, one.route?.timeout]),
    ]),
    [
      [
        'a:80',
        ['a', 'a.other'],
        [
          ['one', '2s'],
          ['new', undefined],
          ['two', '2s'],
        ],
      ],
    ],
  );
  const config = plain.listeners[0]?.filterChains?.[0]?.filters?.[0]?.typedConfig as unknown as {
    routeConfig: unknown;
  };
  assert.deepEqual(config.routeConfig, { name: 'inbound|8080||', requestHeadersToRemove: ['x'] });
});

test('patches are for the proxies that they name', () => {
  const patch = { operation: 'ADD', value: { name: 'own', connect_timeout: '1s' } };
  const isApplied = (match: object, proxy: object) =>
    patched([{ applyTo: 'CLUSTER', match, patch }], proxy).plain.clusters.length > RESOURCES.clusters.length;
  const versioned = { metadata: { ISTIO_VERSION: '1.29.1', ROLE: 'edge' } };
  assert.ok(isApplied({ proxy: { proxyVersion: '^1\\.29.*' } }, versioned));
  assert.ok(!isApplied({ proxy: { proxyVersion: '^1\\.2[0-8]' } }, versioned));
  assert.ok(isApplied({ proxy: { metadata: { ROLE: 'edge' } } }, versioned));
  assert.ok(!isApplied({ proxy: { metadata: { ROLE: 'core' } } }, versioned));
  assert.ok(isApplied({ context: 'GATEWAY' }, { type: 'router' }));
  assert.ok(!isApplied({ context: 'GATEWAY' }, { type: 'sidecar' }));
  assert.ok(!isApplied({ context: 'SIDECAR_INBOUND' }, { type: 'router' }));
});

test('what cannot be applied leaves everything as it was, and says why', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { conect_timeout: '1s' } } },
      /^UnusablePatch .*configPatches\[0\]\.patch: .*conect_timeout: unknown field.*connect_timeout/,
    ],
    [
      { applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { connect_timeout: '0s' } } },
      /^UnusablePatch .*outbound\|80\|\|a\.test would not be valid any more: .*connect_timeout/,
    ],
    [
      { applyTo: 'BOOTSTRAP', patch: { operation: 'MERGE', value: {} } },
      /^UnusablePatch .*applyTo: proxies are started/,
    ],
    [{ applyTo: 'EXTENSION_CONFIG', patch: { operation: 'ADD', value: {} } }, /add the filter with HTTP_FILTER/],
    [
      { applyTo: 'ROUTE_CONFIGURATION', patch: { operation: 'REMOVE' } },
      /REMOVE has no meaning for ROUTE_CONFIGURATION; it takes MERGE/,
    ],
    [
      { applyTo: 'CLUSTER', match: { cluster: { name: 'x' } }, patch: { operation: 'REMOVE' } },
      /^PatchWithoutMatch .*nothing of a proxy such as client\.a/,
    ],
  ];
  for (const [patch, expected] of cases) {
    const { result, told } = patched([patch]);
    assert.match(told[0] ?? '', expected);
    assert.equal(result, RESOURCES);
  }
});

test('shared resources are not changed, and those that no patch is for stay the same objects', () => {
  const before = JSON.stringify(RESOURCES);
  const { result } = patched([
    {
      applyTo: 'HTTP_FILTER',
      match: { context: 'SIDECAR_OUTBOUND', ...inManager() },
      patch: { operation: 'INSERT_FIRST', value: BUFFER },
    },
  ]);
  assert.equal(JSON.stringify(RESOURCES), before);
  assert.equal(result.listeners[0], RESOURCES.listeners[0]);
  assert.notEqual(result.listeners[1], RESOURCES.listeners[1]);
  assert.equal(result.clusters, RESOURCES.clusters);
});
