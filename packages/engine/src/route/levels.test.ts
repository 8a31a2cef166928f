import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyHeaderMutations } from '../headers/apply-mutations.ts';
import { pickCluster } from './cluster.ts';
import { findRoute } from './find-route.ts';
import { compileYaml } from './test-support/compile.ts';
import { HeaderBag, streamView } from './test-support/header-bag.ts';
import { connectionView, requestView, routeInput } from './test-support/views.ts';
import { isTerminated, isUpgradeAllowed } from './upgrade.ts';

function routeAt(text: string, path: string) {
  const { route } = findRoute(compileYaml(text), requestView({ path }), connectionView(), routeInput());
  assert.ok(route);
  return route;
}

const CORS = "'@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";
const WRAPPED = (fields: string) => `{ '@type': type.googleapis.com/envoy.config.route.v3.FilterConfig, ${fields} }`;

const FILTERS = `
typed_per_filter_config: { cors: { ${CORS}, max_age: config } }
virtual_hosts:
- name: v
  domains: ['*']
  typed_per_filter_config:
    cors: { ${CORS}, max_age: host }
    other: ${WRAPPED('disabled: true')}
    unknown: ${WRAPPED("is_optional: true, config: { '@type': type.googleapis.com/envoy.config.route.v3.RouteList }")}
  routes:
  - { match: { path: /own }, route: { cluster: c }, typed_per_filter_config: { cors: ${WRAPPED(`config: { ${CORS}, max_age: route }`)} } }
  - { match: { path: /off }, route: { cluster: c }, typed_per_filter_config: { cors: ${WRAPPED('disabled: true')} } }
  - { match: { path: /on }, route: { cluster: c }, typed_per_filter_config: { other: { ${CORS} } } }
  - match: { path: /weighted }
    route: { weighted_clusters: { clusters: [{ name: w, weight: 1, typed_per_filter_config: { cors: { ${CORS}, max_age: cluster } } }] } }
  - { match: { prefix: / }, route: { cluster: c } }
`;

test('filters see the configurations of all levels, the most specific first', () => {
  const seen = (path: string, name = 'cors') => {
    const override = routeAt(FILTERS, path).filters.get(name);
    const ages = override?.configs.map((config) => (config as { maxAge: string }).maxAge);
    return [override?.isDisabled, ages];
  };
  assert.deepEqual(seen('/'), [false, ['host', 'config']]);
  assert.deepEqual(seen('/own'), [false, ['route', 'host', 'config']]);
  assert.deepEqual(seen('/off'), [true, ['host', 'config']]);
  assert.deepEqual(seen('/', 'other'), [true, []]);
  assert.deepEqual(seen('/on', 'other'), [false, ['']]);
  assert.deepEqual(seen('/', 'unknown'), [undefined, undefined]);
  const { action } = routeAt(FILTERS, '/weighted');
  assert.ok(action.kind === 'forward');
  const pick = pickCluster(action.cluster, requestView(), routeInput());
  const configs = pick?.weighted?.filters.get('cors')?.configs.map((config) => (config as { maxAge: string }).maxAge);
  assert.deepEqual(configs, ['cluster', 'host', 'config']);
});

const HEADERS = (order: string) => `
most_specific_header_mutations_wins: ${order}
request_headers_to_add: [{ header: { key: level, value: config }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }]
virtual_hosts:
- name: v
  domains: ['*']
  request_headers_to_add: [{ header: { key: Level, value: host }, append: false }]
  routes:
  - match: { path: /r }
    route: { cluster: c }
    request_headers_to_remove: [x-gone, x-swapped]
    request_headers_to_add:
    - { header: { key: level, value: route }, append_action: OVERWRITE_IF_EXISTS_OR_ADD }
    - { header: { key: x-raw, raw_value: //4= } }
    - { header: { key: x-swapped, value: '%REQ(x-other)%' } }
    - { header: { key: x-other, value: '%REQ(x-old)%' }, append_action: OVERWRITE_IF_EXISTS }
    - { header: { key: x-list, value: 'b' } }
    - { header: { key: x-new, value: 'n' }, append_action: ADD_IF_ABSENT }
    - { header: { key: x-kept, value: 'n' }, append_action: ADD_IF_ABSENT }
    - { header: { key: x-none, value: 'n' }, append_action: OVERWRITE_IF_EXISTS }
    - { header: { key: x-empty, value: '%REQ(nothing)%' } }
    - { header: { key: x-empty-kept, value: '' }, keep_empty_value: true }
    - { header: { key: x-percent, value: '100%%' } }
    - { header: { key: x-accent, value: 'é' } }
`;

