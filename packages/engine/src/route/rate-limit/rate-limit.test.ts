import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { messageFromYaml, testContext } from '../test-support/compile.ts';
import { streamView } from '../test-support/header-bag.ts';
import { addressView, type RequestSpec, requestView } from '../test-support/views.ts';
import { compileRateLimits, rateLimitDescriptors } from './rate-limit.ts';
import type { RateLimitView } from './rate-limit-action.ts';

function compile(limits: string) {
  const context = testContext();
  const action = messageFromYaml<RouteAction>('envoy.config.route.v3.RouteAction', `{ rate_limits: ${limits} }`);
  return { limits: compileRateLimits(action.rateLimits, 'r.rate_limits', context), problems: context.problems.list() };
}

/** The entries of each descriptor as text. */
function entriesOf(limits: string, request: RequestSpec = {}, more: Partial<RateLimitView> = {}, stage = 0) {
  const compiled = compile(limits);
  assert.deepEqual(compiled.problems, []);
  const view: RateLimitView = {
    request: requestView(request),
    stream: streamView(requestView(request)),
    remote: addressView('10.1.2.3', 1234),
    localCluster: 'me',
    routeCluster: 'them',
    dynamicMetadata: {},
    routeMetadata: {},
    ...more,
  };
  const descriptors = rateLimitDescriptors(compiled.limits!, stage, view);
  return descriptors.map(({ entries, limit }) => {
    const text = entries.map(({ key, value }) => `${key}=${value}`).join(' ');
    return limit === undefined ? text : `${text} (${limit.requestsPerUnit} per ${limit.unit})`;
  });
}

test('each action makes its entry', () => {
  const one = (action: string, request?: RequestSpec, more?: Partial<RateLimitView>) =>
    entriesOf(`[{ actions: [${action}] }]`, request, more);
  const v6 = { remote: addressView('2001:db8::1', 1) };
  const socket = { remote: addressView('/run/s', 0) };
  assert.deepEqual(one('{ source_cluster: {} }'), ['source_cluster=me']);
  assert.deepEqual(one('{ destination_cluster: {} }'), ['destination_cluster=them']);
  assert.deepEqual(one('{ destination_cluster: {} }', {}, { routeCluster: '' }), []);
  assert.deepEqual(one('{ remote_address: {} }'), ['remote_address=10.1.2.3']);
  assert.deepEqual(one('{ remote_address: {} }', {}, socket), []);
  assert.deepEqual(one('{ masked_remote_address: { v4_prefix_mask_len: 16 } }'), ['masked_remote_address=10.1.0.0/16']);
  assert.deepEqual(one('{ masked_remote_address: {} }'), ['masked_remote_address=10.1.2.3/32']);
  assert.deepEqual(one('{ masked_remote_address: { v6_prefix_mask_len: 32 } }', {}, v6), [
    'masked_remote_address=2001:db8::/32',
  ]);
  const inRange =
    '{ remote_address_match: { descriptor_value: v, address_matcher: { ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }] } } }';
  assert.deepEqual(one(inRange), ['remote_address_match=v']);
  assert.deepEqual(one(inRange, {}, v6), []);
  assert.deepEqual(one(inRange.replace('ranges:', 'invert_match: true, ranges:'), {}, v6), ['remote_address_match=v']);
  assert.deepEqual(one('{ generic_key: { descriptor_value: v } }'), ['generic_key=v']);
  assert.deepEqual(one('{ generic_key: { descriptor_value: v, descriptor_key: k } }'), ['k=v']);
  const match = '{ header_value_match: { descriptor_value: v, headers: [{ name: x }] } }';
  assert.deepEqual(one(match, { headers: { x: '1' } }), ['header_match=v']);
  assert.deepEqual(one(match), []);
  assert.deepEqual(
    one('{ header_value_match: { descriptor_value: v, expect_match: false, headers: [{ name: x }] } }'),
    ['header_match=v'],
  );
  const query =
    '{ query_parameter_value_match: { descriptor_value: v, query_parameters: [{ name: q, string_match: { exact: a b } }] } }';
  assert.deepEqual(one(query, { path: '/?q=a%20b' }), ['query_match=v']);
  assert.deepEqual(one(query, { path: '/?q=ab' }), []);
});

