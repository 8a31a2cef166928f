import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';
import { requestView, runtimeOf } from '../../route/test-support/views.ts';
import { TraceLog } from '../../trace/trace.ts';
import { compileFilter, filterProblems } from '../test-support/compile.ts';
import { FAULT_FILTER, type FaultRuntime } from './fault.ts';
import { type FaultInput, planFault } from './plan-fault.ts';

const ALL = 'percentage: { numerator: 100 }';
const compile = (text: string) => compileFilter<FaultRuntime>(FAULT_FILTER, text);

function plan(text: string, headers: Readonly<Record<string, string>> = {}, input: Partial<FaultInput> = {}) {
  const given = { random: () => 0, runtime: EMPTY_RUNTIME, routeCluster: 'c', activeFaults: 0, ...input };
  return planFault(compile(text), requestView({ headers }), given);
}

describe('faults', () => {
  it('happen independently of each other', () => {
    const text =
      'delay: { fixed_delay: 2s, percentage: { numerator: 50 } }, abort: { http_status: 503, percentage: { numerator: 50 } }';
    const draws = (...values: number[]) =>
      plan(text.replace(/^/, '{').replace(/$/, '}'), {}, { random: () => values.shift() ?? 0 });
    assert.equal(draws(10, 90).delayMs, 2000);
    assert.equal(draws(10, 90).abort, undefined);
    assert.deepEqual(draws(90, 10).abort, { kind: 'http', status: 503 });
    assert.equal(draws(90, 10).delayMs, undefined);
  });

  it('follow the headers of a request within the share that is configured', () => {
    const text = '{ delay: { header_delay: {}, percentage: { numerator: 60 } } }';
    const header = { 'x-envoy-fault-delay-request': '250' };
    const share = (value: string) => ({ ...header, 'x-envoy-fault-delay-request-percentage': value });
    assert.equal(plan(text, header, { random: () => 59 }).delayMs, 250);
    assert.equal(plan(text, share('10'), { random: () => 10 }).delayMs, undefined);
    assert.equal(plan(text, share('10'), { random: () => 9 }).delayMs, 250);
    assert.equal(plan(text, share('90'), { random: () => 60 }).delayMs, undefined);
  });

  it('slow responses down', () => {
    const text = `{ response_rate_limit: { header_limit: {}, ${ALL} } }`;
    assert.equal(plan(text, { 'x-envoy-fault-throughput-response': '64' }).rateKbps, 64);
    assert.equal(plan(text, { 'x-envoy-fault-throughput-response': '0' }).rateKbps, undefined);
    assert.equal(plan(`{ response_rate_limit: { fixed_limit: { limit_kbps: 5 }, ${ALL} } }`).rateKbps, 5);
  });

  it('are overridden by runtime keys, those of the client first', () => {
    const text = `{ delay: { fixed_delay: 1s }, abort: { http_status: 500, ${ALL} } }`;
    const runtime = runtimeOf({
      'fault.http.delay.fixed_delay_percent': 100,
      'fault.http.delay.fixed_duration_ms': 7,
      'fault.http.abort.http_status': 599,
      'fault.http.front.delay.fixed_delay_percent': 100,
      'fault.http.front.delay.fixed_duration_ms': 9,
      'fault.http.front.abort.abort_percent': 0,
    });
    assert.equal(plan(text).delayMs, undefined);
    assert.equal(plan(text, {}, { runtime }).delayMs, 7);
    assert.deepEqual(plan(text, {}, { runtime }).abort, { kind: 'http', status: 599 });
    const front = plan(text, { 'x-envoy-downstream-service-cluster': 'front' }, { runtime });
    assert.deepEqual([front.delayMs, front.abort, front.downstreamCluster], [9, undefined, 'front']);
  });

  it('are for some requests only', () => {
    const text = `{ abort: { grpc_status: 14, ${ALL} }, upstream_cluster: c, downstream_nodes: [n], headers: [{ name: x }] }`;
    const headers = { x: '1', 'x-envoy-downstream-service-node': 'n' };
    assert.deepEqual(plan(text, headers).abort, { kind: 'grpc', status: 14 });
    assert.equal(plan(text, headers, { routeCluster: 'd' }).abort, undefined);
    assert.equal(plan(text, { ...headers, 'x-envoy-downstream-service-node': 'm' }).abort, undefined);
    assert.equal(plan(text, { 'x-envoy-downstream-service-node': 'n' }).abort, undefined);
  });

  it('stop where there are too many; who waits already may be answered', () => {
    const text = `{ delay: { fixed_delay: 1s, ${ALL} }, abort: { http_status: 500, ${ALL} }, max_active_faults: 1 }`;
    assert.deepEqual(plan(text).abort, { kind: 'http', status: 500 });
    const full = plan(text, {}, { activeFaults: 1 });
    assert.deepEqual([full.delayMs, full.abort, full.isActive, full.overflows], [undefined, undefined, false, 2]);
  });

  it('say what was done and why not', () => {
    const trace = new TraceLog();
    const input = { random: () => 0, runtime: EMPTY_RUNTIME, routeCluster: 'd', activeFaults: 0 };
    planFault(compile('{ upstream_cluster: c }'), requestView(), input, trace);
    planFault(compile(`{ delay: { fixed_delay: 1s, ${ALL} } }`), requestView(), input, trace);
    assert.deepEqual(
      trace.steps.map(({ why }) => why),
      ['not routed to cluster c', '1000 ms'],
    );
  });

  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    ['a delay of nothing', '{ delay: { fixed_delay: 0s } }', 'f.delay.fixed_delay', /greater than 0s/],
    ['no kind of delay', '{ delay: {} }', 'f.delay', /fixed_delay or header_delay is required/],
    ['a status that is none', '{ abort: { http_status: 99 } }', 'f.abort.http_status', /from 200 to 599, not 99/],
    [
      'a limit of nothing',
      '{ response_rate_limit: { fixed_limit: {} } }',
      'f.response_rate_limit.fixed_limit.limit_kbps',
      /at least 1/,
    ],
    ['a bad header', "{ headers: [{ name: '' }] }", 'f.headers[0].name', /./],
  ];
  for (const [name, text, place, reason] of refused) {
    it(`refuse ${name}`, () => {
      const [problem] = filterProblems(FAULT_FILTER, text);
      assert.equal(problem?.path, place);
      assert.match(problem?.reason ?? '', reason);
    });
  }
});
