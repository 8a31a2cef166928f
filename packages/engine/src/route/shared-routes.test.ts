import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileYaml, problemsOf } from './test-support/compile.ts';

const CORS = "'@type': type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";
const ROUTES =
  'routes: [{ match: { prefix: /a }, route: { cluster: c, timeout: 3s } }, { match: { prefix: / }, route: { cluster: d } }]';

function hosts(...bodies: readonly string[]): string {
  return `virtual_hosts:\n${bodies.map((body, i) => `- { name: h${i}, domains: [h${i}.test], ${body} }\n`).join('')}`;
}

function listsOf(...bodies: readonly string[]) {
  return compileYaml(hosts(...bodies)).virtualHosts.map(({ routes }) => routes);
}

test('virtual hosts whose routes do the same have one list of them', () => {
  const [first, second] = listsOf(ROUTES, ROUTES);
  assert.ok(first);
  assert.equal(first, second);
});

const DIFFERENT = {
  'other routes': ROUTES.replace('3s', '4s'),
  'routes in another order':
    'routes: [{ match: { prefix: / }, route: { cluster: d } }, { match: { prefix: /a }, route: { cluster: c, timeout: 3s } }]',
  'headers for all routes': `request_headers_to_remove: [x-a], ${ROUTES}`,
  'a retry policy for all routes': `retry_policy: { retry_on: 5xx }, ${ROUTES}`,
  'mirrors for all routes': `request_mirror_policies: [{ cluster: m }], ${ROUTES}`,
  'a buffer limit for all routes': `request_body_buffer_limit: 7, ${ROUTES}`,
};

for (const [name, body] of Object.entries(DIFFERENT)) {
  test(`a virtual host with ${name} has a list of its own`, () => {
    const [first, second] = listsOf(ROUTES, body);
    assert.notEqual(first, second);
  });
}

test('configuration of filters is never shared: each place has its own state', () => {
  const own = `typed_per_filter_config: { cors: { ${CORS} } }`;
  const onHost = `${own}, ${ROUTES}`;
  const onRoute = `routes: [{ match: { prefix: / }, route: { cluster: c }, ${own} }]`;
  const onCluster = `routes: [{ match: { prefix: / }, route: { weighted_clusters: { clusters: [{ name: w, weight: 1, ${own} }] } } }]`;
  for (const body of [onHost, onRoute, onCluster]) {
    const [first, second] = listsOf(body, body);
    assert.notEqual(first, second, body);
  }
});

test('a problem is told of every virtual host that has it', () => {
  const wrong = 'routes: [{ match: { prefix: / }, route: { cluster: c, timeout: -1s } }]';
  const paths = problemsOf(hosts(wrong, wrong)).map(({ path }) => path);
  assert.equal(paths.length, 2);
  assert.match(paths[0]!, /^virtual_hosts\[0\]/);
  assert.match(paths[1]!, /^virtual_hosts\[1\]/);
});
