import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
const PER_ROUTE = "'@type': envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute";

const QUERIES = [
  '',
  '?a=1&a=2',
  '?z=1&over=2&over=3&there=1&there=2&gone=1&gone=2',
  '?only=',
  '?x=a%2Fb+c&y=%20%zz&%41=1',
  '?&&=&b',
];

/** The header mutation filter on every level. */
export const headerMutation: EnvoyCase = {
  name: 'header-mutation',
  backends: { echo: { kind: 'http1' }, echo2: { kind: 'http2' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `
        - name: mutate
          typed_config:
            ${TYPE}
            mutations:
              request_mutations:
              - append: { header: { key: x-order, value: filter } }
              - remove: x-removed
              - append: { header: { key: x-removed, value: again } }
              - append: { header: { key: x-path, value: '%REQ(:PATH)%' }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
              - append: { header: { key: x-absent, value: filter }, append_action: ADD_IF_ABSENT }
              - append: { header: { key: x-present, value: filter }, append_action: OVERWRITE_IF_EXISTS }
              - remove_on_match: { key_matcher: { prefix: x-many- } }
              query_parameter_mutations:
              - append: { record: { key: added, value: 'a b' } }
              - remove: secret
              response_mutations:
              - append: { header: { key: x-answered, value: '%RESPONSE_CODE%' } }
              - remove: x-upstream
        `,
        virtualHosts: `
        - name: all
          domains: ['*']
          typed_per_filter_config: { mutate: { ${PER_ROUTE}, mutations: { request_mutations: [{ append: { header: { key: x-order, value: vhost } } }] } } }
          routes:
          - match: { prefix: /route }
            route: { cluster: echo }
            request_headers_to_add: [{ header: { key: x-order, value: route-rule } }]
            typed_per_filter_config: { mutate: { ${PER_ROUTE}, mutations: { request_mutations: [{ append: { header: { key: x-order, value: route } } }], response_mutations: [{ append: { header: { key: x-order, value: route } } }] } } }
          - match: { prefix: /local }
            direct_response: { status: 202 }
          - match: { prefix: / }
            route: { cluster: echo }
        `,
      },
      query: {
        filters: `
        - ${TYPE}
          mutations:
            query_parameter_mutations:
            - append: { record: { key: a, value: one } }
            - append: { record: { key: only, value: new }, action: ADD_IF_ABSENT }
            - append: { record: { key: over, value: '%REQ(x-value)%!' }, action: OVERWRITE_IF_EXISTS_OR_ADD }
            - append: { record: { key: there, value: changed }, action: OVERWRITE_IF_EXISTS }
            - append: { record: { key: empty, value: '%REQ(x-absent)%' } }
            - remove: gone
        `,
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'query-removed': {
        filters: `
        - ${TYPE}
          mutations: { query_parameter_mutations: [{ remove: gone }] }
        `,
        routes: `
        - match: { prefix: /twice }
          route: { cluster: echo }
          typed_per_filter_config: { HeaderMutation: { ${PER_ROUTE}, mutations: { query_parameter_mutations: [{ append: { record: { key: r, value: '1' } } }] } } }
        - { match: { prefix: / }, route: { cluster: echo } }
        `,
      },
      trailers: {
        filters: `
        - ${TYPE}
          mutations:
            request_trailers_mutations:
            - append: { header: { key: x-added, value: '%REQ(:path)%' } }
            - remove_on_match: { key_matcher: { prefix: x-gone } }
            response_trailers_mutations:
            - append: { header: { key: x-added, value: '%RESPONSE_CODE%' } }
            - append: { header: { key: x-trailer, value: '%RESPONSE_TRAILER(x-kept)%' } }
            - remove: x-gone
        `,
        routes: '- { match: { prefix: / }, route: { cluster: echo2 } }',
      },
    },
    clusters: {
      echo: 'echo',
      echo2: {
        backends: 'echo2',
        more: `typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }`,
      },
    },
  }),
  exchanges: [
    request('route', '/route?secret=1&x=2', {
      headers: { 'x-order': 'client', 'x-removed': 'old', 'x-present': 'old' },
    }),
    request('virtual host', '/other', {
      headers: { 'x-absent': 'there', 'x-many-a': '1', 'x-many-b': '2', 'x-answer-head': 'x-upstream=1' },
    }),
    request('a local reply', '/local'),
    ...QUERIES.map((query) =>
      request(`query ${query}`, `/q${query}`, { listener: 'query', headers: { 'x-value': 'a&b=c d/%2F+é~' } }),
    ),
    ...['?gone=1', '?a=1&gone=2&gone=3', '', '?', '?b=2&a=1', '?a=+%2B%41', '?%67one=1&GONE=2', '?a', '?a=1=2&=3'].map(
      (query) => request(`query removed: ${query}`, `/q${query}`, { listener: 'query-removed' }),
    ),
    request('query of the route', '/twice?z=1', { listener: 'query-removed' }),
    request2('trailers', '/t', {
      method: 'POST',
      listener: 'trailers',
      body: 'body',
      trailers: { 'x-gone-1': '1', 'x-kept': '2' },
      headers: { 'x-answer-trailers': 'x-gone=1|x-kept=2' },
    }),
    request2('no trailers', '/t', { listener: 'trailers' }),
  ],
};
