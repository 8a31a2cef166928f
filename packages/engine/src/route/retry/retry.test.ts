import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RetryPolicy } from '@weft/proto/envoy/config/route/v3/route_components';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { messageFromYaml, testContext } from '../test-support/compile.ts';
import { requestView, runtimeOf } from '../test-support/views.ts';
import { backOffMs, resetBackOffMs } from './back-off.ts';
import { type AttemptOutcome, isRetriable } from './retriable.ts';
import { refusesHost } from './retry-hosts.ts';
import { formatRetryOn, parseRetryGrpcOnHeader, parseRetryOn, parseRetryOnHeader, RetryOn } from './retry-on.ts';
import { planRetry } from './retry-plan.ts';
import { compileRetryPolicy, type RetryPolicyRuntime } from './retry-policy.ts';

function policyOf(text: string): RetryPolicyRuntime {
  const context = testContext();
  const message = messageFromYaml<RetryPolicy>('envoy.config.route.v3.RetryPolicy', text);
  const policy = compileRetryPolicy(message, 'p', context);
  assert.deepEqual(context.problems.list(), []);
  return policy!;
}

function problemsOf(text: string) {
  const context = testContext();
  const message = messageFromYaml<RetryPolicy>('envoy.config.route.v3.RetryPolicy', text);
  assert.equal(compileRetryPolicy(message, 'p', context), undefined);
  return context.problems.list();
}

function response(status: number, headers: Record<string, string> = {}): AttemptOutcome {
  return { kind: 'response', status, headers: { get: (name) => headers[name] } };
}

function reset(reason: Extract<AttemptOutcome, { kind: 'reset' }>['reason'], isRequestStarted = true): AttemptOutcome {
  return { kind: 'reset', reason, isRequestStarted };
}

test('which outcomes each condition repeats', () => {
  const outcomes: Record<string, AttemptOutcome> = {
    200: response(200),
    409: response(409),
    425: response(425),
    429: response(429),
    500: response(500),
    503: response(503),
    limited: response(503, { 'x-envoy-ratelimited': 'true' }),
    'x-again': response(200, { 'x-again': '1' }),
    'grpc 1': response(200, { 'grpc-status': '1' }),
    'grpc 4': response(200, { 'grpc-status': '4' }),
    'grpc 8': response(200, { 'grpc-status': '8' }),
    'grpc 13': response(200, { 'grpc-status': '13' }),
    'grpc 14': response(200, { 'grpc-status': '14' }),
    'no connection': reset('connectFailure', false),
    'reset by peer': reset('remoteReset'),
    refused: reset('refusedStream'),
    'reset by us': reset('localReset'),
    'reset before': reset('remoteReset', false),
    overflow: reset('overflow', false),
  };
  const anyReset = ['no connection', 'refused', 'reset before', 'reset by peer', 'reset by us'];
  const table: Record<string, string[]> = {
    '5xx': ['500', '503', ...anyReset],
    'gateway-error': ['503', ...anyReset],
    reset: anyReset,
    'reset-before-request': ['no connection', 'reset before'],
    'connect-failure': ['no connection'],
    'envoy-ratelimited': ['limited'],
    'retriable-4xx': ['409'],
    'refused-stream': ['refused'],
    'retriable-status-codes': ['429'],
    'retriable-headers': ['x-again'],
    'http3-post-connect-failure': [],
    cancelled: ['grpc 1'],
    'deadline-exceeded': ['grpc 4'],
    'resource-exhausted': ['grpc 8'],
    internal: ['grpc 13'],
    unavailable: ['grpc 14'],
  };
  assert.deepEqual(Object.keys(table).sort(), Object.keys(RetryOn).sort());
  for (const [retryOn, expected] of Object.entries(table)) {
    const policy = policyOf(
      `{ retry_on: '${retryOn}', retriable_status_codes: [425, 429], retriable_headers: [{ name: x-again }] }`,
    );
    const plan = planRetry(policy, requestView())!;
    const actual = Object.keys(outcomes).filter((name) => isRetriable(plan, outcomes[name]!));
    assert.deepEqual(actual.sort(), [...expected].sort(), retryOn);
  }
});

test('words of the three lists', () => {
  assert.deepEqual(parseRetryOn('5xx, unavailable,,what'), {
    bits: RetryOn['5xx'] | RetryOn.unavailable,
    unknown: ['what'],
  });
  assert.deepEqual(parseRetryOnHeader('reset,unavailable'), { bits: RetryOn.reset, unknown: ['unavailable'] });
  assert.deepEqual(parseRetryGrpcOnHeader('internal, 5xx'), { bits: RetryOn.internal, unknown: ['5xx'] });
  assert.equal(formatRetryOn(parseRetryOn('unavailable,5xx').bits), '5xx,unavailable');
});

