import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessLog } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { headerSource, NO_TIMINGS, responseView, streamView } from '../format/test-support/stream-view.ts';
import { EMPTY_RUNTIME, type RuntimeSource } from '../match/fraction.ts';
import { requestView } from '../route/test-support/views.ts';
import { ResponseFlag } from '../view/response-flags.ts';
import type { StreamView } from '../view/stream-view.ts';
import { compileAccessLogs } from './access-log.ts';
import { type AccessLogRuntime, type LogMoment, logLine } from './access-log-runtime.ts';
import { compileYaml, isProblems } from './test-support/config.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.access_loggers';
const STDOUT = `typed_config: { '@type': ${TYPE}.stream.v3.StdoutAccessLog }`;

function compile(yaml: string): AccessLogRuntime | readonly string[] {
  return compileYaml<AccessLog, AccessLogRuntime>(
    'envoy.config.accesslog.v3.AccessLog',
    yaml,
    (message, path, context) => compileAccessLogs([message], path, context)?.[0],
  );
}

function log(yaml: string): AccessLogRuntime {
  const compiled = compile(yaml);
  if (isProblems(compiled)) assert.fail(compiled.join('; '));
  return compiled;
}

function problems(yaml: string): string {
  const compiled = compile(yaml);
  if (!isProblems(compiled)) assert.fail('compiled');
  return compiled.join('; ');
}

const MOMENT: LogMoment = {
  accessLogType: 'DownstreamEnd',
  localReplyBody: '',
  random: () => 50,
  runtime: EMPTY_RUNTIME,
};

/** Whether a filter lets a stream through. */
function accepts(filter: string, view: Partial<StreamView>, moment: Partial<LogMoment> = {}): boolean {
  const runtime = log(`{ name: a, filter: ${filter}, ${STDOUT} }`);
  return logLine(runtime, streamView(view), { ...MOMENT, ...moment }) !== undefined;
}

/** Which of several streams a filter lets through. */
function passing(filter: string, views: Readonly<Record<string, Partial<StreamView>>>): readonly string[] {
  return Object.keys(views).filter((name) => accepts(filter, views[name]!));
}

describe('access logs', () => {
  it('go to files and to the streams of the process', () => {
    const file = log(`{ name: f, typed_config: { '@type': ${TYPE}.file.v3.FileAccessLog, path: /var/log/a } }`);
    assert.deepEqual([file.name, file.filter, file.sink], ['f', undefined, { kind: 'file', path: '/var/log/a' }]);
    assert.deepEqual(log(`{ name: a, ${STDOUT} }`).sink, { kind: 'stdout' });
    const stderr = log(`{ name: a, typed_config: { '@type': ${TYPE}.stream.v3.StderrAccessLog } }`);
    assert.deepEqual(stderr.sink, { kind: 'stderr' });
  });

  it("have Envoy's default line, or a format of their own in any of its forms", () => {
    const of = (format: string) =>
      log(
        `{ name: a, typed_config: { '@type': ${TYPE}.file.v3.FileAccessLog, path: /a, ${format} } }`,
      ).formatter.format(streamView({ responseCode: 200 }));
    assert.match(of(''), /^\[2026-03-01T09:05:07.123Z\] "GET \/ HTTP\/1.1" 200 - .*"-"\n$/);
    const cases: Readonly<Record<string, string>> = {
      "format: 'a %RESPONSE_CODE%'": 'a 200',
      "json_format: { a: '%RESPONSE_CODE%' }": '{"a":200}\n',
      "typed_json_format: { a: '%RESPONSE_CODE%' }": '{"a":200}\n',
      "log_format: { text_format: '%UPSTREAM_HOST%' }": '-',
      "log_format: { text_format: '[%UPSTREAM_HOST%]', omit_empty_values: true }": '[]',
      "log_format: { text_format_source: { inline_string: '%RESPONSE_CODE%' } }": '200',
      'log_format: { text_format_source: { filename: /body.txt } }': 'from a file',
      "log_format: { json_format: { b: '%UPSTREAM_HOST%', a: 1 }, json_format_options: { sort_properties: true } }":
        '{"a":1,"b":null}\n',
      "log_format: { json_format: { b: '%UPSTREAM_HOST%', a: 1 }, omit_empty_values: true }": '{"a":1}\n',
    };
    for (const [format, expected] of Object.entries(cases)) assert.equal(of(format), expected, format);
  });

  it('take formatters whose operators are there, and refuse others by name', () => {
    const of = (type: string) =>
      `{ name: a, typed_config: { '@type': ${TYPE}.stream.v3.StdoutAccessLog, log_format: { text_format: x,
         formatters: [{ name: f, typed_config: { '@type': type.googleapis.com/envoy.extensions.formatter.${type} } }] } } }`;
    for (const type of ['metadata.v3.Metadata', 'req_without_query.v3.ReqWithoutQuery', 'cel.v3.Cel']) log(of(type));
    const other = of('other.v3.Other');
    assert.match(problems(other), /log_format\.formatters\[0\]/);
  });

  it('say what is wrong and where', () => {
    const format = `typed_config: { '@type': ${TYPE}.stream.v3.StdoutAccessLog, log_format: { text_format: '%NOPE%' } }`;
    assert.equal(
      problems(`{ name: a, ${format} }`),
      'at[0].typed_config.log_format.text_format: at character 0: there is no operator %NOPE%',
    );
    assert.match(problems('{ name: a }'), /typed_config of access logger "a" is required/);
    const grpc = `typed_config: { '@type': ${TYPE}.grpc.v3.HttpGrpcAccessLogConfig }`;
    assert.match(problems(`{ name: a, ${grpc} }`), /is not supported: log to stdout, stderr or a file/);
    assert.match(problems(`{ name: a, filter: {}, ${STDOUT} }`), /filter/);
    assert.match(
      problems(
        `{ name: a, filter: { metadata_filter: { matcher: { filter: f, path: [{ key: k }], value: { bool_match: true }, invert: true } } }, ${STDOUT} }`,
      ),
      /invert: is not looked at in access logs/,
    );
    const cel = `extension_filter: { name: c, typed_config: { '@type': ${TYPE}.filters.cel.v3.ExpressionFilter, expression: 'nope' } }`;
    assert.match(problems(`{ name: a, filter: { ${cel} }, ${STDOUT} }`), /expression: .*nope/);
  });
});

