/** Compares what filters make of messages with what a real Envoy made of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { HeaderBag } from '../../route/test-support/header-bag.ts';
import { filterCalls } from '../test-support/recording.ts';
import { chooseEncoding } from './compression/choose-encoding.ts';
import { COMPRESSOR_FILTER, type CompressorRuntime } from './compression/compressor.ts';
import { compressesResponses, planCompression } from './compression/plan-compression.ts';
import { GRPC_WEB_FILTER, GRPC_WEB_REQUEST_HEADERS, grpcWebContentType, planGrpcWeb } from './grpc-web.ts';
import {
  answerHealthCheck,
  HEALTH_CHECK_FILTER,
  type HealthCheckFilterRuntime,
  isHealthCheck,
} from './health-check.ts';
import { STATEFUL_SESSION_FILTER, type StatefulSessionRuntime } from './stateful-session.ts';

/** The head that the upstream was told to answer with. */
function upstreamHead(told: string | undefined, bodyLength: number): HeaderBag {
  const lines = (told ?? '').split('|').filter((line) => line !== '');
  const fields = lines.map((line): [string, string] => [
    line.slice(0, line.indexOf('=')),
    line.slice(line.indexOf('=') + 1),
  ]);
  return new HeaderBag([...fields, ['content-length', String(bodyLength)]]);
}

test('compressor: what is compressed, and what caches are told', () => {
  const calls = filterCalls<CompressorRuntime>('http-filters', COMPRESSOR_FILTER);
  for (const { name, request, config, got } of calls) {
    const acceptEncoding = request.get('accept-encoding');
    const headers = upstreamHead(request.get('x-answer-head'), request.get('x-answer-body')?.length ?? 4);
    const choose = () => chooseEncoding([config], acceptEncoding!, headers.get('content-type'));
    assert.equal(compressesResponses(config, undefined, EMPTY_RUNTIME), true);
    const plan = planCompression(config, { headers, isUpgrade: false, isEnd: false, acceptEncoding, choose });
    const told = new HeaderBag(got.received[0]!.headers);
    assert.equal(plan.compresses, told.get('content-encoding') === 'gzip', name);
    assert.equal(plan.vary, told.get('vary'), name);
    assert.equal(plan.removesEtag ? undefined : headers.get('etag'), told.get('etag'), name);
  }
  assert.equal(calls.length, 6);
});

test('health_check: what is answered', () => {
  const calls = filterCalls<HealthCheckFilterRuntime>('http-filters', HEALTH_CHECK_FILTER);
  for (const { name, request, config, got } of calls) {
    const members = { total: 1, available: 0 };
    const state = { isFailed: false, cached: undefined, membersOf: () => members };
    const answer = isHealthCheck(config, request) ? answerHealthCheck(config, state) : undefined;
    const { details } = got.log[0]!;
    assert.deepEqual(
      [answer?.details ?? 'via_upstream', answer?.status ?? 200],
      [details, got.received[0]!.status],
      name,
    );
  }
  assert.equal(calls.length, 3);
});

test('grpc_web: what reaches the upstream, and what answers are called', () => {
  const calls = filterCalls<object>('http-filters', GRPC_WEB_FILTER);
  for (const { name, request, got } of calls) {
    const plan = planGrpcWeb(request);
    assert.notEqual(plan, undefined, name);
    const arrived = new HeaderBag(got.arrived[0]!.headers);
    for (const [header, value] of GRPC_WEB_REQUEST_HEADERS) assert.equal(arrived.get(header), value, name);
    assert.equal(grpcWebContentType(plan!), new HeaderBag(got.received[0]!.headers).get('content-type'), name);
  }
  assert.equal(calls.length, 3);
});

test('stateful_session: what clients keep', () => {
  const calls = filterCalls<StatefulSessionRuntime>('http-filters', STATEFUL_SESSION_FILTER);
  for (const { name, request, config, got } of calls) {
    const { session } = config;
    const known = session!.addressOf(request, 0);
    const [field, value] = session!.remember('127.0.0.1:80', known, request, 0)!;
    const told = new HeaderBag(got.received[0]!.headers).get(field);
    const isCookie = field === 'set-cookie';
    // The address differs from run to run and is masked.
    assert.equal(isCookie ? value.replace(/"[^"]*"/, '<address>') : '<address>', told, name);
  }
  assert.equal(calls.length, 3);
});
