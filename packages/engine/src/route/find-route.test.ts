import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TraceLog } from '../trace/trace.ts';
import { pickCluster } from './cluster.ts';
import type { CompileRouteMatcher } from './context.ts';
import { findRoute } from './find-route.ts';
import { pickMirrors } from './mirror.ts';
import { planRetry } from './retry/retry-plan.ts';
import { compileYaml, testContext } from './test-support/compile.ts';
import { connectionView, requestView, routeInput } from './test-support/views.ts';

/** Trees of one list with exact values of headers: enough to see how a virtual host uses one. */
function treeContext() {
  const compileMatcher: CompileRouteMatcher = (message, compileAction, path) => {
    const lists = message.matcherType.case === 'matcherList' ? message.matcherType.value.matchers : [];
    const leaves = lists.map(({ onMatch }, i) => {
      const action = onMatch?.onMatch.case === 'action' ? onMatch.onMatch.value : { name: '' };
      return compileAction(action, `${path}.matcher_list.matchers[${i}].on_match.action`);
    });
    return { find: (request) => (request.get('x') === 'a' ? leaves[0] : undefined) };
  };
  return testContext({ compileMatcher });
}

const CONFIG = compileYaml(`
name: traced
virtual_hosts:
- name: shop
  domains: ['*.shop.com']
  require_tls: ALL
  routes:
  - { name: exact, match: { path: /cart }, route: { cluster: cart } }
  - { match: { prefix: /items, headers: [{ name: x-canary, string_match: { exact: 'on' } }] }, route: { cluster: canary } }
  - name: items
    match: { prefix: /items }
    route:
      weighted_clusters: { clusters: [{ name: blue, weight: 1 }, { name: green, weight: 3 }] }
      retry_policy: { retry_on: '5xx,unavailable', num_retries: 2 }
      request_mirror_policies: [{ cluster: shadow, runtime_fraction: { default_value: { numerator: 10 } } }]
  - { name: rest, match: { prefix: / }, route: { cluster: rest } }
`);

test('a trace names the virtual host, each route that failed with its reason, and what was chosen', () => {
  const trace = new TraceLog();
  const request = requestView({ authority: 'www.shop.com', path: '/items/1', scheme: 'https' });
  const { route } = findRoute(CONFIG, request, connectionView(), routeInput(), trace);
  assert.ok(route?.action.kind === 'forward');
  const input = routeInput({ randomValue: 99 });
  pickCluster(route.action.cluster, request, input, trace);
  pickMirrors(route.action.mirrors, request, input, trace);
  planRetry(route.action.retry, request, trace);
  assert.deepEqual(
    trace.steps.map(({ kind, name, outcome, why }) => [kind, name, outcome, why]),
    [
      ['virtual_host', 'shop', 'chosen', 'host "www.shop.com" belongs to domain "*.shop.com"'],
      ['tls_requirement', 'shop', 'matched', 'TLS is required, and the request came by https'],
      ['route', 'exact', 'failed', 'path "/items/1" is not: path "/cart"'],
      ['route', 'routes[1]', 'failed', 'not met: header x-canary exact "on"'],
      ['route', 'items', 'chosen', 'prefix "/items"'],
      ['cluster', 'green', 'chosen', 'weight 3 of 4'],
      ['mirror', 'shadow', 'skipped', 'random value outside the fraction'],
      ['retry', '', 'matched', 'up to 2 retries on 5xx,unavailable'],
    ],
  );
});

test('objects that filters left decide which route is taken', () => {
  const config = compileYaml(`
name: by-state
virtual_hosts:
- name: all
  domains: ['*']
  routes:
  - name: both
    match: { prefix: /, filter_state: [{ key: a, string_match: { prefix: x } }, { key: b, string_match: { exact: y } }] }
    route: { cluster: c }
  - { name: rest, match: { prefix: / }, route: { cluster: c } }
`);
  const routeFor = (state: Readonly<Record<string, string>>) =>
    findRoute(config, requestView(), connectionView(), routeInput({ filterState: (key) => state[key] })).route?.name;
  assert.equal(routeFor({ a: 'x1', b: 'y' }), 'both');
  assert.equal(routeFor({ a: 'x1', b: 'z' }), 'rest');
  assert.equal(routeFor({ a: 'x1' }), 'rest');
});

test('a trace says why there is no route', () => {
  const other = new TraceLog();
  findRoute(CONFIG, requestView({ authority: 'other.com' }), connectionView(), routeInput(), other);
  assert.deepEqual(other.steps.at(-1), {
    kind: 'virtual_host',
    name: '',
    outcome: 'failed',
    why: 'no virtual host has a domain for host "other.com"',
  });
  const plain = new TraceLog();
  findRoute(CONFIG, requestView({ authority: 'a.shop.com' }), connectionView(), routeInput(), plain);
  assert.equal(plain.steps.at(-1)?.why, 'TLS is required, and the request came by http');
  const pathless = new TraceLog();
  const connect = requestView({ authority: 'a.shop.com', path: '', method: 'CONNECT', scheme: 'https' });
  assert.equal(findRoute(CONFIG, connect, connectionView(), routeInput(), pathless).kind, 'none');
  assert.equal(pathless.steps.filter((step) => step.kind === 'route' && step.outcome === 'failed').length, 4);
});

test('a trace is bounded and counts what it leaves out', () => {
  const trace = new TraceLog(2);
  findRoute(CONFIG, requestView({ authority: 'a.shop.com', scheme: 'https' }), connectionView(), routeInput(), trace);
  assert.equal(trace.steps.length, 2);
  assert.equal(trace.dropped, 4);
});

test('what is compiled is frozen, and names its clusters', () => {
  const { route } = findRoute(
    CONFIG,
    requestView({ authority: 'a.shop.com', scheme: 'https' }),
    connectionView(),
    routeInput(),
  );
  for (const part of [CONFIG, CONFIG.virtualHosts[0], route, route?.action, route?.match])
    assert.ok(Object.isFrozen(part));
  assert.deepEqual([...CONFIG.clusterNames].sort(), ['blue', 'canary', 'cart', 'green', 'rest', 'shadow']);
});

test('a tree of a virtual host leads to its routes, whose own conditions count', () => {
  const config = compileYaml(
    `
virtual_hosts:
- name: tree
  domains: ['*']
  matcher:
    matcher_list:
      matchers:
      - predicate: { single_predicate: { input: { name: i, typed_config: { '@type': type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x } }, value_match: { exact: a } } }
        on_match:
          action:
            name: routes
            typed_config:
              '@type': type.googleapis.com/envoy.config.route.v3.RouteList
              routes:
              - { name: one, match: { path: /one }, route: { cluster: one } }
              - { name: all, match: { prefix: / }, route: { cluster: all } }
`,
    treeContext(),
  );
  const routeOf = (headers: Record<string, string>, path: string) =>
    findRoute(config, requestView({ headers, path }), connectionView(), routeInput()).route?.name;
  assert.equal(routeOf({ x: 'a' }, '/one'), 'one');
  assert.equal(routeOf({ x: 'a' }, '/two'), 'all');
  assert.equal(routeOf({}, '/one'), undefined);
});
