import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2, send, talk } from '../exchanges.ts';

/** Everything that users put into access logs and that does not change from run to run. */
const OPERATORS: readonly string[] = [
  '%PROTOCOL%',
  '%RESPONSE_CODE%',
  '%RESPONSE_CODE_DETAILS%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_FLAGS_LONG%',
  '%CONNECTION_TERMINATION_DETAILS%',
  '%BYTES_RECEIVED%',
  '%BYTES_SENT%',
  '%REQUEST_HEADERS_BYTES%',
  '%RESPONSE_TRAILERS_BYTES%',
  '%UPSTREAM_CLUSTER%',
  '%UPSTREAM_CLUSTER_RAW%',
  '%UPSTREAM_HOST%',
  '%UPSTREAM_HOST_NAME%',
  '%UPSTREAM_REMOTE_ADDRESS%',
  '%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
  '%UPSTREAM_PROTOCOL%',
  '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  '%ROUTE_NAME%',
  '%VIRTUAL_CLUSTER_NAME%',
  '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
  '%REQUESTED_SERVER_NAME%',
  '%DOWNSTREAM_TLS_VERSION%',
  '%DOWNSTREAM_PEER_SUBJECT%',
  '%REQ(:METHOD)%',
  '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  '%REQ(:PATH):5%',
  '%REQ(X-In)%',
  '%REQ(x-none)%',
  '%REQ(x-none?x-in)%',
  '%REQ(USER-AGENT)%',
  '%RESP(X-Out)%',
  '%RESP(content-type?x-out):2%',
  '%TRAILER(x-t)%',
  '%GRPC_STATUS%',
  '%GRPC_STATUS(SNAKE_STRING)%',
  '%GRPC_STATUS_NUMBER%',
  '%DYNAMIC_METADATA(tiers)%',
  '%DYNAMIC_METADATA(tiers:tier)%',
  '%DYNAMIC_METADATA(tiers:tier):2%',
  '%DYNAMIC_METADATA(none:x)%',
  '%METADATA(ROUTE:own:k)%',
  '%METADATA(CLUSTER:own:k)%',
  '%CLUSTER_METADATA(own:k)%',
  '%FILTER_CHAIN_NAME%',
  '%ACCESS_LOG_TYPE%',
  '%LOCAL_REPLY_BODY%',
  '%PATH(WQ:PATH)%',
  '%PATH(NQ:PATH)%',
  '%QUERY_PARAM(q)%',
  '%QUERY_PARAMS(ORIG)%',
  '%START_TIME(constant)%',
  '%ENVIRONMENT(WEFT_NOT_SET)%',
  '%UNIQUE_ID%',
  '%CUSTOM_FLAGS%',
  '%%',
];

const FILTERS: Readonly<Record<string, string>> = {
  'status at least 400':
    'status_code_filter: { comparison: { op: GE, value: { default_value: 400, runtime_key: none } } }',
  'status below 300':
    'status_code_filter: { comparison: { op: LE, value: { default_value: 299, runtime_key: none } } }',
  'status is not 404':
    'status_code_filter: { comparison: { op: NE, value: { default_value: 404, runtime_key: none } } }',
  'long duration': 'duration_filter: { comparison: { op: GE, value: { default_value: 100000, runtime_key: none } } }',
  'not a health check': 'not_health_check_filter: {}',
  traceable: 'traceable_filter: {}',
  'runtime never': 'runtime_filter: { runtime_key: none, percent_sampled: { numerator: 0 } }',
  'runtime always':
    'runtime_filter: { runtime_key: none, percent_sampled: { numerator: 100 }, use_independent_randomness: true }',
  and: 'and_filter: { filters: [{ not_health_check_filter: {} }, { header_filter: { header: { name: x-in, present_match: true } } }] }',
  or: 'or_filter: { filters: [{ status_code_filter: { comparison: { op: EQ, value: { default_value: 418, runtime_key: none } } } }, { header_filter: { header: { name: x-in, present_match: true } } }] }',
  header: 'header_filter: { header: { name: x-in, string_match: { prefix: ab } } }',
  'any flag': 'response_flag_filter: {}',
  'flag NR': 'response_flag_filter: { flags: [NR] }',
  'grpc not ok': 'grpc_status_filter: { statuses: [OK], exclude: true }',
  metadata:
    'metadata_filter: { matcher: { filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } } }, match_if_key_not_found: false }',
  'metadata or none':
    'metadata_filter: { matcher: { filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } } } }',
  'log type': 'log_type_filter: { types: [DownstreamEnd] }',
  CEL: "extension_filter: { name: cel, typed_config: { '@type': envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter, expression: 'response.code >= 400' } }",
};

const TO_METADATA = `
- '@type': envoy.extensions.filters.http.header_to_metadata.v3.Config
  request_rules: [{ header: x-tier, on_header_present: { metadata_namespace: tiers, key: tier, type: STRING } }]
`;
const ROUTES = `
- { name: echo, match: { path: /echo }, metadata: { filter_metadata: { own: { k: [1, a] } } }, route: { cluster: echo, prefix_rewrite: /rewritten } }
- { name: local, match: { path: /local }, direct_response: { status: 418, body: { inline_string: 'tea "pot"' } } }
- { name: refused, match: { path: /refused }, route: { cluster: none } }
`;

