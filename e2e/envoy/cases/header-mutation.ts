import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
const PER_ROUTE = "'@type': envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute";

/** The header mutation filter on every level. */
export const headerMutation: EnvoyCase = {
  name: 'header-mutation',
  backends: { echo: { kind: 'http1' } },
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
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    request('route', '/route?secret=1&x=2', {
      headers: { 'x-order': 'client', 'x-removed': 'old', 'x-present': 'old' },
    }),
    request('virtual host', '/other', {
      headers: { 'x-absent': 'there', 'x-many-a': '1', 'x-many-b': '2', 'x-answer-head': 'x-upstream=1' },
    }),
    request('a local reply', '/local'),
  ],
};