test('header changes: the order of levels, and the actions of one level', () => {
  const apply = (order: string) => {
    const headers = { 'x-gone': '1', 'x-swapped': 's', 'x-other': 'o', 'x-old': 'old', 'x-list': 'a', 'x-kept': 'k' };
    const bag = new HeaderBag(Object.entries(headers));
    applyHeaderMutations(routeAt(HEADERS(order), '/r').requestHeaders, bag, streamView(requestView({ headers })));
    return bag;
  };
  assert.equal(apply('true').get('level'), 'route');
  const bag = apply('false');
  assert.equal(bag.get('level'), 'config');
  assert.deepEqual(
    [
      'x-gone',
      'x-swapped',
      'x-other',
      'x-list',
      'x-new',
      'x-kept',
      'x-none',
      'x-empty',
      'x-empty-kept',
      'x-percent',
      'x-raw',
      'x-accent',
    ].map((name) => bag.get(name)),
    [undefined, 'o', 'old', 'a,b', 'n', 'k', undefined, undefined, '', '100%', '\u00ff\u00fe', '\u00c3\u00a9'],
  );
});

test('levels that say nothing share what is around them', () => {
  const config = compileYaml(
    `{ virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { path: /a }, route: { cluster: c } }, { match: { path: /b }, route: { cluster: c } }] }] }`,
  );
  const [a, b] = config.virtualHosts[0]!.routes!.routes;
  assert.equal(a?.filters, b?.filters);
  assert.equal(a?.requestHeaders, b?.requestHeaders);
});

test('policies of a virtual host hold for routes without their own', () => {
  const text = `
request_mirror_policies: [{ cluster: config }]
virtual_hosts:
- name: v
  domains: ['*']
  retry_policy: { retry_on: reset, num_retries: 7 }
  hedge_policy: { hedge_on_per_try_timeout: true }
  request_body_buffer_limit: 10
  request_mirror_policies: [{ cluster: host }]
  rate_limits: [{ actions: [{ source_cluster: {} }] }]
  routes:
  - match: { path: /own }
    per_request_buffer_limit_bytes: 5
    route:
      cluster: c
      priority: HIGH
      retry_policy: { retry_on: 5xx }
      hedge_policy: {}
      request_mirror_policies: [{ cluster: route }]
      rate_limits: [{ actions: [{ source_cluster: {} }] }]
  - { match: { prefix: / }, route: { cluster: c } }
`;
  const own = routeAt(text, '/own');
  const other = routeAt(text, '/');
  assert.ok(own.action.kind === 'forward' && other.action.kind === 'forward');
  const facts = ({ action, bufferLimitBytes }: typeof own) =>
    action.kind === 'forward'
      ? [
          action.retry?.maxRetries,
          action.hedgesOnPerTryTimeout,
          action.mirrors[0]?.clusterName,
          action.includesHostRateLimits,
          action.priority,
          bufferLimitBytes,
        ]
      : [];
  assert.deepEqual(facts(own), [1, false, 'route', false, 'high', 5]);
  assert.deepEqual(facts(other), [7, true, 'host', true, 'default', 10]);
});

test('upgrades: the route decides, or leaves it to the connection manager', () => {
  const text = `{ virtual_hosts: [{ name: v, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: c, upgrade_configs: [
    { upgrade_type: WebSocket }, { upgrade_type: foo, enabled: false },
    { upgrade_type: CONNECT, connect_config: { allow_post: true, proxy_protocol_config: { version: V2 } } }] } }] }] }`;
  const { action } = routeAt(text, '/');
  assert.ok(action.kind === 'forward');
  const { upgrades } = action;
  assert.equal(isUpgradeAllowed(upgrades, 'websocket', false), true);
  assert.equal(isUpgradeAllowed(upgrades, 'Foo', true), false);
  assert.equal(isUpgradeAllowed(upgrades, 'bar', true), true);
  assert.equal(isUpgradeAllowed(upgrades, 'bar', false), false);
  assert.equal(upgrades.connect?.proxyProtocol, 'v2');
  assert.deepEqual(
    ['CONNECT', 'POST', 'GET'].map((method) => isTerminated(upgrades, method)),
    [true, true, false],
  );
});