test('headers of the request add conditions and replace counts', () => {
  const policy = policyOf('{ retry_on: reset, num_retries: 3 }');
  assert.equal(planRetry(undefined, requestView()), undefined);
  assert.equal(planRetry(policy, requestView())?.maxRetries, 3);
  const asked = planRetry(
    undefined,
    requestView({ headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-retry-grpc-on': 'internal' } }),
  );
  assert.deepEqual([asked?.retryOn, asked?.maxRetries], [RetryOn['5xx'] | RetryOn.internal, 1]);
  const counted = planRetry(policy, requestView({ headers: { 'x-envoy-max-retries': '0' } }));
  assert.equal(counted?.maxRetries, 0);
  assert.equal(planRetry(policy, requestView({ headers: { 'x-envoy-max-retries': '-1' } }))?.maxRetries, 3);
  const codes = requestView({
    headers: {
      'x-envoy-retry-on': 'retriable-status-codes,retriable-headers',
      'x-envoy-retriable-status-codes': '404, x, 418',
      'x-envoy-retriable-header-names': 'X-Again, x-once-more',
    },
  });
  const plan = planRetry(policy, codes)!;
  assert.deepEqual(plan.statusCodes, [404, 418]);
  assert.equal(isRetriable(plan, response(418)), true);
  assert.equal(isRetriable(plan, response(200, { 'x-once-more': '' })), true);
  assert.equal(isRetriable(plan, response(200)), false);
});

test('conditions on the request limit every retry', () => {
  const policy = policyOf(
    "{ retry_on: 5xx, retriable_request_headers: [{ name: ':method', string_match: { exact: GET } }] }",
  );
  assert.ok(planRetry(policy, requestView()));
  assert.equal(planRetry(policy, requestView({ method: 'POST' })), undefined);
});

test('back-off doubles up to the maximum, and is jittered over the whole of it', () => {
  const { backOff } = policyOf('{ retry_back_off: { base_interval: 0.1s, max_interval: 0.35s } }');
  const waits = (random: number) => [1, 2, 3, 4, 40].map((retry) => backOffMs(backOff, retry, random, EMPTY_RUNTIME));
  assert.deepEqual(waits(0), [0, 0, 0, 0, 0]);
  assert.deepEqual(waits(0.999), [99, 199, 349, 349, 349]);
  assert.equal(backOffMs(undefined, 1, 0.999, EMPTY_RUNTIME), 24);
  assert.equal(backOffMs(undefined, 9, 0.999, EMPTY_RUNTIME), 249);
  assert.equal(backOffMs(undefined, 1, 0.5, runtimeOf({ 'upstream.base_retry_backoff_ms': 200 })), 100);
  const tiny = policyOf('{ retry_back_off: { base_interval: 0.0001s } }').backOff;
  assert.deepEqual(tiny, { baseMs: 1, maxMs: 10 });
});

test('a rate-limited response says when to try again', () => {
  const { resetBackOff } = policyOf(
    '{ rate_limited_retry_back_off: { reset_headers: [{ name: Retry-After }, { name: reset, format: UNIX_TIMESTAMP }], max_interval: 60s } }',
  );
  const wait = (headers: Record<string, string>) =>
    resetBackOffMs(resetBackOff!, { get: (name) => headers[name] }, 1_000_500, 0.5);
  assert.equal(wait({ 'retry-after': '10' }), 12_500);
  assert.equal(wait({ 'retry-after': '61', reset: '1004' }), 5000);
  assert.equal(wait({ reset: '999' }), undefined);
  assert.equal(wait({ 'retry-after': 'soon' }), undefined);
  assert.equal(wait({ 'retry-after': '0' }), undefined);
  assert.equal(wait({}), undefined);
});

test('hosts that a retry avoids', () => {
  const { hostPredicates, maxHostSelections, priority } = policyOf(`
host_selection_retry_max_attempts: 5
retry_host_predicate:
- { name: p, typed_config: { '@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }
- { name: c, typed_config: { '@type': type.googleapis.com/envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate } }
- name: m
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig
    metadata_match: { filter_metadata: { envoy.lb: { zone: a } } }
retry_priority:
  name: previous
  typed_config: { '@type': type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig, update_frequency: 2 }
`);
  assert.deepEqual([maxHostSelections, priority?.updateFrequency], [5, 2]);
  const host = (metadata: object, isCanary = false) => ({
    address: '10.0.0.1:80',
    isCanary,
    metadata: { 'envoy.lb': metadata },
  });
  assert.equal(refusesHost(hostPredicates, host({}), []), false);
  assert.equal(refusesHost(hostPredicates, host({}), ['10.0.0.1:80']), true);
  assert.equal(refusesHost(hostPredicates, host({}, true), []), true);
  assert.equal(refusesHost(hostPredicates, host({ zone: 'a', x: 1 }), []), true);
  assert.equal(refusesHost(hostPredicates, host({ zone: ['b', 'a'] }), []), true);
  assert.equal(refusesHost(hostPredicates, host({ zone: 'b' }), []), false);
});

test('what is refused of a policy', () => {
  const cases: [string, string, RegExp][] = [
    ['{ retry_on: "5xx,nonsense" }', 'p.retry_on', /"nonsense" is no retry condition/],
    [
      '{ retry_back_off: { base_interval: 2s, max_interval: 1s } }',
      'p.retry_back_off.max_interval',
      /1000 ms is than 2000 ms/,
    ],
    ['{ retry_back_off: { max_interval: 1s } }', 'p.retry_back_off', /base_interval is required/],
    ['{ rate_limited_retry_back_off: {} }', 'p.rate_limited_retry_back_off', /reset_headers/],
    ['{ retry_host_predicate: [{ name: x }] }', 'p.retry_host_predicate[0]', /typed_config is required/],
    [
      '{ retry_host_predicate: [{ name: x, typed_config: { "@type": type.googleapis.com/envoy.config.route.v3.RouteList } }] }',
      'p.retry_host_predicate[0]',
      /RouteList is not supported here; supported: .*PreviousHostsPredicate/,
    ],
    ['{ per_try_timeout: -1s }', 'p.per_try_timeout', /must not be negative/],
  ];
  for (const [text, path, reason] of cases) {
    const [first] = problemsOf(text);
    assert.equal(first?.path, path);
    assert.match(first.reason, reason);
  }
});
