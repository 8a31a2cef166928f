import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import {
  acceptsTargetRoute,
  compileInternalRedirect,
  type InternalRedirectRuntime,
  planInternalRedirect,
} from './internal-redirect.ts';
import { messageFromYaml, testContext } from './test-support/compile.ts';
import { requestView } from './test-support/views.ts';

function policyOf(route: string): InternalRedirectRuntime {
  const context = testContext();
  const action = messageFromYaml<RouteAction>('envoy.config.route.v3.RouteAction', route);
  const policy = compileInternalRedirect(action, 'r', context);
  assert.deepEqual(context.problems.list(), []);
  assert.ok(policy !== undefined && policy !== 'none');
  return policy;
}

const DEFAULTS = policyOf('{ internal_redirect_policy: {} }');
const request = requestView({ authority: 'a.com', path: '/from?q', method: 'POST' });

test('a redirect becomes a request of its own', () => {
  const plan = planInternalRedirect(DEFAULTS, request, { status: 302, location: 'http://b.com:8080/to?x=1#part' }, 0);
  assert.deepEqual(plan, {
    kind: 'follow',
    scheme: 'http',
    authority: 'b.com:8080',
    path: '/to?x=1',
    method: 'POST',
    dropsBody: false,
    originalUrl: 'http://a.com/from?q',
  });
  const named = planInternalRedirect(DEFAULTS, request, { status: 302, location: 'http://u:p@B.com/to' }, 0);
  assert.partialDeepStrictEqual(named, { authority: 'B.com', path: '/to' });
  const other = planInternalRedirect(DEFAULTS, request, { status: 303, location: 'HTTP://b.com' }, 0);
  assert.partialDeepStrictEqual(other, { kind: 'follow', path: '/', method: 'GET', dropsBody: true });
});

test('why a redirect is passed on', () => {
  const why = (location: string | undefined, before = 0) => {
    const plan = planInternalRedirect(DEFAULTS, request, { status: 302, location }, before);
    return plan.kind === 'pass' ? plan.why : 'followed';
  };
  assert.equal(why(undefined), 'bad_location');
  assert.equal(why('/relative'), 'bad_location');
  assert.equal(why('ftp://b.com/'), 'bad_location');
  assert.equal(why('https://b.com/'), 'unsafe_scheme');
  assert.equal(why('http://b.com/', 1), 'too_many_redirects');
  assert.equal(why('http://b.com/'), 'followed');
});

test('statuses, the number of redirects, schemes and headers of a policy, and its deprecated form', () => {
  const policy = policyOf(
    '{ internal_redirect_policy: { max_internal_redirects: 3, redirect_response_codes: [301, 307, 404], allow_cross_scheme_redirect: true, response_headers_to_copy: [X-A] } }',
  );
  assert.partialDeepStrictEqual(policy, { maxRedirects: 3, allowsCrossScheme: true, headersToCopy: ['x-a'] });
  assert.deepEqual([...policy.statuses], [301, 307]);
  assert.equal(planInternalRedirect(policy, request, { status: 301, location: 'https://b.com/' }, 2).kind, 'follow');
  const old = policyOf('{ internal_redirect_action: HANDLE_INTERNAL_REDIRECT, max_internal_redirects: 5 }');
  assert.equal(old.maxRedirects, 5);
  assert.deepEqual([...DEFAULTS.statuses], [302]);
  const context = testContext();
  const bad = messageFromYaml<RouteAction>(
    'envoy.config.route.v3.RouteAction',
    "{ internal_redirect_policy: { response_headers_to_copy: [':path'] } }",
  );
  assert.equal(compileInternalRedirect(bad, 'r', context), undefined);
  assert.equal(context.problems.list()[0]?.path, 'r.internal_redirect_policy.response_headers_to_copy[0]');
});

test('predicates judge the route that a redirect leads to', () => {
  const predicate = (type: string, more = '') =>
    policyOf(
      `{ internal_redirect_policy: { predicates: [{ name: p, typed_config: { '@type': type.googleapis.com/envoy.extensions.internal_redirect.${type}${more} } }] } }`,
    );
  const from = { routeName: 'a', scheme: 'http' };
  const listed = predicate('allow_listed_routes.v3.AllowListedRoutesConfig', ', allowed_route_names: [b]');
  assert.equal(acceptsTargetRoute(listed, from, { routeName: 'b', scheme: 'http' }, new Map()), true);
  assert.equal(acceptsTargetRoute(listed, from, { routeName: 'c', scheme: 'http' }, new Map()), false);
  const safe = predicate('safe_cross_scheme.v3.SafeCrossSchemeConfig');
  assert.equal(acceptsTargetRoute(safe, from, { routeName: 'b', scheme: 'https' }, new Map()), false);
  assert.equal(
    acceptsTargetRoute(safe, { ...from, scheme: 'https' }, { routeName: 'b', scheme: 'http' }, new Map()),
    true,
  );
  const previous = predicate('previous_routes.v3.PreviousRoutesConfig');
  const seen = new Map();
  const target = { routeName: 'b', scheme: 'http' };
  assert.equal(acceptsTargetRoute(previous, from, target, seen), true);
  assert.equal(acceptsTargetRoute(previous, from, target, seen), false);
  assert.equal(acceptsTargetRoute(previous, { routeName: 'z', scheme: 'http' }, target, seen), true);
});
