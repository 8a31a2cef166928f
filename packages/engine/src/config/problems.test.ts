import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { compileBootstrapJson } from './bootstrap/bootstrap.ts';
import { problemsOf, TEST_SOURCES } from './test-support/compile.ts';

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const TCP = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const ROUTER =
  '{name: router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}';

interface Tree {
  [key: string]: unknown;
}

const at = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const ADDRESS = at(80);
const ENDPOINT = { endpoint: { address: ADDRESS } };
const TCP_CHAIN = { filters: [{ name: 'tcp', typed_config: { '@type': TCP, stat_prefix: 'x', cluster: 'c' } }] };

function listener(own: Tree): Tree {
  return { static_resources: { listeners: [{ name: 'l', address: ADDRESS, filter_chains: [TCP_CHAIN], ...own }] } };
}

function cluster(own: Tree): Tree {
  const assignment = { cluster_name: 'c', endpoints: [{ lb_endpoints: [ENDPOINT] }] };
  return { static_resources: { clusters: [{ name: 'c', load_assignment: assignment, ...own }] } };
}

function manager(yaml: string): Tree {
  const config = {
    '@type': HCM,
    stat_prefix: 'x',
    route_config: {},
    http_filters: [parse(ROUTER)],
    ...(parse(yaml) as Tree),
  };
  return listener({ filter_chains: [{ filters: [{ name: 'hcm', typed_config: config }] }] });
}

function downstreamTls(yaml: string): Tree {
  const config = { '@type': `${TLS}.DownstreamTlsContext`, ...(parse(yaml) as Tree) };
  return listener({ filter_chains: [{ ...TCP_CHAIN, transport_socket: { name: 'tls', typed_config: config } }] });
}

function upstreamTls(yaml: string): Tree {
  const config = { '@type': `${TLS}.UpstreamTlsContext`, ...(parse(yaml) as Tree) };
  return cluster({ transport_socket: { name: 'tls', typed_config: config } });
}

function endpoints(...addresses: readonly unknown[]): Tree {
  const lbEndpoints = addresses.map((address) => ({ endpoint: { address } }));
  return { load_assignment: { cluster_name: 'c', endpoints: [{ lb_endpoints: lbEndpoints }] } };
}

const NODE = { id: 'n', cluster: 'c' };
const NAME = { socket_address: { address: 'name', port_value: 80 } };
const L = 'static_resources.listeners[0]';
const C = 'static_resources.clusters[0]';
const H = `${L}.filter_chains[0].filters[0].typed_config`;
const D = `${L}.filter_chains[0].transport_socket.typed_config`;
const U = `${C}.transport_socket.typed_config`;
const CERT = '{certificate_chain: {filename: /certs/cert.pem}, private_key: {filename: /certs/key.pem}}';