function filtered(): string {
  const loggers = Object.entries(FILTERS).map(([name, filter]) => {
    const type = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
    return `{ name: log, filter: { ${filter} }, typed_config: { '@type': ${type}, path: $LOG, log_format: { text_format_source: { inline_string: "${name}\\n" } } } }`;
  });
  return `access_log: [${loggers.join(', ')}]`;
}

const SOME = {
  'x-in': 'abcdef',
  'x-tier': 'gold',
  'user-agent': 'test',
  'x-answer-head': 'x-out=out "quoted"|grpc-status=5',
};

/** Access logs: operators in text, JSON and typed JSON, and filters. */
export const accessLog: EnvoyCase = {
  name: 'access-log',
  backends: { echo: { kind: 'http1' }, none: { kind: 'closed' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: ROUTES,
        filters: TO_METADATA,
        logText: OPERATORS.map((operator) => `${operator.replaceAll('%', '').slice(0, 40)}=${operator}`).join(' | '),
      },
      default: { routes: ROUTES, logFormat: '{}' },
      json: {
        routes: ROUTES,
        filters: TO_METADATA,
        logFormat: `
        json_format:
          code: '%RESPONSE_CODE%'
          text: 'code %RESPONSE_CODE%'
          missing: '%REQ(none)%'
          between: '<%REQ(none)%>'
          metadata: '%DYNAMIC_METADATA(tiers)%'
          one: '%DYNAMIC_METADATA(tiers:tier)%'
          list: '%METADATA(ROUTE:own:k)%'
          bytes: '%BYTES_SENT%'
          out: '%RESP(x-out)%'
          nested: { flags: '%RESPONSE_FLAGS%', protocol: '%PROTOCOL%', constant: 7, yes: true, nothing: null, list: ['%PROTOCOL%', 1] }
          percent: '100%%'
          body: '%LOCAL_REPLY_BODY%'
        `,
      },
      'json-omit': {
        routes: ROUTES,
        logFormat:
          "{ omit_empty_values: true, json_format: { code: '%RESPONSE_CODE%', missing: '%REQ(none)%', between: '<%REQ(none)%>' } }",
      },
      'json-sorted': {
        routes: ROUTES,
        logFormat: '{ json_format: { z: 1, a: 2 }, json_format_options: { sort_properties: true } }',
      },
      'text-omit': {
        routes: ROUTES,
        logFormat:
          '{ omit_empty_values: true, text_format_source: { inline_string: "[%REQ(none)%] %PROTOCOL% %UPSTREAM_HOST%\\n" } }',
      },
      filtered: { routes: ROUTES, filters: TO_METADATA, hcm: filtered() },
    },
    clusters: {
      echo: { backends: 'echo', more: 'metadata: { filter_metadata: { own: { k: { deep: true } } } }' },
      none: 'none',
    },
  }),
  exchanges: [
    request('operators', '/echo?q=1&r=2', { headers: SOME }),
    request('operators with a body', '/echo', {
      method: 'POST',
      body: 'hello',
      headers: { ...SOME, 'x-answer-trailers': 'x-t=1' },
    }),
    request('operators of a local reply', '/local?q', { headers: { 'x-in': 'a"b' } }),
    request('operators without a route', '/none'),
    request('operators of a failed connection', '/refused'),
    request('operators of a reset', '/echo', { headers: { 'x-answer': 'reset' } }),
    raw('operators of a bad request', 'GET / HTTP/1.1\r\nbad header\r\n\r\n'),
    request2('operators over HTTP/2', '/echo?q=1', { headers: SOME }),
    talk('operators of a client that leaves', [
      send('GET /echo HTTP/1.1\r\nhost: a\r\nx-answer: hang\r\n\r\n'),
      { kind: 'end' },
      { kind: 'closed' },
    ]),
    request('the default format', '/echo', { listener: 'default', headers: SOME }),
    request('JSON', '/echo', { listener: 'json', headers: SOME }),
    request('JSON of a local reply', '/local', { listener: 'json' }),
    request('JSON without empty values', '/local', { listener: 'json-omit' }),
    request('JSON in order', '/local', { listener: 'json-sorted' }),
    request('text without empty values', '/local', { listener: 'text-omit' }),
    request('filters: plain', '/echo', { listener: 'filtered', logs: 7 }),
    request('filters: with everything', '/echo', {
      listener: 'filtered',
      headers: { 'x-in': 'abc', 'x-tier': 'gold' },
      logs: 11,
    }),
    request('filters: no route', '/none', { listener: 'filtered', logs: 9 }),
    request('filters: 418', '/local', { listener: 'filtered', headers: { 'x-tier': 'tin' }, logs: 8 }),
    request('filters: gRPC', '/echo', {
      listener: 'filtered',
      headers: { 'content-type': 'application/grpc', 'x-answer-head': 'grpc-status=5' },
      logs: 7,
    }),
  ],
  mask: [
    ['UNIQUE_ID=[0-9a-f-]{36}', 'UNIQUE_ID=<uuid>'],
    ['\\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\]', '[<time>]'],
    ['(" 200 - 0 4) \\d+ \\d+ "', '$1 <ms> <ms> "'],
  ],
};
