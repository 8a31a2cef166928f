/** Compares what filters make of messages with what a real Envoy made of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderBag } from '../../route/test-support/header-bag.ts';
import { filterCalls } from '../test-support/recording.ts';
import { GRPC_WEB_FILTER, GRPC_WEB_REQUEST_HEADERS, grpcWebContentType, planGrpcWeb } from './grpc-web.ts';

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
