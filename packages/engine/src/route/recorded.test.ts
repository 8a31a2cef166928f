/**
 * Compares decisions with what a real Envoy did: the route that was taken, the place a client was sent to, the cluster and what reached it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyHeaderMutations } from '../headers/apply-mutations.ts';
import type { RequestView } from '../view/request-view.ts';
import { pickCluster } from './cluster.ts';
import { isGrpc } from './conditions.ts';
import { type CorsPolicyRuntime, decideCors } from './cors.ts';
import { findRoute, type RouteDecision } from './find-route.ts';
import { formatGrpcTimeout } from './grpc-timeout.ts';
import { planRedirect, planTlsRedirect } from './redirect.ts';
import { type AttemptOutcome, isRetriable } from './retry/retriable.ts';
import { planRetry } from './retry/retry-plan.ts';
import { planRewrite } from './rewrite.ts';
import { HeaderBag, streamView } from './test-support/header-bag.ts';
import { type Call, callsOf, type Exchange } from './test-support/recording.ts';
import { connectionView, requestView } from './test-support/views.ts';
import { planStreamLimit, planTimeouts } from './timeouts.ts';

/** What a decision comes to, in the words of the recording; Envoy logs a route without a name as none. */
function outcomeOf(decision: RouteDecision, request: RequestView) {
  if (decision.kind === 'tlsRedirect') return { location: planTlsRedirect(request).location };
  const { route } = decision;
  if (route === undefined) return { route: 'none' };
  if (route.action.kind !== 'redirect') return { route: route.name };
  return { location: planRedirect(route.action, route.match.matchedLength, request, streamView(request)).location };
}

function recordedOutcome({ received, log }: Exchange['got']) {
  const location = received[0]?.headers?.find(([header]) => header === 'location')?.[1];
  if (location !== undefined) return { location };
  return { route: log[0]!.details === 'route_not_found' ? 'none' : (log[0]!.route ?? '') };
}

for (const name of ['virtual-hosts', 'route-path', 'route-headers', 'route-conditions', 'redirects']) {
  test(`${name}: the route and the redirect that Envoy takes`, () => {
    const calls = callsOf(name);
    for (const { name: call, config, spec, got, input } of calls) {
      const request = requestView(spec);
      const decision = findRoute(config, request, connectionView(), input);
      assert.deepEqual(outcomeOf(decision, request), recordedOutcome(got), call);
    }
    assert.ok(calls.length > 20, `only ${calls.length} calls were compared`);
  });
}

/** What reaches the upstream, as far as routes decide it. */
function forwarded({ config, spec, input }: Call) {
  const request = requestView(spec);
  const { route } = findRoute(config, request, connectionView(), input);
  if (route?.action.kind !== 'forward') return undefined;
  const pick = pickCluster(route.action.cluster, request, input);
  if (pick === undefined) return undefined;
  const bag = new HeaderBag(spec.lines);
  const levels =
    pick.weighted === undefined ? route.requestHeaders : [pick.weighted.requestHeaders, ...route.requestHeaders];
  applyHeaderMutations(levels, bag, streamView(request));
  const rewrite = planRewrite(route.action, route.match.matchedLength, pick, request, streamView(request));
  if (rewrite.authority !== undefined) bag.set('host', rewrite.authority);
  if (rewrite.forwardedHost !== undefined) bag.set('x-forwarded-host', rewrite.forwardedHost);
  if (rewrite.originalPath !== undefined) bag.set('x-envoy-original-path', rewrite.originalPath);
  if (rewrite.originalAuthority !== undefined) bag.set('x-envoy-original-host', rewrite.originalAuthority);
  return {
    cluster: pick.clusterName,
    line: `${spec.method} ${rewrite.path ?? spec.path} HTTP/1.1`,
    headers: bag.lines,
  };
}

/** Headers that routes have no part in. */
const FOREIGN = ['x-answer-head', 'x-forwarded-proto', 'x-request-id', 'x-envoy-expected-rq-timeout-ms'];

function sorted(headers: readonly (readonly [string, string])[]) {
  const own = headers.filter(([header]) => !FOREIGN.includes(header));
  // The order of different headers is the codec's; that of one header's lines is the routes'.
  return own
    .map(([header, value], i) => ({ header, value, i }))
    .sort((a, b) => (a.header < b.header ? -1 : a.header > b.header ? 1 : a.i - b.i))
    .map(({ header, value }) => `${header}: ${value}`);
}

