import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.cors.v3.CorsPolicy";

/** Cross-origin requests: preflight and the rest. */
export const cors: EnvoyCase = {
  name: 'cors',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: "- { name: cors, typed_config: { '@type': envoy.extensions.filters.http.cors.v3.Cors } }",
        virtualHosts: `
        - name: all
          domains: ['*']
          typed_per_filter_config:
            cors: { ${TYPE}, allow_origin_string_match: [{ exact: 'https://vhost.com' }], allow_methods: 'GET' }
          routes:
          - match: { path: /full }
            route: { cluster: echo }
            typed_per_filter_config:
              cors:
                ${TYPE}
                allow_origin_string_match: [{ exact: 'https://a.com' }, { suffix: '.b.com' }, { safe_regex: { regex: 'https://c[0-9]\\.com' } }]
                allow_methods: GET, PUT
                allow_headers: x-a, x-b
                expose_headers: x-e
                max_age: '600'
                allow_credentials: true
                allow_private_network_access: true
          - match: { path: /star }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ exact: '*' }] } }
          - match: { path: /star-regex }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ safe_regex: { regex: '.*' } }], allow_credentials: false, allow_methods: '*', allow_headers: '*' } }
          - match: { path: /forward }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ exact: 'https://a.com' }], forward_not_matching_preflights: true } }
          - match: { path: /hold }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ exact: 'https://a.com' }], forward_not_matching_preflights: false } }
          - match: { path: /off }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ exact: 'https://a.com' }], filter_enabled: { default_value: { numerator: 0 } } } }
          - match: { path: /shadow }
            route: { cluster: echo }
            typed_per_filter_config: { cors: { ${TYPE}, allow_origin_string_match: [{ exact: 'https://a.com' }], filter_enabled: { default_value: { numerator: 0 } }, shadow_enabled: { default_value: { numerator: 100 } } } }
          - match: { path: /vhost }
            route: { cluster: echo }
        `,
      },
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    ...[
      'https://a.com',
      'https://A.com',
      'https://x.b.com',
      'https://c1.com',
      'https://c1.com.evil',
      'null',
      'https://evil.com',
    ].flatMap((origin) => [
      request(`simple from ${origin}`, '/full', { headers: { origin } }),
      request(`preflight from ${origin}`, '/full', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-a' },
      }),
    ]),
    request('no origin', '/full'),
    request('an empty origin', '/full', { headers: { origin: '' } }),
    request('options without a requested method', '/full', { method: 'OPTIONS', headers: { origin: 'https://a.com' } }),
    request('preflight with a private network', '/full', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://a.com',
        'access-control-request-method': 'PUT',
        'access-control-request-private-network': 'true',
      },
    }),
    request('the upstream has its own', '/full', {
      headers: {
        origin: 'https://a.com',
        'x-answer-head': 'access-control-allow-origin=*|access-control-expose-headers=x-u',
      },
    }),
    ...['/star', '/star-regex', '/forward', '/hold', '/off', '/shadow', '/vhost'].flatMap((path) =>
      ['https://a.com', 'https://vhost.com'].flatMap((origin) => [
        request(`${path} from ${origin}`, path, { headers: { origin } }),
        request(`${path} preflight from ${origin}`, path, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'PUT' },
        }),
      ]),
    ),
  ],
  stats: ['http.main.cors.origin_valid', 'http.main.cors.origin_invalid'],
};
