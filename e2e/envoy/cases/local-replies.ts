import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2 } from '../exchanges.ts';

const ROUTES = `
- { match: { path: /echo }, route: { cluster: echo } }
- { match: { path: /refused }, route: { cluster: none } }
- { match: { path: /empty }, route: { cluster: empty } }
- { match: { path: /unknown }, route: { cluster: unknown } }
- { match: { path: /maintenance }, route: { cluster: down } }
- { match: { path: /full }, route: { cluster: full } }
- { match: { path: /drop }, route: { cluster: drop } }
- { match: { path: /direct }, direct_response: { status: 418, body: { inline_string: 'short and stout' } } }
- { match: { path: /direct-empty }, direct_response: { status: 204 } }
- { match: { path: /fields }, direct_response: { status: 200, body: { inline_string: body } }, response_headers_to_add: [{ header: { key: content-type, value: text/x } }] }
`;

/** What the proxy answers by itself, plain and through mappers. */
export const localReplies: EnvoyCase = {
  name: 'local-replies',
  backends: { echo: { kind: 'http1' }, none: { kind: 'closed' } },
  bootstrap: bootstrap({
    listeners: {
      main: { routes: ROUTES, routeConfig: 'validate_clusters: false' },
      small: {
        routes: ROUTES,
        routeConfig: 'validate_clusters: false',
        hcm: '{ max_request_headers_kb: 1, common_http_protocol_options: { max_headers_count: 10 } }',
        filters: "- { '@type': envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 10 }",
      },
      mapped: {
        routes: ROUTES,
        routeConfig: 'validate_clusters: false',
        hcm: `
        local_reply_config:
          mappers:
          - filter: { status_code_filter: { comparison: { op: EQ, value: { default_value: 404, runtime_key: unset } } } }
            status_code: 410
            body: { inline_string: gone }
            headers_to_add: [{ header: { key: x-mapped, value: '%RESPONSE_CODE%' }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
          - filter: { header_filter: { header: { name: x-json, present_match: true } } }
            body_format_override: { json_format: { code: '%RESPONSE_CODE%', text: '%LOCAL_REPLY_BODY%', flags: '%RESPONSE_FLAGS%', missing: '%REQ(none)%' } }
          - filter: { response_flag_filter: { flags: [NC] } }
            body_format_override: { text_format_source: { inline_string: 'no cluster: %LOCAL_REPLY_BODY% %RESPONSE_CODE%' }, content_type: text/odd }
          body_format: { text_format_source: { inline_string: "<%LOCAL_REPLY_BODY%> %RESPONSE_CODE% %REQ(:path)%\\n" } }
        `,
      },
    },
    clusters: {
      echo: 'echo',
      none: 'none',
      empty: { backends: '', more: 'load_assignment: { cluster_name: empty, endpoints: [] }' },
      full: {
        backends: 'echo',
        more: 'circuit_breakers: { thresholds: [{ max_requests: 0, max_pending_requests: 0, max_connections: 1 }] }',
      },
      drop: {
        backends: '',
        more: `
        load_assignment:
          cluster_name: drop
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_echo } } } }] }]
          policy: { drop_overloads: [{ category: all, drop_percentage: { numerator: 100 } }] }
        `,
      },
      down: {
        backends: '',
        more: `
        load_assignment:
          cluster_name: down
          endpoints: [{ lb_endpoints: [{ health_status: UNHEALTHY, endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_echo } } } }] }]
        common_lb_config: { healthy_panic_threshold: { value: 0 } }
        `,
      },
    },
  }),
  exchanges: [
    request('no route', '/none'),
    request('no route, HEAD', '/none', { method: 'HEAD' }),
    request('no route, with a body', '/none', { method: 'POST', body: 'hello' }),
    request('connection refused', '/refused'),
    request('no endpoint', '/empty'),
    request('unhealthy endpoints only', '/maintenance'),
    request('unknown cluster', '/unknown'),
    request('too many pending requests', '/full'),
    request('dropped by the load assignment', '/drop'),
    request('direct response', '/direct'),
    request('direct response without a body', '/direct-empty'),
    request('direct response with its own content type', '/fields'),
    request('reset by the upstream', '/echo', { headers: { 'x-answer': 'reset' } }),
    request('grpc: no route', '/none', { headers: { 'content-type': 'application/grpc' } }),
    request('grpc: connection refused', '/refused', { headers: { 'content-type': 'application/grpc' } }),
    request('grpc: direct response', '/direct', { headers: { 'content-type': 'application/grpc' } }),
    request2('HTTP/2: no route', '/none'),
    request2('HTTP/2: grpc and no route', '/none', { headers: { 'content-type': 'application/grpc' } }),
    request2('HTTP/2: connection refused', '/refused'),
    request('head too large', '/echo', { listener: 'small', headers: { 'x-large': 'x'.repeat(2000) } }),
    request('target too large', `/${'x'.repeat(2000)}`, { listener: 'small' }),
    request('too many header fields', '/echo', {
      listener: 'small',
      headers: Array.from({ length: 12 }, (_, i) => [`x-${i}`, '1'] as const),
    }),
    request2('HTTP/2: head too large', '/echo', { listener: 'small', headers: { 'x-large': 'x'.repeat(2000) } }),
    request('body too large', '/echo', { listener: 'small', method: 'POST', body: 'x'.repeat(20) }),
    request('body as large as allowed', '/echo', { listener: 'small', method: 'POST', body: 'x'.repeat(10) }),
    raw(
      'chunked body too large',
      'POST /echo HTTP/1.1\r\nhost: test.local\r\ntransfer-encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n0\r\n\r\n',
      { listener: 'small' },
    ),
    request('mapped: status, body and header', '/none', { listener: 'mapped' }),
    request('mapped: JSON', '/refused', { listener: 'mapped', headers: { 'x-json': '1' } }),
    request('mapped: by flag', '/unknown', { listener: 'mapped' }),
    request('mapped: the format of all', '/refused', { listener: 'mapped' }),
    request('mapped: direct responses too', '/direct', { listener: 'mapped' }),
    request('mapped: answers of the upstream are left alone', '/echo', {
      listener: 'mapped',
      headers: { 'x-answer': '404' },
    }),
    request('mapped: grpc', '/refused', { listener: 'mapped', headers: { 'content-type': 'application/grpc' } }),
    raw('mapped: a bad request', 'GET / HTTP/1.1\r\nbad header\r\n\r\n', { listener: 'mapped' }),
  ],
  stats: [
    'cluster.none.upstream_cx_connect_fail',
    'cluster.empty.upstream_cx_none_healthy',
    'cluster.full.upstream_rq_pending_overflow',
    'http.main.no_cluster',
    'http.main.no_route',
    'http.small.downstream_rq_too_large',
    'http.small.downstream_rq_4xx',
  ],
};
