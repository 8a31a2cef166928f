import { parse } from 'yaml';
import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const TYPE = 'envoy.extensions.filters.http.rbac.v3.RBAC';
const PER_ROUTE = 'envoy.extensions.filters.http.rbac.v3.RBACPerRoute';

/** Each is one permission with any principal, or one principal with any permission, on a path of its own. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  any: 'any: true',
  header: 'header: { name: x-h, string_match: { exact: v } }',
  'header-inverted': 'header: { name: x-h, string_match: { exact: v }, invert_match: true }',
  'url-path': "url_path: { path: { exact: '/url-path' } }",
  'url-path-template':
    "uri_template: { name: t, typed_config: { '@type': envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/uri/{a}' } }",
  'destination-ip': 'destination_ip: { address_prefix: 127.0.0.0, prefix_len: 8 }',
  'destination-port-range': 'destination_port_range: { start: 1024, end: 65536 }',
  'destination-port': 'destination_port: 1',
  metadata: 'metadata: { filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } } }',
  'metadata-present': 'metadata: { filter: tiers, path: [{ key: tier }], value: { present_match: true } }',
  'sourced-metadata':
    'sourced_metadata: { metadata_matcher: { filter: routed, path: [{ key: k }], value: { string_match: { exact: v } } }, metadata_source: ROUTE }',
  'server-name': "requested_server_name: { exact: '' }",
  and: 'and_rules: { rules: [{ any: true }, { header: { name: x-h, present_match: true } }] }',
  or: 'or_rules: { rules: [{ header: { name: x-a, present_match: true } }, { header: { name: x-h, present_match: true } }] }',
  not: 'not_rule: { header: { name: x-h, present_match: true } }',
};

const PRINCIPALS: Readonly<Record<string, string>> = {
  'p-any': 'any: true',
  'p-authenticated': 'authenticated: {}',
  'p-authenticated-name': "authenticated: { principal_name: { exact: '' } }",
  'p-source-ip': 'source_ip: { address_prefix: 127.0.0.2, prefix_len: 32 }',
  'p-direct-remote-ip': 'direct_remote_ip: { address_prefix: 127.0.0.2, prefix_len: 32 }',
  'p-remote-ip': 'remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }',
  'p-header': 'header: { name: x-h, string_match: { prefix: v } }',
  'p-url-path': "url_path: { path: { suffix: 'path' } }",
  'p-metadata': 'metadata: { filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } } }',
  'p-filter-state': 'filter_state: { key: none, string_match: { exact: x } }',
  'p-and': 'and_ids: { ids: [{ any: true }, { header: { name: x-h, present_match: true } }] }',
  'p-or':
    'or_ids: { ids: [{ header: { name: x-a, present_match: true } }, { header: { name: x-h, present_match: true } }] }',
  'p-not': 'not_id: { header: { name: x-h, present_match: true } }',
};

const MATCHER = `
matcher:
  matcher_list:
    matchers:
    - predicate:
        single_predicate:
          input: { name: path, typed_config: { '@type': envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: ':path' } }
          value_match: { prefix: /matcher/allowed }
      on_match: { action: { name: action, typed_config: { '@type': envoy.config.rbac.v3.Action, name: allow-rule, action: ALLOW } } }
    - predicate:
        single_predicate:
          input: { name: header, typed_config: { '@type': envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-h } }
          value_match: { exact: 'v,w' }
      on_match: { action: { name: action, typed_config: { '@type': envoy.config.rbac.v3.Action, name: joined, action: ALLOW } } }
    - predicate:
        single_predicate:
          input: { name: path, typed_config: { '@type': envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: ':path' } }
          value_match: { prefix: /matcher/logged }
      on_match: { action: { name: action, typed_config: { '@type': envoy.config.rbac.v3.Action, name: log-rule, action: LOG } } }
  on_no_match: { action: { name: action, typed_config: { '@type': envoy.config.rbac.v3.Action, name: deny-rule, action: DENY } } }
`;

function route(path: string, rules: string): string {
  return `- { name: ${path}, match: { path_separated_prefix: /${path} }, metadata: { filter_metadata: { routed: { k: v } } }, direct_response: { status: 200 }, typed_per_filter_config: { rbac: { '@type': ${PER_ROUTE}, rbac: { ${rules} } } } }\n`;
}

/** Access rules of HTTP requests: every permission and principal, actions, shadow rules, matchers. */
export const rbac: EnvoyCase = {
  name: 'rbac',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `
        - '@type': envoy.extensions.filters.http.header_to_metadata.v3.Config
          request_rules: [{ header: x-tier, on_header_present: { metadata_namespace: tiers, key: tier, type: STRING } }]
        - { name: rbac, typed_config: { '@type': ${TYPE}, rules: { action: ALLOW, policies: {} } } }
        `,
        routes: [
          ...Object.entries(PERMISSIONS).map(([path, permission]) =>
            route(
              path === 'url-path-template' ? 'uri' : path,
              `rules: { policies: { only: { permissions: [{ ${permission} }], principals: [{ any: true }] } } }`,
            ),
          ),
          ...Object.entries(PRINCIPALS).map(([path, principal]) =>
            route(
              path,
              `rules: { policies: { only: { permissions: [{ any: true }], principals: [{ ${principal} }] } } }`,
            ),
          ),
          route(
            'deny',
            'rules: { action: DENY, policies: { b-rule: { permissions: [{ header: { name: x-h, present_match: true } }], principals: [{ any: true }] } } }',
          ),
          route('deny-none', 'rules: { action: DENY, policies: {} }'),
          route('allow-none', 'rules: { action: ALLOW, policies: {} }'),
          route(
            'log',
            'rules: { action: LOG, policies: { only: { permissions: [{ any: true }], principals: [{ any: true }] } } }',
          ),
          route('no-rules', ''),
          route(
            'two-policies',
            'rules: { policies: { z: { permissions: [{ header: { name: x-h, string_match: { exact: z } } }], principals: [{ any: true }] }, a: { permissions: [{ header: { name: x-h, string_match: { exact: a } } }], principals: [{ any: true }] } } }',
          ),
          route(
            'condition',
            'rules: { policies: { only: { permissions: [{ any: true }], principals: [{ any: true }], condition: { call_expr: { function: _==_, args: [{ select_expr: { operand: { ident_expr: { name: request } }, field: method } }, { const_expr: { string_value: GET } }] } } } } }',
          ),
          route(
            'shadow',
            'rules: { policies: { only: { permissions: [{ any: true }], principals: [{ any: true }] } } }, shadow_rules: { policies: { shadow: { permissions: [{ header: { name: x-h, present_match: true } }], principals: [{ any: true }] } } }, shadow_rules_stat_prefix: sh_',
          ),
          `- { name: disabled, match: { prefix: /disabled }, direct_response: { status: 200 }, typed_per_filter_config: { rbac: { '@type': ${PER_ROUTE} } } }\n`,
          '- { name: listener, match: { prefix: /listener }, direct_response: { status: 200 } }\n',
        ].join(''),
      },
      matcher: {
        filters: `- { name: rbac, typed_config: { '@type': ${TYPE}, ${flow(MATCHER)} } }`,
        routes: '- { match: { prefix: / }, direct_response: { status: 200 } }',
      },
      shadow: {
        filters: `- { name: rbac, typed_config: { '@type': ${TYPE}, shadow_rules_stat_prefix: sh_, shadow_rules: { action: DENY, policies: { shadowed: { permissions: [{ any: true }], principals: [{ any: true }] } } } } }`,
        routes: '- { match: { prefix: / }, direct_response: { status: 200 } }',
        logText: '%DYNAMIC_METADATA(envoy.filters.http.rbac)%',
      },
      stats: {
        filters: `- { name: rbac, typed_config: { '@type': ${TYPE}, rules_stat_prefix: mine, track_per_rule_stats: true, rules: { action: DENY, policies: { 'a rule': { permissions: [{ any: true }], principals: [{ header: { name: x-h, present_match: true } }] } } } } }`,
        routes: '- { match: { prefix: / }, direct_response: { status: 200 } }',
      },
    },
  }),
  exchanges: [
    ...[...Object.keys(PERMISSIONS), ...Object.keys(PRINCIPALS)].flatMap((name) => {
      const path = name === 'url-path-template' ? '/uri/x' : `/${name}`;
      const isTier = name.includes('metadata') && !name.includes('sourced');
      return [
        request(`${name}: plain`, path),
        request(`${name}: with`, path, {
          headers: isTier ? { 'x-tier': 'gold' } : { 'x-h': 'v' },
          ...(/ip$/.test(name) ? { from: '127.0.0.2' } : {}),
        }),
      ];
    }),
    request('url-path: a query is not part of it', '/url-path?q'),
    request('url-path: longer', '/url-path/x'),
    request('header: two values', '/header', {
      headers: [
        ['x-h', 'w'],
        ['x-h', 'v'],
      ],
    }),
    request('header: joined values', '/header', { headers: { 'x-h': 'v,w' } }),
    request('header-inverted: two values', '/header-inverted', {
      headers: [
        ['x-h', 'w'],
        ['x-h', 'v'],
      ],
    }),
    request('remote-ip: forwarded', '/p-remote-ip', { headers: { 'x-forwarded-for': '10.1.2.3' } }),
    request('source-ip: forwarded', '/p-source-ip', { headers: { 'x-forwarded-for': '127.0.0.2' } }),
    request('direct-remote-ip: forwarded', '/p-direct-remote-ip', { headers: { 'x-forwarded-for': '127.0.0.2' } }),
    request('deny: matched', '/deny', { headers: { 'x-h': '1' } }),
    request('deny: not matched', '/deny'),
    request('deny nothing', '/deny-none'),
    request('allow nothing', '/allow-none'),
    request('log', '/log'),
    request('no rules on the route', '/no-rules'),
    request('two policies: the last name', '/two-policies', { headers: { 'x-h': 'z' } }),
    request('two policies: none', '/two-policies', { headers: { 'x-h': 'x' } }),
    request('condition: met', '/condition'),
    request('condition: not met', '/condition', { method: 'POST' }),
    request('shadow: would allow', '/shadow', { headers: { 'x-h': '1' } }),
    request('shadow: would deny', '/shadow'),
    request('switched off on the route', '/disabled'),
    request("the listener's own rules", '/listener'),
    request('denied gRPC', '/deny', { headers: { 'x-h': '1', 'content-type': 'application/grpc' } }),
    request2('denied over HTTP/2', '/deny', { headers: { 'x-h': '1' } }),
    request('matcher: allowed', '/matcher/allowed', { listener: 'matcher' }),
    request('matcher: joined header values', '/', {
      listener: 'matcher',
      headers: [
        ['x-h', 'v'],
        ['x-h', 'w'],
      ],
    }),
    request('matcher: logged', '/matcher/logged', { listener: 'matcher' }),
    request('matcher: nothing matched', '/other', { listener: 'matcher' }),
    request('shadow rules alone', '/', { listener: 'shadow' }),
    request('named in the stats', '/', { listener: 'stats', headers: { 'x-h': '1' } }),
    request('not named in the stats', '/', { listener: 'stats' }),
  ],
  stats: [
    'http.main.rbac.allowed',
    'http.main.rbac.denied',
    'http.main.rbac.shadow_allowed',
    'http.main.rbac.shadow_denied',
    'http.main.rbac.sh_.shadow_allowed',
    'http.shadow.rbac.sh_shadow_allowed',
    'http.shadow.rbac.sh_.shadow_allowed',
    'http.stats.rbac.mine.denied',
    'http.stats.rbac.mine.policy.a rule.denied',
  ],
};

/** A block of YAML to stand inside braces. */
function flow(block: string): string {
  return JSON.stringify(parse(block)).slice(1, -1);
}
