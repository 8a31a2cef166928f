import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { LocalLimiter } from '../../rate-limit/local-limiter.ts';
import { findRoute } from '../../route/find-route.ts';
import { compileYaml } from '../../route/test-support/compile.ts';
import { streamView } from '../../route/test-support/header-bag.ts';
import { addressView, connectionView, requestView, routeInput } from '../../route/test-support/views.ts';
import { TraceLog } from '../../trace/trace.ts';
import { compileFilter, filterProblems } from '../test-support/compile.ts';
import { decideLocalRateLimit, localDescriptors } from './decide-local-ratelimit.ts';
import { LOCAL_RATELIMIT_FILTER, type LocalRateLimitRuntime } from './local-ratelimit.ts';

const BUCKET = '{ max_tokens: 1, fill_interval: 60s }';
const compile = (text: string) =>
  compileFilter<LocalRateLimitRuntime>(LOCAL_RATELIMIT_FILTER, `{ stat_prefix: s, ${text} }`);

/** Which descriptors a request has whose route and virtual host have limits, or not. */
function keysOf(more: string, routeLimits: string, hostLimits: string): string[] {
  const runtime = compile(`descriptors: [{ entries: [{ key: k, value: v }], token_bucket: ${BUCKET} }], ${more}`);
  const config = compileYaml(`
    virtual_hosts:
    - { name: h, domains: ['*'], rate_limits: [${hostLimits}], routes: [{ match: { prefix: / }, route: { cluster: c, ${routeLimits} } }] }
  `);
  const request = requestView();
  const { route, virtualHost } = findRoute(config, request, connectionView(), routeInput());
  const remote = addressView('1.2.3.4', 5);
  const stream = streamView(request);
  const view = {
    request,
    stream,
    remote,
    localCluster: 'me',
    routeCluster: 'c',
    dynamicMetadata: {},
    routeMetadata: {},
  };
  return localDescriptors(runtime, route, virtualHost, view).map(({ entries }) =>
    entries.map(({ value }) => value).join(),
  );
}

/** How much a request counts by a limit of the filter; undefined where it makes no descriptor. */
function hitsBy(addend: string, value?: string): number | undefined {
  const own = `rate_limits: [{ actions: [{ generic_key: { descriptor_value: v } }], hits_addend: ${addend} }]`;
  const runtime = compile(`descriptors: [{ entries: [{ key: k, value: v }], token_bucket: ${BUCKET} }], ${own}`);
  const request = requestView({ headers: value === undefined ? {} : { 'x-hits': value } });
  const stream = streamView(request);
  const remote = addressView('1.2.3.4', 5);
  const view = { request, stream, remote, localCluster: '', routeCluster: '', dynamicMetadata: {}, routeMetadata: {} };
  return localDescriptors(runtime, undefined, undefined, view)[0]?.hits;
}

const limit = (value: string, more = '') => `{ actions: [{ generic_key: { descriptor_value: ${value} } }], ${more} }`;
const OWN = `rate_limits: [${limit('route')}]`;