describe('filters of access logs', () => {
  const comparison = (op: string, value: number) =>
    `{ comparison: { op: ${op}, value: { default_value: ${value}, runtime_key: limit } } }`;

  it('compare the status', () => {
    const views = {
      none: {},
      ok: { responseCode: 200 },
      missing: { responseCode: 404 },
      failed: { responseCode: 503 },
    };
    assert.deepEqual(passing(`{ status_code_filter: ${comparison('EQ', 404)} }`, views), ['missing']);
    assert.deepEqual(passing(`{ status_code_filter: ${comparison('GE', 404)} }`, views), ['missing', 'failed']);
    assert.deepEqual(passing(`{ status_code_filter: ${comparison('LE', 200)} }`, views), ['none', 'ok']);
    assert.deepEqual(passing(`{ status_code_filter: ${comparison('NE', 404)} }`, views), ['none', 'ok', 'failed']);
    const runtime: RuntimeSource = { ...EMPTY_RUNTIME, integer: (key) => (key === 'limit' ? 500 : undefined) };
    assert.equal(
      accepts(`{ status_code_filter: ${comparison('GE', 404)} }`, { responseCode: 404 }, { runtime }),
      false,
      'a runtime key overrides the limit',
    );
  });

  it('compare the duration, until now for what goes on', () => {
    const ended = (end: number) => ({ timings: { ...NO_TIMINGS, end } });
    const views = { short: ended(1_999_999), long: ended(2_000_000), running: {} };
    assert.deepEqual(passing(`{ duration_filter: ${comparison('GE', 2000)} }`, views), ['long', 'running']);
  });

  it('look at flags, headers, health checks and traces', () => {
    const views = {
      plain: {},
      flagged: { responseFlags: ResponseFlag.noHealthyUpstream },
      other: { responseFlags: ResponseFlag.rateLimited },
      post: { request: requestView({ method: 'POST' }) },
      tcp: { request: undefined },
      check: { isHealthCheck: true },
      traced: { traceId: 'abc' },
    };
    assert.deepEqual(passing('{ response_flag_filter: {} }', views), ['flagged', 'other']);
    assert.deepEqual(passing('{ response_flag_filter: { flags: [UH, NR] } }', views), ['flagged']);
    assert.deepEqual(
      passing('{ header_filter: { header: { name: ":method", string_match: { exact: POST } } } }', views),
      ['post'],
    );
    assert.deepEqual(passing('{ traceable_filter: {} }', views), ['traced']);
    assert.equal(passing('{ not_health_check_filter: {} }', views).includes('check'), false);
    assert.equal(passing('{ not_health_check_filter: {} }', views).length, 6);
  });

  it('look at gRPC statuses, with that which HTTP stands for', () => {
    const views = {
      ok: { responseTrailers: headerSource({ 'grpc-status': '0' }) },
      head: { response: responseView(200, { 'grpc-status': '14' }) },
      http: { responseCode: 503 },
      plain: { responseCode: 200 },
      none: {},
    };
    assert.deepEqual(passing('{ grpc_status_filter: { statuses: [UNAVAILABLE] } }', views), ['head', 'http']);
    assert.deepEqual(passing('{ grpc_status_filter: { statuses: [UNKNOWN] } }', views), ['plain', 'none']);
    assert.deepEqual(passing('{ grpc_status_filter: { statuses: [UNKNOWN, OK], exclude: true } }', views), [
      'head',
      'http',
    ]);
  });

  it('look at metadata', () => {
    const of = (extra: string) =>
      `{ metadata_filter: { matcher: { filter: f, path: [{ key: a }, { key: b }], value: { string_match: { exact: x } } }${extra} } }`;
    const views = {
      same: { dynamicMetadata: { f: { a: { b: 'x' } } } },
      other: { dynamicMetadata: { f: { a: { b: 'y' } } } },
      none: { dynamicMetadata: { f: { a: {} } } },
    };
    assert.deepEqual(passing(of(''), views), ['same', 'none']);
    assert.deepEqual(passing(of(', match_if_key_not_found: false'), views), ['same']);
    assert.deepEqual(passing('{ metadata_filter: {} }', views), ['same', 'other', 'none']);
  });

  it('look at the type of the line', () => {
    const of = (filter: string, accessLogType: LogMoment['accessLogType']) => accepts(filter, {}, { accessLogType });
    const filter = '{ log_type_filter: { types: [DownstreamEnd] } }';
    assert.deepEqual([of(filter, 'DownstreamEnd'), of(filter, 'DownstreamStart')], [true, false]);
    const others = '{ log_type_filter: { types: [DownstreamEnd], exclude: true } }';
    assert.deepEqual([of(others, 'DownstreamEnd'), of(others, 'DownstreamStart')], [false, true]);
  });

  it('take samples by the id of the request, or by chance', () => {
    const of = (extra: string) =>
      `{ runtime_filter: { runtime_key: share, percent_sampled: { numerator: 10 }${extra} } }`;
    // 0x0000006d is 109, which is 9 of 100; 0x0000006e is 10.
    const low = { streamId: '0000006d-89ab-4def-8123-0123456789ab' };
    const high = { streamId: '0000006e-89ab-4def-8123-0123456789ab' };
    assert.deepEqual([accepts(of(''), low), accepts(of(''), high)], [true, false]);
    assert.equal(accepts(of(', use_independent_randomness: true'), low), false, 'the random number is 50');
    assert.deepEqual([accepts(of(''), { streamId: 'zz' }), accepts(of(''), {}, { random: () => 109 })], [false, true]);
    assert.equal(accepts('{ runtime_filter: { runtime_key: share } }', low), false, 'without a share, none');
    const runtime: RuntimeSource = {
      ...EMPTY_RUNTIME,
      fraction: (key) => (key === 'share' ? { numerator: 100, denominator: 100 } : undefined),
    };
    assert.equal(accepts(of(''), high, { runtime }), true);
  });

  it('are joined', () => {
    const ge = `{ status_code_filter: ${comparison('GE', 400)} }`;
    const le = `{ status_code_filter: ${comparison('LE', 404)} }`;
    const views = { ok: { responseCode: 200 }, missing: { responseCode: 404 }, failed: { responseCode: 503 } };
    assert.deepEqual(passing(`{ and_filter: { filters: [${ge}, ${le}] } }`, views), ['missing']);
    const eq = `{ status_code_filter: ${comparison('EQ', 200)} }`;
    assert.deepEqual(passing(`{ or_filter: { filters: [${eq}, ${ge}] } }`, views), ['ok', 'missing', 'failed']);
  });

  it('are expressions, which let nothing through where they have no truth value', () => {
    const of = (expression: string) =>
      `{ extension_filter: { name: c, typed_config: { '@type': ${TYPE}.filters.cel.v3.ExpressionFilter, expression: "${expression}" } } }`;
    const views = { ok: { responseCode: 200 }, failed: { responseCode: 503 }, none: {} };
    assert.deepEqual(passing(of('response.code >= 400'), views), ['failed']);
    assert.deepEqual(passing(of('1'), views), []);
    assert.deepEqual(passing(of("request.headers['x-none'] == 'a'"), views), []);
  });
});
