import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from './test-support/compile.ts';

/** A configuration of one virtual host; the route is `{ match, … }` unless said otherwise. */
const inHost = (fields: string) => `{ virtual_hosts: [{ name: v, domains: ['*'], ${fields} }] }`;
const inRoute = (fields: string) => inHost(`routes: [{ match: { prefix: / }, ${fields} }]`);
const inAction = (fields: string) => inRoute(`route: { cluster: c, ${fields} }`);
const inMatch = (match: string) => inHost(`routes: [{ match: ${match}, route: { cluster: c } }]`);

const ROUTE = 'virtual_hosts[0].routes[0]';
const TEMPLATE =
  "{ name: t, typed_config: { '@type': type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/{a}' } }";
const TEMPLATE_REWRITE = (text: string) =>
  `{ name: r, typed_config: { '@type': type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: '${text}' } }`;

const CASES: readonly (readonly [config: string, path: string, reason: RegExp])[] = [
  ["{ virtual_hosts: [{ name: '', domains: [a] }] }", 'virtual_hosts[0]', /name is required/],
  ['{ virtual_hosts: [{ name: v }] }', 'virtual_hosts[0]', /domains is required/],
  [
    '{ virtual_hosts: [{ name: v, domains: [a] }, { name: w, domains: [b, A] }] }',
    'virtual_hosts[1].domains[1]',
    /already used by virtual host "v"/,
  ],
  [
    '{ virtual_hosts: [{ name: v, domains: [a], per_request_buffer_limit_bytes: 1, request_body_buffer_limit: 1 }] }',
    'virtual_hosts[0]',
    /use request_body_buffer_limit/,
  ],
  ['{ vhds: { config_source: { ads: {} } } }', 'vhds', /list all virtual_hosts/],
  [
    "{ request_headers_to_add: [{ header: { key: ':path', value: x } }] }",
    'request_headers_to_add[0].header.key',
    /may not be modified/,
  ],
  ['{ response_headers_to_remove: [Host] }', 'response_headers_to_remove[0]', /may not be removed/],
  [
    '{ request_headers_to_add: [{ header: { key: x, value: v }, append: true, append_action: ADD_IF_ABSENT }] }',
    'request_headers_to_add[0].append',
    /use append_action alone/,
  ],
  [
    '{ request_headers_to_add: [{ header: { key: x, value: v, raw_value: dg== } }] }',
    'request_headers_to_add[0].header',
    /may not both be set/,
  ],
  [
    '{ cluster_specifier_plugins: [{ extension: { name: a } }, { extension: { name: a } }] }',
    'cluster_specifier_plugins[1].extension.name',
    /there twice/,
  ],
  [inHost('virtual_clusters: [{ name: x }]'), 'virtual_hosts[0].virtual_clusters[0]', /headers is required/],
  [inHost('routes: [{ route: { cluster: c } }]'), ROUTE, /match is required/],
  [inHost('routes: [{ match: { prefix: / } }]'), ROUTE, /route, redirect or direct_response is required/],
  [inMatch('{}'), `${ROUTE}.match`, /path_specifier is required/],
  [inMatch("{ safe_regex: { regex: '(' } }"), `${ROUTE}.match.safe_regex`, /missing closing/],
  [inMatch('{ path_separated_prefix: /a/ }'), `${ROUTE}.match.path_separated_prefix`, /must not be empty, end with/],
  [
    inMatch(
      "{ path_match_policy: { name: x, typed_config: { '@type': type.googleapis.com/envoy.config.route.v3.RouteList } } }",
    ),
    `${ROUTE}.match.path_match_policy`,
    /RouteList is not supported here/,
  ],
  [inMatch('{ prefix: /, headers: [{ name: "a b" }] }'), `${ROUTE}.match.headers[0].name`, /not a header name/],
  [inMatch('{ prefix: /, runtime_fraction: {} }'), `${ROUTE}.match.runtime_fraction`, /default_value is required/],
  [inRoute('filter_action: {}'), `${ROUTE}.filter_action`, /is not supported/],
  [inRoute('non_forwarding_action: {}'), `${ROUTE}.non_forwarding_action`, /gRPC servers/],
  [inRoute('direct_response: { status: 99 }'), `${ROUTE}.direct_response.status`, /200 to 599/],
  [
    inRoute('direct_response: { status: 200, body: { filename: missing } }'),
    `${ROUTE}.direct_response.body.filename`,
    /cannot read missing/,
  ],
  [
    inRoute(`direct_response: { status: 200, body: { inline_string: '${'x'.repeat(4097)}' } }`),
    `${ROUTE}.direct_response.body`,
    /4097 bytes, more than the limit of 4096/,
  ],
  [inRoute('redirect: { port_redirect: 65536 }'), `${ROUTE}.redirect.port_redirect`, /65536 is no port/],
  [inRoute("route: { cluster: '' }"), `${ROUTE}.route.cluster`, /a name is required/],
  [inRoute('route: {}'), `${ROUTE}.route`, /cluster, weighted_clusters or cluster_header is required/],
  [
    inRoute('route: { weighted_clusters: { clusters: [{ name: a, weight: 0 }] } }'),
    `${ROUTE}.route.weighted_clusters`,
    /greater than 0/,
  ],
  [
    inRoute('route: { weighted_clusters: { clusters: [{ name: a, weight: 4294967295 }, { name: b, weight: 1 }] } }'),
    `${ROUTE}.route.weighted_clusters`,
    /larger than 4294967295/,
  ],
  [
    inRoute('route: { weighted_clusters: { total_weight: 2, clusters: [{ name: a, weight: 1 }] } }'),
    `${ROUTE}.route.weighted_clusters`,
    /leave total_weight out/,
  ],
  [
    inRoute('route: { weighted_clusters: { clusters: [{ name: a, cluster_header: b, weight: 1 }] } }'),
    `${ROUTE}.route.weighted_clusters.clusters[0]`,
    /either a name or a cluster_header/,
  ],
  [
    inRoute('route: { weighted_clusters: { clusters: [{ name: a }] } }'),
    `${ROUTE}.route.weighted_clusters.clusters[0]`,
    /weight is required/,
  ],
  [
    inRoute('route: { cluster_specifier_plugin: p }'),
    `${ROUTE}.route.cluster_specifier_plugin`,
    /there is no plugin "p"/,
  ],
  [
    inRoute('route: { inline_cluster_specifier_plugin: { extension: { name: lua } } }'),
    `${ROUTE}.route.inline_cluster_specifier_plugin`,
    /plugin "lua" is not supported/,
  ],
  [
    inAction('prefix_rewrite: /a, regex_rewrite: { pattern: { regex: a }, substitution: b }'),
    `${ROUTE}.route`,
    /only one of/,
  ],
  [
    inAction(`path_rewrite_policy: ${TEMPLATE_REWRITE('/b')}`),
    `${ROUTE}.route.path_rewrite_policy`,
    /needs a path_match_policy/,
  ],
  [
    inHost(`routes: [{ match: { path_match_policy: ${TEMPLATE} }, route: { cluster: c, prefix_rewrite: /x } }]`),
    `${ROUTE}.route.prefix_rewrite`,
    /use path_rewrite_policy/,
  ],
  [
    inHost(
      `routes: [{ match: { path_match_policy: ${TEMPLATE} }, route: { cluster: c, path_rewrite_policy: ${TEMPLATE_REWRITE('/{z}')} } }]`,
    ),
    `${ROUTE}.route.path_rewrite_policy.path_template_rewrite`,
    /\{z\} is no variable/,
  ],
  [
    inAction("regex_rewrite: { pattern: { regex: a }, substitution: '\\1' }"),
    `${ROUTE}.route.regex_rewrite.substitution`,
    /has 0 groups/,
  ],
  [
    inAction('upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: WebSocket }]'),
    `${ROUTE}.route.upgrade_configs[1].upgrade_type`,
    /there twice/,
  ],
  [
    inAction('upgrade_configs: [{ upgrade_type: websocket, connect_config: {} }]'),
    `${ROUTE}.route.upgrade_configs[0].connect_config`,
    /for CONNECT only/,
  ],
  [inAction('hash_policy: [{}]'), `${ROUTE}.route.hash_policy[0]`, /is required/],
  [
    inAction('request_mirror_policies: [{}]'),
    `${ROUTE}.route.request_mirror_policies[0]`,
    /either a cluster or a cluster_header/,
  ],
  [inAction('timeout: -2s'), `${ROUTE}.route.timeout`, /must not be negative/],
  [
    inHost('matcher: {}, routes: [{ match: { prefix: / }, route: { cluster: c } }]'),
    'virtual_hosts[0]',
    /may not both be set/,
  ],
  [
    inHost(
      "typed_per_filter_config: { f: { '@type': type.googleapis.com/envoy.config.route.v3.RouteList } }, routes: []",
    ),
    'virtual_hosts[0].typed_per_filter_config["f"]',
    /no filter takes a envoy.config.route.v3.RouteList/,
  ],
  [
    inHost(
      "typed_per_filter_config: { f: { '@type': type.googleapis.com/envoy.config.route.v3.FilterConfig } }, routes: []",
    ),
    'virtual_hosts[0].typed_per_filter_config["f"]',
    /needs a config/,
  ],
];

for (const [config, path, reason] of CASES) {
  test(`${path}: ${reason.source}`, () => {
    const found = problemsOf(config).find((problem) => problem.path === path);
    assert.match(found?.reason ?? JSON.stringify(problemsOf(config)), reason);
  });
}

test('all problems are reported, not only the first', () => {
  const paths = problemsOf(`
request_headers_to_remove: [':a']
virtual_hosts:
- name: v
  domains: ['*']
  cors: { allow_origin_string_match: [{}] }
  routes:
  - { match: {}, route: { cluster: c } }
  - { match: { prefix: / }, redirect: { port_redirect: 70000 } }
  - { match: { prefix: / }, route: { cluster: c, timeout: -1s, retry_policy: { retry_on: x } } }
`).map((problem) => problem.path);
  assert.deepEqual(paths.sort(), [
    'request_headers_to_remove[0]',
    'virtual_hosts[0].cors.allow_origin_string_match[0]',
    'virtual_hosts[0].routes[0].match',
    'virtual_hosts[0].routes[1].redirect.port_redirect',
    'virtual_hosts[0].routes[2].route.retry_policy.retry_on',
    'virtual_hosts[0].routes[2].route.timeout',
  ]);
});