test('headers and metadata that are missing end the descriptor, or are left out', () => {
  const two = (action: string, request?: RequestSpec, more?: Partial<RateLimitView>) =>
    entriesOf(`[{ actions: [{ generic_key: { descriptor_value: v } }, ${action}] }]`, request, more);
  const header = '{ request_headers: { header_name: X-User, descriptor_key: user } }';
  assert.deepEqual(two(header, { headers: { 'x-user': 'ann' } }), ['generic_key=v user=ann']);
  assert.deepEqual(two(header), []);
  assert.deepEqual(two('{ request_headers: { header_name: x, descriptor_key: u, skip_if_absent: true } }'), [
    'generic_key=v',
  ]);
  const key = 'metadata_key: { key: f, path: [{ key: a }, { key: b }] }';
  const metadata = { f: { a: { b: 'deep' } } };
  assert.deepEqual(two(`{ metadata: { descriptor_key: m, ${key} } }`, {}, { dynamicMetadata: metadata }), [
    'generic_key=v m=deep',
  ]);
  assert.deepEqual(
    two(`{ metadata: { descriptor_key: m, source: ROUTE_ENTRY, ${key} } }`, {}, { routeMetadata: metadata }),
    ['generic_key=v m=deep'],
  );
  assert.deepEqual(two(`{ metadata: { descriptor_key: m, ${key} } }`), []);
  assert.deepEqual(two(`{ metadata: { descriptor_key: m, default_value: d, ${key} } }`), ['generic_key=v m=d']);
  assert.deepEqual(two(`{ metadata: { descriptor_key: m, skip_if_absent: true, ${key} } }`), ['generic_key=v']);
  assert.deepEqual(two(`{ dynamic_metadata: { descriptor_key: m, ${key} } }`, {}, { dynamicMetadata: metadata }), [
    'generic_key=v m=deep',
  ]);
});

test('stages are apart, and metadata may bring another limit', () => {
  const limits = `[
    { stage: 1, actions: [{ generic_key: { descriptor_value: one } }] },
    { actions: [{ generic_key: { descriptor_value: zero } }], limit: { dynamic_metadata: { metadata_key: { key: l, path: [{ key: o }] } } } }
  ]`;
  assert.deepEqual(entriesOf(limits, {}, {}, 1), ['generic_key=one']);
  assert.deepEqual(entriesOf(limits), ['generic_key=zero']);
  const withLimit = (o: object) => entriesOf(limits, {}, { dynamicMetadata: { l: { o } } });
  assert.deepEqual(withLimit({ requests_per_unit: 42.9, unit: 'HOUR' }), ['generic_key=zero (42 per HOUR)']);
  assert.deepEqual(withLimit({ requests_per_unit: '42', unit: 'HOUR' }), ['generic_key=zero']);
  assert.deepEqual(withLimit({ requests_per_unit: 42, unit: 'FORTNIGHT' }), ['generic_key=zero']);
});

test('a limit may stand beside the actions', () => {
  const stated = '{ rate_limit: { requests_per_unit: 7, unit: MINUTE } }';
  assert.deepEqual(entriesOf(`[{ actions: [{ generic_key: { descriptor_value: v } }], limit: ${stated} }]`), [
    'generic_key=v (7 per MINUTE)',
  ]);
});

test('query parameters make entries', () => {
  const limits = (more = '') =>
    `[{ actions: [{ source_cluster: {} }, { query_parameters: { query_parameter_name: q, descriptor_key: k${more} } }] }]`;
  assert.deepEqual(entriesOf(limits(), { path: '/?a=1&q=a%20b&q=2' }), ['source_cluster=me k=a b']);
  assert.deepEqual(entriesOf(limits(), { path: '/?a=1' }), []);
  assert.deepEqual(entriesOf(limits(', skip_if_absent: true'), { path: '/' }), ['source_cluster=me']);
});

test('keys of metadata lead into lists by number', () => {
  const limits = (segment: string) =>
    `[{ actions: [{ metadata: { descriptor_key: m, metadata_key: { key: f, path: [{ key: a }, ${segment}] } } }] }]`;
  const view = { dynamicMetadata: { f: { a: ['zero', 'one'] } } };
  assert.deepEqual(entriesOf(limits('{ index: 1 }'), {}, view), ['m=one']);
  assert.deepEqual(entriesOf(limits('{ index: 2 }'), {}, view), []);
  assert.deepEqual(entriesOf(limits('{ key: length }'), {}, view), []);
  assert.deepEqual(entriesOf(limits('{ index: 0 }'), {}, { dynamicMetadata: { f: { a: { 0: 'no list' } } } }), []);
});

test('what is refused', () => {
  const cases: [string, string][] = [
    ['[{ stage: 11, actions: [{ source_cluster: {} }] }]', 'r.rate_limits[0].stage'],
    ['[{ actions: [] }]', 'r.rate_limits[0]'],
    ['[{ actions: [{}] }]', 'r.rate_limits[0].actions[0]'],
    ['[{ actions: [{ extension: { name: expr } }] }]', 'r.rate_limits[0].actions[0].extension'],
    [
      '[{ actions: [{ masked_remote_address: { v4_prefix_mask_len: 33 } }] }]',
      'r.rate_limits[0].actions[0].masked_remote_address',
    ],
    [
      '[{ actions: [{ source_cluster: {} }], limit: { rate_limit: { unit: 9 } } }]',
      'r.rate_limits[0].limit.rate_limit',
    ],
    ['[{ actions: [{ metadata: { descriptor_key: k } }] }]', 'r.rate_limits[0].actions[0].metadata'],
  ];
  for (const [text, path] of cases) assert.equal(compile(text).problems[0]?.path, path, text);
});