const GROUPS: Readonly<Record<string, readonly (readonly [Tree, string])[]>> = {
  'a listener': [
    [listener({ address: undefined }), `${L}.address: an address is required`],
    [listener({ address: NAME }), `${L}.address: malformed IP address: "name"`],
    [
      listener({ address: { socket_address: { address: '10.0.0.1', port_value: 1, ipv4_compat: true } } }),
      `${L}.address.socket_address.ipv4_compat: is for the address :: and mapped IPv4 addresses, not for "10.0.0.1"`,
    ],
    [listener({ filter_chains: [] }), `${L}.filter_chains: at least one filter chain is required`],
    [
      listener({ filter_chains: [TCP_CHAIN, TCP_CHAIN] }),
      `${L}.filter_chains[1].filter_chain_match: matches what filter_chains[0] matches: multiple filter chains with the same matching rules are defined`,
    ],
    [
      listener({ filter_chains: [{ ...TCP_CHAIN, filter_chain_match: { server_names: ['a*.test'] } }] }),
      `${L}.filter_chains[0].filter_chain_match.server_names[0]: "a*.test": a server name is a name, or *. and a name; partial wildcards are not supported`,
    ],
    [
      listener({ filter_chains: [{ filters: [TCP_CHAIN.filters[0], TCP_CHAIN.filters[0]] }] }),
      `${L}.filter_chains[0].filters[0]: terminal filter "tcp" (envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy) must be the last filter`,
    ],
    [
      listener({ address: undefined, internal_listener: {}, tcp_backlog_size: 1 }),
      `${L}.tcp_backlog_size: an internal listener has no socket: leave it out`,
    ],
    [
      listener({ address: undefined, internal_listener: {} }),
      `${L}: an internal listener needs the bootstrap extension envoy.bootstrap.internal_listener`,
    ],
    [
      {
        static_resources: {
          listeners: [1, 2].map((port) => ({ name: 'l', address: at(port), filter_chains: [TCP_CHAIN] })),
        },
      },
      'static_resources.listeners[1].name: duplicate listener "l"',
    ],
    [
      {
        static_resources: {
          listeners: ['a', 'b'].map((name) => ({ name, address: ADDRESS, filter_chains: [TCP_CHAIN] })),
        },
      },
      'static_resources.listeners[1].address: has the address 127.0.0.1:80 of static_resources.listeners[0]',
    ],
  ],
  'a connection manager': [
    [
      manager('{strip_matching_host_port: true, strip_any_host_port: true}'),
      `${H}: only one of strip_matching_host_port and strip_any_host_port can be set`,
    ],
    [manager('http_filters: []'), `${H}.http_filters: needs at least a router`],
    [
      manager(`http_filters: [${ROUTER}, ${ROUTER}]`),
      `${H}.http_filters[0]: terminal filter "router" (envoy.extensions.filters.http.router.v3.Router) must be the last filter`,
    ],
    [
      manager(`http_filters: [{name: router, disabled: true, ${ROUTER.slice(ROUTER.indexOf('typed_config'))}]`),
      `${H}.http_filters[0].disabled: terminal filter "router" (envoy.extensions.filters.http.router.v3.Router) cannot be disabled`,
    ],
    [
      manager('upgrade_configs: [{upgrade_type: A}, {upgrade_type: a}]'),
      `${H}.upgrade_configs[1].upgrade_type: a is there twice`,
    ],
    [
      manager(
        'route_config: {virtual_hosts: [{name: a, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: gone}}]}]}',
      ),
      `${L}: route: unknown cluster "gone"`,
    ],
    [manager('stream_idle_timeout: -1s'), `${H}.stream_idle_timeout: duration must not be negative, it is -1s`],
  ],
  'a cluster': [
    [
      cluster(endpoints(NAME)),
      `${C}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address: malformed IP address "name": give an IP address, or use a cluster of type STRICT_DNS or LOGICAL_DNS`,
    ],
    [
      cluster({ type: 'LOGICAL_DNS', ...endpoints(NAME, NAME) }),
      `${C}.load_assignment: LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint`,
    ],
    [
      cluster({ type: 'STRICT_DNS', ...endpoints({ pipe: { path: '/x' } }) }),
      `${C}.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address: a cluster with DNS needs names or IP addresses`,
    ],
    [cluster({ type: 'EDS', load_assignment: undefined }), `${C}.eds_cluster_config: eds_cluster_config is required`],
    [
      cluster({ eds_cluster_config: { eds_config: { ads: {} } } }),
      `${C}.eds_cluster_config: eds_cluster_config set in a non-EDS cluster`,
    ],
    [
      cluster({ lb_policy: 'CLUSTER_PROVIDED' }),
      `${C}.lb_policy: CLUSTER_PROVIDED is for clusters of type ORIGINAL_DST`,
    ],
    [
      cluster({ type: 'ORIGINAL_DST', load_assignment: undefined }),
      `${C}.lb_policy: a cluster of type ORIGINAL_DST needs the lb_policy CLUSTER_PROVIDED`,
    ],
    [
      cluster({
        type: 'ORIGINAL_DST',
        load_assignment: undefined,
        lb_policy: 'CLUSTER_PROVIDED',
        original_dst_lb_config: { http_header_name: 'x-to' },
      }),
      `${C}.original_dst_lb_config.http_header_name: is only read with use_http_header: set that to true`,
    ],
    [
      cluster({ circuit_breakers: { per_host_thresholds: [{ max_retries: 1 }] } }),
      `${C}.circuit_breakers.per_host_thresholds[0]: unsupported field in per_host_thresholds: only max_connections may be set`,
    ],
    [
      cluster({ upstream_bind_config: { source_address: { address: 'name', port_value: 0 } } }),
      `${C}.upstream_bind_config.source_address: malformed IP address: "name"`,
    ],
    [
      { static_resources: { clusters: [0, 1].map(() => ({ name: 'c', ...endpoints(ADDRESS) })) } },
      'static_resources.clusters[1].name: duplicate cluster "c"',
    ],
  ],
  TLS: [
    [downstreamTls('common_tls_context: {}'), `${D}.common_tls_context: no TLS certificates found for server context`],
    [
      downstreamTls('common_tls_context: {tls_certificate_sds_secret_configs: [{name: gone}]}'),
      `${L}: there is no static secret "gone" with tls_certificate`,
    ],
    [
      downstreamTls(
        'common_tls_context: {tls_certificates: [{certificate_chain: {filename: /gone}, private_key: {filename: /certs/key.pem}}]}',
      ),
      `${D}.common_tls_context.tls_certificates[0].certificate_chain.filename: filename /gone is not there`,
    ],
    [
      upstreamTls(`common_tls_context: {tls_certificates: [${CERT}, ${CERT}]}`),
      `${U}.common_tls_context: multiple TLS certificates are not supported for client contexts`,
    ],
    [
      upstreamTls(
        'common_tls_context: {validation_context: {match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: a}}]}}',
      ),
      `${U}.common_tls_context.validation_context: SAN-based verification of peer certificates without trusted CA is insecure and not allowed`,
    ],
    [
      upstreamTls(
        'common_tls_context: {tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_2}}',
      ),
      `${U}.common_tls_context.tls_params: tls_minimum_protocol_version TLSv1.3 is later than the maximum, TLSv1.2`,
    ],
    [
      upstreamTls('common_tls_context: {tls_params: {ecdh_curves: [P-42]}}'),
      `${U}.common_tls_context.tls_params.ecdh_curves: "P-42" is no curve; known: X25519, P-256, P-384, P-521, X25519MLKEM768`,
    ],
  ],
  'the bootstrap as a whole': [
    [
      { node: NODE, dynamic_resources: { cds_config: { ads: {} } } },
      'dynamic_resources.ads_config: is required where ads is used',
    ],
    [
      {
        dynamic_resources: {
          ads_config: {
            api_type: 'GRPC',
            transport_api_version: 'V3',
            grpc_services: [{ envoy_grpc: { cluster_name: 'x' } }],
          },
        },
      },
      'dynamic_resources.ads_config.grpc_services[0].envoy_grpc.cluster_name: "x" must be a static cluster whose type is not EDS',
    ],
    [
      {
        dynamic_resources: {
          lds_config: { ads: {} },
          ads_config: { api_type: 'GRPC', grpc_services: [{ envoy_grpc: { cluster_name: 'c' } }] },
        },
        ...cluster({}),
      },
      'node: id and cluster are required where a server is asked for resources',
    ],
    [
      { admin: { access_log_path: '/var/log/admin.log' } },
      'admin.access_log_path: requests to the admin address are not logged yet: leave it out, or log to /dev/null',
    ],
    [
      { cluster_manager: { local_cluster_name: 'x' } },
      'cluster_manager.local_cluster_name: is not supported: the proxy does not send to the own zone first yet: leave it out',
    ],
    [
      { layered_runtime: { layers: ['a', 'b'].map((name) => ({ name, admin_layer: {} })) } },
      'layered_runtime.layers[1].admin_layer: there may be one admin layer only',
    ],
    [
      { layered_runtime: { layers: [0, 1].map(() => ({ name: 'a', static_layer: {} })) } },
      'layered_runtime.layers[1].name: duplicate layer name: "a"',
    ],
    [{ bogus: 1 }, 'bogus: unknown field'],
  ],
};

for (const [what, cases] of Object.entries(GROUPS)) {
  describe(`what is wrong with ${what} is told`, () => {
    for (const [config, problem] of cases) {
      it(problem, () => {
        // What is undefined is not there, as in a file.
        const result = compileBootstrapJson(JSON.parse(JSON.stringify(config)), TEST_SOURCES);
        assert.deepEqual(problemsOf(result), [problem]);
      });
    }
  });
}

it('all resources are looked at, and all that is wrong is told at once', () => {
  const { static_resources: clusters } = cluster({ type: 'EDS' }) as { static_resources: Tree };
  const { static_resources: listeners } = listener({ address: NAME }) as { static_resources: Tree };
  const result = compileBootstrapJson({ static_resources: { ...clusters, ...listeners } }, TEST_SOURCES);
  assert.deepEqual(problemsOf(result), [
    `${C}.eds_cluster_config: eds_cluster_config is required`,
    `${L}.address: malformed IP address: "name"`,
  ]);
});
