import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const ROUTES = '- { match: { prefix: / }, route: { cluster: echo } }';
/** Filters that change or answer requests, one listener each. */
export const httpFilters: EnvoyCase = {
  name: 'http-filters',
  backends: { echo: { kind: 'http1' }, a: { kind: 'http1' }, b: { kind: 'http1' }, h2: { kind: 'http2' } },
  bootstrap: bootstrap({
    listeners: {
      buffer: {
        routes: ROUTES,
        filters: "- { '@type': envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 100 }",
      },
      'grpc-web': {
        routes: '- { match: { prefix: / }, route: { cluster: h2 } }',
        filters: "- { '@type': envoy.extensions.filters.http.grpc_web.v3.GrpcWeb }",
      },
      'grpc-stats': {
        routes: '- { match: { prefix: / }, route: { cluster: h2 } }',
        filters:
          "- { '@type': envoy.extensions.filters.http.grpc_stats.v3.FilterConfig, stats_for_all_methods: true, emit_filter_state: true }",
        logText:
          'typed %FILTER_STATE(envoy.filters.http.grpc_stats)% %FILTER_STATE(envoy.filters.http.grpc_stats:PLAIN)% %FILTER_STATE(envoy.filters.http.grpc_stats:TYPED):4% %FILTER_STATE(envoy.filters.http.grpc_stats:FIELD:request_message_count)% %FILTER_STATE(envoy.filters.http.grpc_stats:FIELD:response_message_count)% %FILTER_STATE(envoy.filters.http.grpc_stats:FIELD:x)%',
      },
      'filter-state': {
        routes: ROUTES,
        filters:
          "- { '@type': envoy.extensions.filters.http.set_filter_state.v3.Config, on_request_headers: [{ object_key: mine, factory_key: envoy.string, format_string: { text_format_source: { inline_string: 'of %REQ(:path)%' } } }] }",
        logText: '%FILTER_STATE(mine:PLAIN)%',
      },
      ...Object.fromEntries(
        [true, false].map((clears) => [
          clears ? 'route-by-state' : 'route-before-state',
          {
            routes: `
        - { match: { prefix: /, filter_state: [{ key: mine, string_match: { exact: of /state } }] }, direct_response: { status: 202 } }
        - { match: { prefix: / }, direct_response: { status: 203 } }
        `,
            filters: `- { '@type': envoy.extensions.filters.http.cors.v3.Cors }
- { '@type': envoy.extensions.filters.http.set_filter_state.v3.Config, clear_route_cache: ${clears}, on_request_headers: [{ object_key: mine, factory_key: envoy.string, format_string: { text_format_source: { inline_string: 'of %REQ(:path)%' } } }] }`,
          },
        ]),
      ),
      mirror: {
        routes: '- { match: { prefix: / }, route: { cluster: a, request_mirror_policies: [{ cluster: b }] } }',
      },
      hash: {
        routes: `
        - { match: { path: /header }, route: { cluster: ring, hash_policy: [{ header: { header_name: x-hash } }] } }
        - { match: { path: /cookie }, route: { cluster: a, hash_policy: [{ cookie: { name: h, ttl: 0s, path: / } }] } }
        - { match: { path: /query }, route: { cluster: ring, hash_policy: [{ query_parameter: { name: q } }] } }
        - { match: { path: /both }, route: { cluster: ring, hash_policy: [{ header: { header_name: x-hash }, terminal: true }, { query_parameter: { name: q } }] } }
        `,
      },
      internal: {
        routes: `
        - { match: { path: /from }, route: { cluster: echo, internal_redirect_policy: { max_internal_redirects: 1, redirect_response_codes: [302, 307], allow_cross_scheme_redirect: true } } }
        - { match: { path: /to }, route: { cluster: a } }
        - { match: { path: /plain }, route: { cluster: echo } }
        `,
      },
    },
    clusters: {
      echo: 'echo',
      a: 'a',
      b: 'b',
      ring: {
        backends: '',
        more: `
        lb_policy: MAGLEV
        load_assignment:
          cluster_name: ring
          endpoints:
          - lb_endpoints:
            - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_a } } }, metadata: { filter_metadata: { envoy.lb: { hash_key: a } } } }
            - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_b } } }, metadata: { filter_metadata: { envoy.lb: { hash_key: b } } } }
        `,
      },
      h2: {
        backends: 'h2',
        more: "typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }",
      },
    },
  }),
  exchanges: [
    request('buffer: a length is found out', '/', { listener: 'buffer', method: 'POST', body: 'hello' }),
    {
      name: 'buffer: chunks become a length',
      listener: 'buffer',
      steps: [
        { kind: 'send', text: 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n' },
        { kind: 'response' },
      ],
    },
    request('buffer: too large', '/', { listener: 'buffer', method: 'POST', body: 'x'.repeat(101) }),
    {
      name: 'buffer: too large in chunks',
      listener: 'buffer',
      steps: [
        {
          kind: 'send',
          text: `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`,
        },
        { kind: 'response' },
      ],
    },
    request('grpc-web', '/pkg.S/M', {
      listener: 'grpc-web',
      method: 'POST',
      body: '\x00\x00\x00\x00\x00',
      headers: {
        'content-type': 'application/grpc-web+proto',
        'x-answer-head': 'content-type=application/grpc+proto',
        'x-answer-trailers': 'grpc-status=0',
      },
    }),
    request('grpc-web: text', '/pkg.S/M', {
      listener: 'grpc-web',
      method: 'POST',
      body: 'AAAAAAA=',
      headers: {
        'content-type': 'application/grpc-web-text',
        'x-answer-head': 'content-type=application/grpc',
        'x-answer-trailers': 'grpc-status=0',
      },
    }),
    request('grpc-web: an upstream that is none', '/pkg.S/M', {
      listener: 'grpc-web',
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'application/grpc-web', 'x-answer': '503' },
    }),
    request2('grpc-stats', '/pkg.S/M', {
      listener: 'grpc-stats',
      method: 'POST',
      body: '\x00\x00\x00\x00\x01x',
      headers: { 'content-type': 'application/grpc', 'x-answer-trailers': 'grpc-status=0' },
    }),
    request2('grpc-stats: no messages', '/pkg.S/M', {
      listener: 'grpc-stats',
      headers: { 'content-type': 'application/grpc', 'x-answer-trailers': 'grpc-status=0', 'x-answer-body': '' },
    }),
    request2('grpc-stats: no gRPC', '/', { listener: 'grpc-stats' }),
    request('filter state', '/x', { listener: 'filter-state' }),
    ...['route-by-state', 'route-before-state'].flatMap((listener) =>
      ['/state', '/other'].map((path) => request(`${listener}: ${path}`, path, { listener })),
    ),
    request('mirror', '/', { listener: 'mirror', method: 'POST', body: 'hello' }),
    ...['one', 'two', 'three', 'four'].map((value) =>
      request(`hash: header ${value}`, '/header', { listener: 'hash', headers: { 'x-hash': value } }),
    ),
    request('hash: a cookie is made', '/cookie', { listener: 'hash' }),
    request('hash: query', '/query?q=one', { listener: 'hash' }),
    request('hash: the first is terminal', '/both?q=two', { listener: 'hash', headers: { 'x-hash': 'one' } }),
    request('internal redirect', '/from', {
      logs: 2,
      listener: 'internal',
      headers: { 'x-answer': '302,200', 'x-answer-head': 'location=http://test.local/to' },
    }),
    request('internal redirect: another code', '/from', {
      listener: 'internal',
      headers: { 'x-answer': '301', 'x-answer-head': 'location=http://test.local/to' },
    }),
    request('internal redirect: no route', '/from', {
      listener: 'internal',
      headers: { 'x-answer': '302', 'x-answer-head': 'location=http://test.local/nowhere' },
    }),
    request('internal redirect: relative', '/from', {
      listener: 'internal',
      headers: { 'x-answer': '302', 'x-answer-head': 'location=/to' },
    }),
    request('internal redirect: too many', '/from', {
      logs: 2,
      listener: 'internal',
      headers: { 'x-answer': '302', 'x-answer-head': 'location=http://test.local/from' },
    }),
    request('internal redirect: a body', '/from', {
      logs: 2,
      listener: 'internal',
      method: 'POST',
      body: 'hello',
      headers: { 'x-answer': '307,200', 'x-answer-head': 'location=http://test.local/to' },
    }),
    request('internal redirect: not configured', '/plain', {
      listener: 'internal',
      headers: { 'x-answer': '302', 'x-answer-head': 'location=http://test.local/to' },
    }),
  ],
  stats: ['cluster.h2.grpc.pkg.S.M.success', 'cluster.h2.grpc.pkg.S.M.request_message_count'],
  mask: [
    ['^MTI3[A-Za-z0-9+/=]+$', '<address>'],
    ['sticky="[^"]+"', 'sticky=<address>'],
    ['\\bh="[0-9a-f]+"', 'h=<random>'],
  ],
};
