import { bootstrap, type HttpListener } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

/** One header with a name on every level, in every append action. */
const LEVELS = (more: string): HttpListener => ({
  routeConfig: `
  request_headers_to_add: [{ header: { key: x-order, value: config } }]
  response_headers_to_add: [{ header: { key: x-order, value: config } }]
  request_headers_to_remove: [x-remove-config]
  ${more}
  `,
  virtualHosts: `
  - name: all
    domains: ['*']
    request_headers_to_add: [{ header: { key: x-order, value: vhost }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
    response_headers_to_add: [{ header: { key: x-order, value: vhost }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
    response_headers_to_remove: [x-upstream]
    routes:
    - match: { prefix: /levels }
      route: { cluster: echo }
      request_headers_to_add: [{ header: { key: x-order, value: route } }]
      response_headers_to_add: [{ header: { key: x-order, value: route } }]
    - match: { prefix: /remove-and-add }
      route: { cluster: echo }
      request_headers_to_add: [{ header: { key: x-both, value: new } }]
      request_headers_to_remove: [x-both]
  `,
});

const VALUES: Readonly<Record<string, string>> = {
  plain: 'plain',
  percent: '100%%',
  empty: '%REQ(x-missing)%',
  'empty-between': '[%REQ(x-missing)%]',
  default: '%REQ(x-missing?x-in)%',
  cut: '%REQ(x-in):3%',
  'remote-address': '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  'direct-remote-address': '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  'local-address': '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%',
  protocol: '%PROTOCOL%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(:PATH)%',
  authority: '%REQ(:AUTHORITY)%',
  'route-name': '%ROUTE_NAME%',
  'virtual-cluster': '%VIRTUAL_CLUSTER_NAME%',
  cluster: '%UPSTREAM_CLUSTER%',
  hostname: '%ENVIRONMENT(NOT_SET)%',
  'dynamic-metadata': '%DYNAMIC_METADATA(ns:key)%',
  'cluster-metadata': '%CLUSTER_METADATA(ns:key)%',
  'cluster-metadata-deep': '%CLUSTER_METADATA(ns:deep:inner)%',
  'upstream-metadata': '%UPSTREAM_METADATA(ns:key)%',
  'filter-state': '%FILTER_STATE(nothing)%',
  'start-time': '%START_TIME(const)%',
  'requested-server-name': '%REQUESTED_SERVER_NAME%',
  'two-at-once': '%PROTOCOL%-%REQ(x-in)%',
};

/** Header additions and removals of routes: order, append actions, format strings. */
export const headerRules: EnvoyCase = {
  name: 'header-rules',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: LEVELS(''),
      'specific-wins': LEVELS('most_specific_header_mutations_wins: true'),
      values: {
        routes: `
- name: values
  match: { prefix: /values }
  route: { cluster: echo }
  request_headers_to_add:
${Object.entries(VALUES)
  .map(
    ([name, value]) =>
      `  - { header: { key: x-v-${name}, value: '${value}' }, keep_empty_value: ${name === 'empty'} }\n`,
  )
  .join('')}
- name: actions
  match: { prefix: /actions }
  route: { cluster: echo }
  request_headers_to_add: &actions
  - { header: { key: x-append, value: added } }
  - { header: { key: x-add-if-absent, value: added }, append_action: ADD_IF_ABSENT }
  - { header: { key: x-overwrite-or-add, value: added }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
  - { header: { key: x-overwrite, value: added }, append_action: OVERWRITE_IF_EXISTS }
  - { header: { key: x-kept-empty, value: '' }, keep_empty_value: true }
  - { header: { key: x-dropped-empty, value: '' } }
  - { header: { key: X-Upper, value: added } }
  - { header: { key: user-agent, value: added }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
  - { header: { key: cookie, value: added=1 } }
  response_headers_to_add: *actions
- name: response
  match: { prefix: /response }
  route: { cluster: echo }
  response_headers_to_add:
  - { header: { key: x-code, value: '%RESPONSE_CODE%' } }
  - { header: { key: x-details, value: '%RESPONSE_CODE_DETAILS%' } }
  - { header: { key: x-flags, value: '%RESPONSE_FLAGS%' } }
  - { header: { key: x-host, value: '%UPSTREAM_HOST%' } }
  - { header: { key: x-cluster, value: '%UPSTREAM_CLUSTER%' } }
  - { header: { key: x-resp, value: '%RESP(x-up)%' } }
  - { header: { key: x-request, value: '%REQ(x-in)%' } }
  - { header: { key: server, value: mine }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
  response_headers_to_remove: [x-upstream, content-type]
- name: local
  match: { prefix: /local }
  direct_response: { status: 200, body: { inline_string: x } }
  response_headers_to_add: [{ header: { key: x-code, value: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%' } }, { header: { key: content-type, value: text/mine }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
        `,
      },
    },
    clusters: {
      echo: { backends: 'echo', more: 'metadata: { filter_metadata: { ns: { key: kv, deep: { inner: 7 } } } }' },
    },
  }),
  exchanges: [
    ...['main', 'specific-wins'].map((listener) =>
      request(`levels: ${listener}`, '/levels', {
        listener,
        headers: { 'x-order': 'client', 'x-remove-config': '1', 'x-answer-head': 'x-upstream=1|x-order=upstream' },
      }),
    ),
    request('removed, then added', '/remove-and-add', { headers: { 'x-both': 'old' } }),
    request('values', '/values?q', { listener: 'values', headers: { 'x-in': 'abcdef' } }),
    request2('values over HTTP/2', '/values?q', { listener: 'values', headers: { 'x-in': 'abcdef' } }),
    request('actions on what is absent', '/actions', { listener: 'values' }),
    request('actions on what is there', '/actions', {
      listener: 'values',
      headers: {
        'x-append': '1',
        'x-add-if-absent': '1',
        'x-overwrite-or-add': '1',
        'x-overwrite': '1',
        'x-kept-empty': '1',
        'x-dropped-empty': '1',
        'x-upper': '1',
        'user-agent': '1',
        cookie: 'a=1',
        'x-answer-head': 'x-append=1|x-add-if-absent=1|x-overwrite=1|X-UPPER=1',
      },
    }),
    request('actions on what is there twice', '/actions', {
      listener: 'values',
      headers: [
        ['x-overwrite', '1'],
        ['x-overwrite', '2'],
        ['x-overwrite-or-add', '1'],
        ['x-overwrite-or-add', '2'],
        ['x-append', '1'],
        ['x-append', '2'],
      ],
    }),
    request('response values', '/response', {
      listener: 'values',
      headers: { 'x-in': 'abc', 'x-answer-head': 'x-up=u|x-upstream=1|content-type=text/x|server=theirs' },
    }),
    request('response values of a local reply', '/local', { listener: 'values' }),
  ],
};
