import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { formatGrpcTimeout, grpcTimeoutMs } from './grpc-timeout.ts';
import { isHedging } from './hedge.ts';
import { compileRetryPolicy } from './retry/retry-policy.ts';
import { messageFromYaml, testContext } from './test-support/compile.ts';
import { requestView } from './test-support/views.ts';
import { compileTimeouts, planStreamLimit, planTimeouts } from './timeouts.ts';

function plan(route: string, headers: Record<string, string> = {}, isHedgingOn = false) {
  const action = messageFromYaml<RouteAction>('envoy.config.route.v3.RouteAction', route);
  const context = testContext();
  const timeouts = compileTimeouts(action, 'r', context)!;
  const retry = action.retryPolicy && compileRetryPolicy(action.retryPolicy, 'r', context);
  const request = requestView({ headers });
  const options = { isGrpc: true, isHedging: isHedgingOn, respectsExpected: false };
  return { ...planTimeouts(timeouts, retry, request, options), stream: planStreamLimit(timeouts, request, 9000) };
}

test('a limit for each attempt counts only below the limit for all', () => {
  const route = '{ timeout: 2s, retry_policy: { per_try_timeout: 0.5s, per_try_idle_timeout: 0.1s } }';
  assert.partialDeepStrictEqual(plan(route), { globalMs: 2000, perTryMs: 500, perTryIdleMs: 100, expectedMs: 500 });
  const perTry = { 'x-envoy-upstream-rq-per-try-timeout-ms': '2000' };
  assert.partialDeepStrictEqual(plan(route, perTry), { globalMs: 2000, perTryMs: 0, expectedMs: 2000 });
  const endless = { ...perTry, 'x-envoy-upstream-rq-timeout-ms': '0' };
  assert.partialDeepStrictEqual(plan(route, endless), { globalMs: 0, perTryMs: 2000, expectedMs: 2000 });
  assert.partialDeepStrictEqual(plan(route, {}, true), { perTryMs: 500, expectedMs: 2000 });
  assert.partialDeepStrictEqual(plan('{}'), { globalMs: 15_000, perTryMs: 0, expectedMs: 15_000 });
});

test('the duration of streams: by the route, by the client up to a maximum, or by the manager', () => {
  assert.deepEqual(plan('{}').stream, { limitMs: 9000, grpcTimeoutMs: undefined });
  assert.deepEqual(plan('{ max_stream_duration: { max_stream_duration: 0s } }').stream.limitMs, undefined);
  assert.partialDeepStrictEqual(plan('{ max_stream_duration: { max_stream_duration: 3s } }'), {
    globalMs: 0,
    stream: { limitMs: 3000 },
  });
  const capped =
    '{ max_stream_duration: { max_stream_duration: 3s, grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 1s } }';
  assert.deepEqual(plan(capped, { 'grpc-timeout': '2S' }).stream, { limitMs: 1000, grpcTimeoutMs: 1000 });
  assert.deepEqual(plan(capped, { 'grpc-timeout': '1H' }).stream, { limitMs: 4000, grpcTimeoutMs: 4000 });
  assert.deepEqual(plan(capped, { 'grpc-timeout': '1m' }).stream, { limitMs: 0, grpcTimeoutMs: 0 });
  assert.deepEqual(plan(capped, { 'grpc-timeout': 'x' }).stream, { limitMs: 3000, grpcTimeoutMs: undefined });
});

test('the deprecated limits of gRPC', () => {
  const old = '{ timeout: 1s, max_grpc_timeout: 10s, grpc_timeout_offset: 2s }';
  assert.equal(plan(old, { 'grpc-timeout': '5S' }).globalMs, 3000);
  assert.equal(plan(old, { 'grpc-timeout': '1S' }).globalMs, 1000);
  assert.equal(plan(old).globalMs, 10_000);
  assert.equal(plan('{ timeout: 1s, max_grpc_timeout: 0s }').globalMs, 0);
});

test('grpc-timeout is read and written', () => {
  const cases: [string | undefined, number | undefined][] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['1001u', 2],
    ['3000000n', 3],
    ['0m', 0],
    ['99999999H', 359_999_996_400_000],
    ['123456789m', undefined],
    ['-1m', undefined],
    ['1', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [text, expected] of cases) assert.equal(grpcTimeoutMs(text), expected, text);
  assert.equal(formatGrpcTimeout(99_999_999), '99999999m');
  assert.equal(formatGrpcTimeout(100_000_000), '100000S');
  assert.equal(formatGrpcTimeout(100_000_000_000), '1666666M');
  assert.equal(formatGrpcTimeout(359_999_996_400_000), '99999999H');
});

test('a request may switch hedging on and off', () => {
  const header = 'x-envoy-hedge-on-per-try-timeout';
  assert.equal(isHedging(false, requestView({ headers: { [header]: 'true' } })), true);
  assert.equal(isHedging(true, requestView({ headers: { [header]: 'false' } })), false);
  assert.equal(isHedging(true, requestView({ headers: { [header]: 'maybe' } })), true);
});