for (const name of ['rewrites', 'weighted-clusters', 'header-rules']) {
  test(`${name}: what reaches the upstream is what Envoy sends`, () => {
    let compared = 0;
    for (const call of callsOf(name)) {
      const made = forwarded(call);
      const arrived = call.got.arrived[0];
      const cluster = call.got.log[0]!.cluster ?? '';
      if (cluster !== '') assert.equal(made?.cluster, cluster, call.name);
      if (arrived === undefined) continue;
      assert.equal(made?.line, arrived.line, call.name);
      assert.deepEqual(sorted(made!.headers), sorted(arrived.headers ?? []), call.name);
      compared += 1;
    }
    assert.ok(compared > 3, `only ${compared} calls were compared`);
  });
}

test('cors: the headers that Envoy adds, and who answers', () => {
  const calls = callsOf('cors');
  for (const { name, config, spec, got, input } of calls) {
    const request = requestView(spec);
    const { route } = findRoute(config, request, connectionView(), input);
    const policies = (route?.filters.get('cors')?.configs ?? []) as readonly CorsPolicyRuntime[];
    const decision = decideCors(policies, request, input);
    assert.equal(decision.kind === 'preflight', got.arrived.length === 0, name);
    const headers = decision.kind === 'preflight' || decision.kind === 'actual' ? decision.headers : [];
    const recorded = (got.received[0]?.headers ?? []).filter(([header]) => header.startsWith('access-control-'));
    assert.deepEqual(sorted(headers), sorted(recorded), name);
  }
  assert.ok(calls.length > 40, `only ${calls.length} calls were compared`);
});

test('timeouts: what Envoy tells the upstream', () => {
  let compared = 0;
  for (const { name, listener, config, spec, got, input } of callsOf('timeouts')) {
    const arrived = got.arrived[0];
    if (arrived === undefined) continue;
    const request = requestView(spec);
    const { route } = findRoute(config, request, connectionView(), input);
    if (route?.action.kind !== 'forward') continue;
    const options = { isGrpc: isGrpc(request), isHedging: false, respectsExpected: listener === 'respecting' };
    const plan = planTimeouts(route.action.timeouts, route.action.retry, request, options);
    const stream = planStreamLimit(route.action.timeouts, request, undefined);
    const told = (header: string) => arrived.headers?.find(([own]) => own === header)?.[1];
    const grpcMs = plan.grpcTimeoutMs ?? stream.grpcTimeoutMs;
    assert.equal(plan.expectedMs, Number(told('x-envoy-expected-rq-timeout-ms') ?? 0), name);
    assert.equal(
      grpcMs === undefined ? request.get('grpc-timeout') : formatGrpcTimeout(grpcMs),
      told('grpc-timeout'),
      name,
    );
    if (got.log[0]!.flags === 'UT' && !isGrpc(request)) assert.equal(plan.timeoutStatus, got.received[0]?.status, name);
    compared += 1;
  }
  assert.ok(compared > 20, `only ${compared} calls were compared`);
});

/** How an attempt ends by the words with which the recorded upstreams were told to answer. */
function attemptOutcome(word: string, headers: Record<string, string>): AttemptOutcome {
  if (word === 'reset') return { kind: 'reset', reason: 'remoteReset', isRequestStarted: true };
  if (word === 'hang') return { kind: 'reset', reason: 'localReset', isRequestStarted: true };
  const status = word === 'cut' ? 200 : Number(word);
  return { kind: 'response', status, headers: { get: (name) => headers[name] } };
}

function attempts({ config, spec, input }: Call): number {
  const request = requestView(spec);
  const { route } = findRoute(config, request, connectionView(), input);
  if (route?.action.kind !== 'forward') return 0;
  const plan = planRetry(route.action.retry, request);
  const words = (request.get('x-answer') ?? '200').split(',');
  const head = (request.get('x-answer-head') ?? '').split('|').map((field) => field.split('=') as [string, string]);
  const isUnreachable = pickCluster(route.action.cluster, request, input)?.clusterName === 'none';
  const outcomeAt = (attempt: number): AttemptOutcome =>
    isUnreachable
      ? { kind: 'reset', reason: 'connectFailure', isRequestStarted: false }
      : attemptOutcome(words[Math.min(attempt, words.length) - 1]!, Object.fromEntries(head));
  let attempt = 1;
  while (plan !== undefined && attempt <= plan.maxRetries && isRetriable(plan, outcomeAt(attempt))) attempt += 1;
  return attempt;
}

test('retries: as many attempts as Envoy makes', () => {
  // What strangers ask for is taken away before routes see it.
  const calls = callsOf('retries').filter(({ name }) => name !== 'asked by a stranger');
  for (const call of calls) assert.equal(attempts(call), call.got.log[0]!.attempts, call.name);
  assert.ok(calls.length > 35, `only ${calls.length} calls were compared`);
});
