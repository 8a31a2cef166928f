import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { Finding } from '../../../mesh/model/index.ts';
import { checkRoutes } from './check-routes.ts';

const object = { kind: 'VirtualService', namespace: 'a', name: 'web' } as const;

function check(routes: readonly RouteJson[]) {
  const findings: Finding[] = [];
  const made = routes.map((route, i) => ({ route, source: { object, path: `spec.http[${i}]` } }));
  return { routes: checkRoutes(made, findings), findings: findings.map(({ path, message }) => `${path}: ${message}`) };
}

const GOOD: RouteJson = { name: 'good', match: { prefix: '/good' }, route: { cluster: 'c' } };

test('routes that proxies take stay as they are', () => {
  const { routes, findings } = check([GOOD, GOOD]);
  assert.equal(routes[1], GOOD);
  assert.deepEqual(findings, []);
});

test('a route that proxies would refuse fails alone, with the reason at its rule', () => {
  const header = { header: { key: 'x', value: '%NOPE%' } };
  const bad: RouteJson = { ...GOOD, name: 'bad', requestHeadersToAdd: [header] };
  const { routes, findings } = check([GOOD, bad]);
  assert.deepEqual(routes, [GOOD, { name: 'bad', match: { prefix: '/good' }, directResponse: { status: 500 } }]);
  assert.equal(findings.length, 1);
  assert.match(findings[0]!, /^spec\.http\[1\]: proxies refuse request_headers_to_add.*NOPE.*answered with 500/);
});

test('a route whose match is wrong is gone', () => {
  const bad: RouteJson = { match: { safeRegex: { regex: '(' } }, route: { cluster: 'c' } };
  const { routes, findings } = check([bad, GOOD]);
  assert.deepEqual(routes, [GOOD]);
  assert.equal(findings.length, 1);
  assert.match(findings[0]!, /^spec\.http\[0\]: proxies refuse match\.safe_regex/);
});

test('values that no message can have are found, too', () => {
  const bad: RouteJson = { ...GOOD, route: { cluster: 'c', timeout: 'soon' } };
  const { routes, findings } = check([GOOD, bad]);
  assert.equal(routes[1]?.directResponse?.status, 500);
  assert.equal(findings.length, 1);
});

test('finer mistakes beside coarser ones are found', () => {
  const coarse: RouteJson = { ...GOOD, route: { cluster: 'c', timeout: 'soon' } };
  const fine: RouteJson = { ...GOOD, requestHeadersToAdd: [{ header: { key: 'x', value: '%NOPE%' } }] };
  const { routes, findings } = check([coarse, GOOD, fine]);
  assert.deepEqual(
    routes.map(({ directResponse }) => directResponse?.status),
    [500, undefined, 500],
  );
  assert.equal(findings.length, 2);
});