describe('local rate limits', () => {
  const cases: readonly (readonly [string, string, string, string, string[]])[] = [
    ['of the route instead of the host', '', OWN, limit('host'), ['route']],
    ['of the host where the route has none', '', '', limit('host'), ['host']],
    ['of both where the filter says so', 'vh_rate_limits: INCLUDE', OWN, limit('host'), ['route', 'host']],
    ['of both where the route says so', '', `${OWN}, include_vh_rate_limits: true`, limit('host'), ['route', 'host']],
    ['of the route alone', 'vh_rate_limits: IGNORE', '', limit('host'), []],
    ['of another stage', 'stage: 1', OWN, limit('host', 'stage: 1'), []],
    ['of this stage', 'stage: 1', `rate_limits: [${limit('route', 'stage: 1')}]`, '', ['route']],
    ['of the filter, if it has some', `rate_limits: [${limit('filter')}]`, OWN, limit('host'), ['filter']],
    ['that may be switched off', '', `rate_limits: [${limit('route', 'disable_key: x')}]`, '', []],
  ];
  for (const [name, more, own, host, expected] of cases) {
    it(`have the descriptors ${name}`, () => assert.deepEqual(keysOf(more, own, host), expected));
  }

  it('count a request as often as it is said, by a number or by what the request brings', () => {
    assert.equal(hitsBy('{ number: 4 }'), 4);
    assert.equal(hitsBy('{}'), 1);
    const values = ['3', '2.9', '0', '-1', 'x', '', undefined];
    assert.deepEqual(
      values.map((value) => hitsBy("{ format: '%REQ(x-hits)%' }", value)),
      [3, 2, 0, undefined, undefined, undefined, undefined],
    );
  });

  it('are off unless they are switched on, and count only unless they are enforced', () => {
    const shares = (enabled: number, enforced: number) =>
      compile(
        `token_bucket: ${BUCKET}, filter_enabled: { default_value: { numerator: ${enabled} } }, filter_enforced: { default_value: { numerator: ${enforced} } }`,
      );
    const decide = (runtime: LocalRateLimitRuntime, ...draws: number[]) => {
      const limiter = new LocalLimiter(runtime.limits, 0);
      const input = { nowMs: 0, runtime: EMPTY_RUNTIME };
      decideLocalRateLimit(runtime, limiter, [], { ...input, random: () => 0 });
      return decideLocalRateLimit(runtime, limiter, [], { ...input, random: () => draws.shift()! });
    };
    assert.equal(decide(compile(`token_bucket: ${BUCKET}`)).kind, 'disabled');
    assert.equal(decide(shares(50, 50), 50).kind, 'disabled');
    const passed = decide(shares(50, 50), 49, 50);
    assert.equal(passed.kind === 'limited' && passed.isEnforced, false);
    const denied = decide(shares(50, 50), 49, 49);
    assert.equal(denied.kind === 'limited' && denied.isEnforced, true);
  });

  it('say how much is left', () => {
    const trace = new TraceLog();
    const runtime = compile(`token_bucket: ${BUCKET}, filter_enabled: { default_value: { numerator: 100 } }`);
    const limiter = new LocalLimiter(runtime.limits, 0);
    decideLocalRateLimit(runtime, limiter, [], { nowMs: 0, random: () => 0, runtime: EMPTY_RUNTIME }, trace);
    assert.deepEqual(trace.steps, [{ kind: 'rate_limit', name: 's', outcome: 'matched', why: '0 of 1 tokens left' }]);
  });

  it('answer with an error only', () => {
    assert.deepEqual([compile('status: { code: OK }').status, compile('status: { code: 503 }').status], [429, 503]);
  });

  const refused: readonly (readonly [string, string, string])[] = [
    [
      'an interval that is too short',
      '{ stat_prefix: s, token_bucket: { max_tokens: 1, fill_interval: 0.01s } }',
      'f.token_bucket.fill_interval',
    ],
    ['no tokens', '{ stat_prefix: s, token_bucket: { fill_interval: 1s } }', 'f.token_bucket.max_tokens'],
    ['no prefix', '{}', 'f'],
    [
      'the same descriptor twice',
      `{ stat_prefix: s, descriptors: [{ entries: [{ key: a, value: b }], token_bucket: ${BUCKET} }, { entries: [{ key: a, value: b }], token_bucket: ${BUCKET} }] }`,
      'f.descriptors[1].entries',
    ],
    [
      'a stage within the filter',
      `{ stat_prefix: s, rate_limits: [{ stage: 1, actions: [{ remote_address: {} }] }] }`,
      'f.rate_limits[0].stage',
    ],
  ];
  for (const [name, text, place] of refused) {
    it(`refuse ${name}`, () => assert.equal(filterProblems(LOCAL_RATELIMIT_FILTER, text)[0]?.path, place));
  }

  it('need a bucket on a route', () => {
    const [problem] = filterProblems(LOCAL_RATELIMIT_FILTER.route as never, '{ stat_prefix: s }');
    assert.equal(problem?.reason, 'token_bucket is required');
  });
});
