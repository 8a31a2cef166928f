import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { namedRoutes, request, request2 } from '../exchanges.ts';

/** Conditions beside path and headers: query parameters, cookies, gRPC, runtime, metadata; and the order of routes. */
export const routeConditions: EnvoyCase = {
  name: 'route-conditions',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `
        - '@type': envoy.extensions.filters.http.header_to_metadata.v3.Config
          request_rules:
          - header: x-tier
            on_header_present: { metadata_namespace: tiers, key: tier, type: STRING }
        `,
        routes: namedRoutes({
          'query-present': '{ path: /q, query_parameters: [{ name: present, present_match: true }] }',
          'query-absent': '{ path: /qa, query_parameters: [{ name: present, present_match: false }] }',
          'query-bare': '{ path: /qb, query_parameters: [{ name: bare }] }',
          'query-exact': '{ path: /qe, query_parameters: [{ name: e, string_match: { exact: v } }] }',
          'query-empty': "{ path: /qn, query_parameters: [{ name: e, string_match: { exact: '' } }] }",
          'query-regex':
            "{ path: /qr, query_parameters: [{ name: e, string_match: { safe_regex: { regex: 'a.c' } } }] }",
          'query-any-case':
            '{ path: /qi, query_parameters: [{ name: e, string_match: { exact: AbC, ignore_case: true } }] }',
          'query-space': "{ path: /qs, query_parameters: [{ name: e, string_match: { exact: 'a b' } }] }",
          'query-encoded-name': "{ path: /qx, query_parameters: [{ name: 'a b', present_match: true }] }",
          'cookie-exact': '{ path: /c, cookies: [{ name: id, string_match: { exact: v } }] }',
          'cookie-inverted': '{ path: /ci, cookies: [{ name: id, string_match: { exact: v }, invert_match: true }] }',
          grpc: '{ prefix: /pkg.Service, grpc: {} }',
          'runtime-never': '{ path: /r0, runtime_fraction: { default_value: { numerator: 0 } } }',
          'runtime-always': '{ path: /r100, runtime_fraction: { default_value: { numerator: 100 } } }',
          'runtime-key': '{ path: /rk, runtime_fraction: { default_value: { numerator: 0 }, runtime_key: always.on } }',
          'no-tls': '{ path: /tls, tls_context: { presented: false } }',
          metadata:
            '{ path: /m, dynamic_metadata: [{ filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } } }] }',
          'metadata-inverted':
            '{ path: /mi, dynamic_metadata: [{ filter: tiers, path: [{ key: tier }], value: { string_match: { exact: gold } }, invert: true }] }',
          'metadata-present':
            '{ path: /mp, dynamic_metadata: [{ filter: tiers, path: [{ key: tier }], value: { present_match: true } }] }',
          first: '{ prefix: /order }',
          second: '{ path: /order }',
          connect: '{ connect_matcher: {} }',
        }),
      },
    },
    more: 'layered_runtime: { layers: [{ name: static, static_layer: { always.on: 100 } }] }',
  }),
  exchanges: [
    ...[
      '/q?present',
      '/q?present=',
      '/q?a=1&present=2',
      '/q?Present=1',
      '/q?a=present',
      '/qa',
      '/qa?present',
      '/qb?bare',
      '/qb?bar',
      '/qe?e=v',
      '/qe?e=w&e=v',
      '/qe?e=v&e=w',
      '/qe?e=%76',
      '/qe?%65=v',
      '/qe?x&e=v#f',
      '/qe?e=v&',
      '/qe?&&e=v',
      '/qe?e=v=w',
      '/qe??e=v',
      '/qe?x=1;e=v',
      '/qn?e=',
      '/qn?e',
      '/qn',
      '/qr?e=abc',
      '/qr?e=xabc',
      '/qi?e=aBc',
      '/qs?e=a%20b',
      '/qs?e=a+b',
      '/qx?a%20b',
      '/qx?a+b',
    ].map((target) => request(`query ${target}`, target)),
    ...[
      undefined,
      'id=v',
      'x=1; id=v',
      'x=1;id=v',
      'id="v"',
      'id="v',
      'id= v',
      'id=v ',
      ' id=v',
      'id =v',
      'id=v; id=w',
      'id=w; id=v',
      'ID=v',
      'xid=v',
      'id',
      'id=v=w',
      'x="a; id=v"',
      '\tid=v',
      'x=1;  id=v',
      'x=1,id=v',
      'x=1;\tid=v',
      'id=v ; x=1',
      'id="v" ; x=1',
      'id=""v""',
      'id=""',
      'id=; id=v',
      '"id"=v',
      ';;id=v;',
    ].flatMap((cookie) =>
      ['/c', '/ci'].map((target) =>
        request(`cookie ${cookie ?? '-'} on ${target}`, target, cookie === undefined ? {} : { headers: { cookie } }),
      ),
    ),
    request('cookie in a second header', '/c', {
      headers: [
        ['cookie', 'x=1'],
        ['cookie', 'id=v'],
      ],
    }),
    request('cookie in two headers, the first wins', '/c', {
      headers: [
        ['cookie', 'id=v'],
        ['cookie', 'id=w'],
      ],
    }),
    request('grpc without its content type', '/pkg.Service/M', { method: 'POST' }),
    request('grpc', '/pkg.Service/M', { method: 'POST', headers: { 'content-type': 'application/grpc' } }),
    request('grpc with a format', '/pkg.Service/M', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc+proto' },
    }),
    request('grpc-web is not grpc', '/pkg.Service/M', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web' },
    }),
    request2('grpc over HTTP/2', '/pkg.Service/M', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
      body: '',
    }),
    request2('grpc over HTTP/2 that is not routed', '/other/M', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
      body: '',
    }),
    request('runtime 0', '/r0'),
    request('runtime 100', '/r100'),
    request('runtime by key', '/rk'),
    request('no client certificate on plain text', '/tls'),
    request('metadata', '/m', { headers: { 'x-tier': 'gold' } }),
    request('other metadata', '/m', { headers: { 'x-tier': 'tin' } }),
    request('no metadata', '/m'),
    request('inverted metadata', '/mi', { headers: { 'x-tier': 'tin' } }),
    request('inverted and no metadata', '/mi'),
    request('metadata present', '/mp', { headers: { 'x-tier': '' } }),
    request('the first route wins, not the best', '/order'),
    request('connect', 'test.local:80', { method: 'CONNECT', host: 'test.local:80' }),
    request('a path beside the connect matcher', '/none'),
  ],
};
