/** Compares decisions of filters with what a real Envoy did. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { LocalLimiter } from '../../rate-limit/local-limiter.ts';
import { HeaderBag, streamView } from '../../route/test-support/header-bag.ts';
import { addressView } from '../../route/test-support/views.ts';
import { filterCalls, type Got } from '../test-support/recording.ts';
import { decideLocalRateLimit, localDescriptors, rateLimitHeaders } from './decide-local-ratelimit.ts';
import { FAULT_FILTER, type FaultRuntime } from './fault.ts';
import {
  HEADER_MUTATION_FILTER,
  type HeaderMutationRuntime,
  type MutationListRuntime,
  mutateFields,
  mutateRequest,
  mutationLists,
} from './header-mutation.ts';
import { LOCAL_RATELIMIT_FILTER, type LocalRateLimitRuntime } from './local-ratelimit.ts';
import { planFault } from './plan-fault.ts';

/** Nothing that is meant for a share of requests happens by chance here: all shares are none or all. */
const random = () => 50;

test('fault: what is delayed and what is answered', () => {
  const calls = filterCalls<FaultRuntime>('fault', FAULT_FILTER);
  const counted = { aborts: 0, delays: 0, overflows: 0, rates: 0 };
  for (const { name, request, routeConfigs, config, got } of calls) {
    const input = { random, runtime: EMPTY_RUNTIME, routeCluster: 'echo', activeFaults: 0 };
    const plan = planFault(routeConfigs[0] ?? config, request, input);
    const { flags, details } = got.log[0]!;
    assert.equal(plan.delayMs !== undefined, flags.includes('DI'), name);
    assert.equal(plan.abort !== undefined, details === 'fault_filter_abort', name);
    const status =
      got.received[0]!.headers.find(([header]) => header === 'grpc-status')?.[1] ?? got.received[0]!.status;
    const isGrpc = request.get('content-type') === 'application/grpc';
    if (plan.abort?.kind === 'http' && !isGrpc) assert.equal(plan.abort.status, status, name);
    if (plan.abort?.kind === 'grpc' && isGrpc) assert.equal(String(plan.abort.status), status, name);
    counted.aborts += plan.abort === undefined ? 0 : 1;
    counted.delays += plan.delayMs === undefined ? 0 : 1;
    counted.rates += plan.rateKbps === undefined ? 0 : 1;
    counted.overflows += plan.overflows;
  }
  // The statistics of the recording have one abort more: that of the request over HTTP/2.
  assert.deepEqual(counted, { aborts: 9, delays: 3, overflows: 1, rates: 1 });
});

test('local_ratelimit: who is let through, and what they are told', () => {
  const calls = filterCalls<LocalRateLimitRuntime>('local-rate-limit', LOCAL_RATELIMIT_FILTER);
  const limiters = new Map<LocalRateLimitRuntime, LocalLimiter>();
  for (const { name, request, routeConfigs, config, route, got } of calls) {
    const runtime = routeConfigs[0] ?? config;
    const limiter = limiters.get(runtime) ?? new LocalLimiter(runtime.limits, 0);
    limiters.set(runtime, limiter);
    const remote = addressView('127.0.0.1', 1);
    const stream = streamView(request);
    const view = {
      request,
      stream,
      remote,
      localCluster: '',
      routeCluster: 'none',
      dynamicMetadata: {},
      routeMetadata: {},
    };
    const descriptors = localDescriptors(runtime, route, undefined, view);
    const decision = decideLocalRateLimit(runtime, limiter, descriptors, { nowMs: 0, random, runtime: EMPTY_RUNTIME });
    const isDenied = decision.kind === 'limited' && decision.isEnforced;
    assert.equal(isDenied, got.log[0]!.details === 'local_rate_limited', name);
    const { status, headers } = got.received[0]!;
    const grpcStatus = headers.find(([header]) => header === 'grpc-status')?.[1];
    if (isDenied && grpcStatus === undefined) assert.equal(runtime.status, status, name);
    if (isDenied && grpcStatus !== undefined) assert.equal(String(runtime.grpcStatus ?? 14), grpcStatus, name);
    const told = headers.filter(([header]) => header.startsWith('x-ratelimit-') && header !== 'x-ratelimit-reset');
    const own = runtime.tellsLimits && decision.bucket !== undefined ? rateLimitHeaders(decision.bucket, 0) : [];
    assert.deepEqual(
      own.filter(([header]) => header !== 'x-ratelimit-reset'),
      told,
      name,
    );
  }
  assert.equal(calls.length, 40);
});

const FOREIGN = /^(x-(?!order|removed|path|absent|present|answered|many)|content-length|host|date|server)/;

function fieldsOf(fields: Got['arrived'][number]['headers']) {
  // What route rules add comes after the filter.
  return fields.filter(([header, value]) => !FOREIGN.test(header) && value !== 'route-rule');
}

/** Queries of which Envoy decodes what it does not change; here that stays as it came. */
const DECODED: Readonly<Record<string, string>> = {
  'query ?x=a%2Fb+c&y=%20%zz&%41=1': '/q?%41=1&a=one&empty=&only=new',
  'query ?&&=&b': '/q?&&=&a=one&b&empty=&only=new',
  'query removed: ?a=+%2B%41': '/q?a=+%2B%41',
  'query removed: ?a': '/q?a',
};

test('header_mutation: what reaches the upstream and the client', () => {
  const calls = filterCalls<HeaderMutationRuntime>('header-mutation', HEADER_MUTATION_FILTER);
  for (const { name, request, bag, routeConfigs, config, got } of calls) {
    // The formatter of tests does not know that names of headers have no case.
    const view = streamView({ ...request, get: (header) => request.get(header.toLowerCase()) });
    const lists = mutationLists(config, routeConfigs as readonly unknown[] as readonly MutationListRuntime[]);
    const head = Object.assign(bag, { path: request.path });
    mutateRequest(lists, head, view);
    const [arrived] = got.arrived;
    if (arrived !== undefined) {
      assert.deepEqual(sorted(fieldsOf(bag.lines)), sorted(fieldsOf(arrived.headers)), name);
      const decoded = DECODED[name];
      if (decoded === undefined) assert.equal(head.path, arrived.line.split(' ')[1], name);
      else assert.ok(head.path.startsWith(decoded), `${name}: ${head.path}`);
    }
    const response = new HeaderBag([]);
    mutateFields(lists, 'response', response, view);
    const names = fieldsOf(got.received[0]!.headers).map(([header]) => header);
    assert.deepEqual(
      response.lines.map(([header]) => header),
      names,
      name,
    );
  }
  assert.equal(calls.length, 19);
});

/** By name; the lines of one header stay in their order. */
function sorted(lines: readonly (readonly [string, string])[]) {
  return lines.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
