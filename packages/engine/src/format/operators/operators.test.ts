import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANY_CERTIFICATE, addressView, connectionView, requestView } from '../../route/test-support/views.ts';
import { ResponseFlag } from '../../view/response-flags.ts';
import type { StreamView } from '../../view/stream-view.ts';
import { compileFormat } from '../compile-format.ts';
import { DEFAULT_LOG_FORMAT } from '../default-format.ts';
import {
  headerSource,
  NO_TIMINGS,
  responseView,
  SOURCES,
  START_US,
  streamView,
  upstreamView,
} from '../test-support/stream-view.ts';
import { FORMAT_OPERATORS, REFUSED_FORMAT_OPERATORS } from './all.ts';

function line(text: string, view: StreamView): string {
  const compiled = compileFormat(text, 'format', SOURCES);
  if (compiled.kind === 'err') assert.fail(JSON.stringify(compiled.error));
  return compiled.value.format(view);
}

function problem(text: string): string {
  const compiled = compileFormat(text, 'format', SOURCES);
  return compiled.kind === 'ok' ? 'compiled' : compiled.error.map(({ reason }) => reason).join('; ');
}

/** Every format with the line it makes for a view. */
function check(view: StreamView, cases: Readonly<Record<string, string>>): void {
  for (const [text, expected] of Object.entries(cases)) assert.equal(line(text, view), expected, text);
}

/** What comes out where nothing is known yet, other than a dash. */
const NOT_EMPTY: Readonly<Record<string, string>> = {
  BYTES_RECEIVED: '0',
  BYTES_SENT: '0',
  BYTES_RETRANSMITTED: '0',
  PACKETS_RETRANSMITTED: '0',
  RESPONSE_CODE: '0',
  UPSTREAM_REQUEST_ATTEMPT_COUNT: '0',
  UPSTREAM_CONNECTION_ID: '0',
  CONNECTION_ID: '1',
  CUSTOM_FLAGS: '',
  LOCAL_REPLY_BODY: '',
  ACCESS_LOG_TYPE: 'NotSet',
  HOSTNAME: 'node-1',
  DURATION: '2000',
};

describe('operators', () => {
  it('of any name have a text where nothing is known yet', () => {
    const view = streamView({ request: undefined, protocol: '' });
    for (const { name, param } of FORMAT_OPERATORS.values()) {
      if (param === 'required') continue;
      const isOther = /ADDRESS|PORT|TIME|UNIQUE_ID|_BYTES/.test(name);
      const expected = NOT_EMPTY[name] ?? '-';
      if (!isOther) assert.equal(line(`%${name}%`, view), expected, name);
    }
  });

  it('are either there or refused', () => {
    for (const name of REFUSED_FORMAT_OPERATORS.keys()) assert.equal(FORMAT_OPERATORS.has(name), false, name);
    assert.match(problem('%UPSTREAM_HOSTS_ATTEMPTED%'), /is not supported: only the last attempt is remembered/);
  });

  it('of headers', () => {
    const request = requestView({
      path: '/p?q=1',
      headers: { 'x-a': 'first', 'x-list': ['one', 'two'], 'x-comma': 'a, b', 'x-empty': '' },
    });
    const response = responseView(200, { 'x-b': 'from upstream' });
    const view = streamView({ request, response, responseTrailers: headerSource({ 'x-t': 'late' }) });
    check(view, {
      '%REQ(X-A)% %REQUEST_HEADER(x-a)% %STREAM_INFO_REQ(x-a)%': 'first first first',
      '%REQ(x-list)% %REQ(x-comma)%': 'one a, b',
      '[%REQ(x-empty)%] [%REQ(x-empty?x-a)%] [%REQ(x-none?x-a)%] [%REQ(?x-a)%]': '[] [] [first] [first]',
      '%REQ(x-none)% %REQ(x-none?x-neither)%': '- -',
      '%REQ(x-a):3% %REQ(x-a):0%|%REQ(x-a):99%': 'fir |first',
      '%REQ(:METHOD)% %REQ(:PATH)% %REQ(:AUTHORITY)%': 'GET /p?q=1 example.com',
      '%REQ_WITHOUT_QUERY(:path)%': '/p',
      '%RESP(x-b)% %RESPONSE_HEADER(x-b):4% %RESP(:status)%': 'from upstream from 200',
      '%TRAILER(x-t)% %RESPONSE_TRAILER(x-none)%': 'late -',
    });
    assert.match(problem('%REQ(a?b?c)%'), /names more than one other header/);
    assert.match(problem('%REQ(a b)%'), /"a b" is not a header name/);
    assert.match(problem('%REQ()%'), /needs a parameter/);
  });

  it('of the request', () => {
    const headers = { 'x-envoy-original-path': '/old?x=%20y', 'x-envoy-original-host': 'old.example' };
    const request = requestView({ path: '/new/path?a=1&b=%41%20%0A%c3%a9&a=2&%41=z', headers });
    check(streamView({ request }), {
      '%QUERY_PARAM(a)% %QUERY_PARAM(b)% %QUERY_PARAM(none)%': '1 A %0Aé -',
      '%QUERY_PARAM(b):3%': 'A %',
      '%QUERY_PARAMS%': 'a=1&b=%41%20%0A%c3%a9&a=2&%41=z',
      '%QUERY_PARAMS(DECODED)%': 'a=1&b=A%20%0A%c3%a9&a=2&A=z',
      '%PATH% %PATH(NQ)% %PATH(WQ:PATH):8% %PATH(NQ:ORIG)%': '/old?x=%20y /old /new/pat /old',
      '%REQUESTED_SERVER_NAME% %REQUESTED_SERVER_NAME(SNI_FIRST)%': '- old.example',
      '%REQUESTED_SERVER_NAME(HOST_FIRST:HOST)% %REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)%': 'example.com old.example',
    });
    const connection = { ...connectionView(), requestedServerName: 'sni.example' };
    check(streamView({ connection }), {
      '%REQUESTED_SERVER_NAME% %REQUESTED_SERVER_NAME(SNI_FIRST)%': 'sni.example sni.example',
      '%REQUESTED_SERVER_NAME(HOST_FIRST)% %REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)%': 'example.com sni.example',
      '%PATH(NQ:ORIG)% %QUERY_PARAMS%': '- -',
    });
    assert.match(problem('%PATH(X)%'), /"X" is none of WQ, NQ/);
    assert.match(problem('%REQUESTED_SERVER_NAME:3%'), /takes no length/);
    assert.match(problem('%QUERY_PARAMS(X)%'), /"X" is none of ORIG, DECODED/);
  });

  it('of the stream', () => {
    const view = streamView({
      responseCode: 503,
      responseCodeDetails: 'upstream reset {a\tb}',
      connectionTerminationDetails: 'idle timeout',
      responseFlags: ResponseFlag.upstreamOverflow | ResponseFlag.noHealthyUpstream,
      bytesReceived: 10,
      bytesSent: 20,
      routeName: 'r',
      filterChainName: 'c',
      streamId: 'id-1',
      virtualClusterName: 'vc',
      traceId: 't1',
      spanId: 's1',
    });
    check(view, {
      '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG%': '503 UH,UO NoHealthyUpstream,UpstreamOverflow',
      '%RESPONSE_CODE_DETAILS%': 'upstream_reset_{a_b}',
      '%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%': 'upstream reset {a\tb}',
      '%CONNECTION_TERMINATION_DETAILS% %BYTES_RECEIVED%/%BYTES_SENT%': 'idle timeout 10/20',
      '%ROUTE_NAME% %FILTER_CHAIN_NAME% %STREAM_ID% %VIRTUAL_CLUSTER_NAME% %TRACE_ID% %SPAN_ID%': 'r c id-1 vc t1 s1',
    });
  });

  it('of times and durations', () => {
    const timings = {
      ...NO_TIMINGS,
      lastDownstreamRxByte: 1500,
      lastUpstreamTxByte: 2600,
      firstUpstreamRxByte: 5900,
      lastDownstreamTxByte: 9999,
      downstreamHandshakeComplete: 700,
      upstreamPoolRequest: 1000,
      upstreamPoolReady: 4500,
      end: 10_001,
    };
    check(streamView({ timings }), {
      '%START_TIME% %START_TIME(%s.%6f)%': '2026-03-01T09:05:07.123Z 1772355907.123456',
      '%EMIT_TIME% %EMIT_TIME(%S)%': '2026-03-01T09:05:09.123Z 09',
      '%DURATION% %REQUEST_DURATION% %REQUEST_TX_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION%': '10 1 2 5 4',
      '%DOWNSTREAM_HANDSHAKE_DURATION% %UPSTREAM_CONNECTION_POOL_READY_DURATION% %ROUNDTRIP_DURATION%': '0 3 -',
      '%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)% %COMMON_DURATION(DS_RX_BEG:DS_TX_END)%': '9999 9',
      '%COMMON_DURATION(US_RX_BEG:DS_TX_END:ns)% %COMMON_DURATION(DS_TX_END:US_RX_BEG:us)%': '4099000 -',
      '%COMMON_DURATION(DS_CX_BEG:DS_CX_END:us)% %COMMON_DURATION(US_CX_BEG:US_CX_END)%': '- -',
    });
    check(streamView({ timings, protocol: '' }), { '%COMMON_DURATION(DS_CX_BEG:DS_CX_END:us)%': '10001' });
    assert.match(problem('%START_TIME(%Y%n)%'), /%n would begin a new line/);
    assert.match(problem('%START_TIME(%Q)%'), /"%Q" is no conversion of a date/);
    assert.match(problem('%COMMON_DURATION(a:b)%'), /"a" is no time point; there are DS_CX_BEG/);
    assert.match(problem('%COMMON_DURATION(DS_RX_BEG:DS_TX_END:s)%'), /"s" is none of ms, us, ns/);
  });

  it('of addresses', () => {
    const connection = { ...connectionView(), directRemote: addressView('fd00:1:2:3::9', 77) };
    const view = streamView({ connection, remote: addressView('192.0.2.77', 5), upstream: upstreamView() });
    check(view, {
      '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%':
        '192.0.2.77:5 192.0.2.77 5',
      '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(24)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(0)%':
        '192.0.2.0/24 0.0.0.0/0',
      '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT(48)%':
        '[fd00:1:2:3::9]:77 fd00:1:2::/48',
      '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(64)%': '-',
      '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_PORT% %DOWNSTREAM_DIRECT_LOCAL_ADDRESS%':
        '10.0.0.2:80 80 10.0.0.2:80',
      '%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %UPSTREAM_REMOTE_PORT%': '10.0.0.9:8080 10.0.0.9:8080 8080',
      '%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT%': '10.0.0.2 40000',
      '%UPSTREAM_HOST_NAME% %UPSTREAM_HOST_NAME_WITHOUT_PORT%': 'backend.example:8080 backend.example',
      '%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW%': 'backend-stats backend',
      '%UPSTREAM_PROTOCOL% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %UPSTREAM_CONNECTION_ID%': 'HTTP/2 1 7',
    });
    check(streamView({ upstream: upstreamView({ local: undefined }) }), {
      '%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %UPSTREAM_REMOTE_PORT%': '10.0.0.9:8080 - -',
    });
    const pipe = { text: '/run/a.sock', host: '/run/a.sock', port: 0, ip: undefined };
    check(streamView({ remote: pipe, upstream: upstreamView({ hostName: '' }) }), {
      '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_PORT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(8)%':
        '/run/a.sock - -',
      '%UPSTREAM_HOST_NAME% %UPSTREAM_HOST_NAME_WITHOUT_PORT%': '10.0.0.9:8080 10.0.0.9',
    });
    assert.match(problem('%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(x)%'), /"x" is no prefix length/);
  });

  it('of TLS', () => {
    const peer = {
      ...ANY_CERTIFICATE,
      uriSans: ['spiffe://a/b', 'spiffe://a/c'],
      dnsSans: ['a.example'],
      subject: 'CN=client',
      issuer: 'CN=ca',
      serialNumber: '0a',
      sha256Fingerprint: 'ff'.repeat(32),
      validFromMs: Date.UTC(2025, 0, 2),
      validToMs: Date.UTC(2030, 0, 2),
      urlEncodedPem: '-----BEGIN%20',
    };
    const connection = connectionView({ peer, sessionId: 'ab' });
    check(streamView({ connection }), {
      '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% %DOWNSTREAM_TLS_SESSION_ID%':
        'TLSv1.3 TLS_AES_128_GCM_SHA256 ab',
      '%DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_PEER_DNS_SAN% %DOWNSTREAM_PEER_IP_SAN%':
        'spiffe://a/b,spiffe://a/c a.example -',
      '%DOWNSTREAM_PEER_SUBJECT% %DOWNSTREAM_PEER_ISSUER% %DOWNSTREAM_PEER_SERIAL%': 'CN=client CN=ca 0a',
      '%DOWNSTREAM_PEER_FINGERPRINT_256% %DOWNSTREAM_PEER_CERT%': `${'ff'.repeat(32)} -----BEGIN%20`,
      '%DOWNSTREAM_PEER_CERT_V_START% %DOWNSTREAM_PEER_CERT_V_END(%Y-%m-%d)%': '2025-01-02T00:00:00.000Z 2030-01-02',
      '%DOWNSTREAM_LOCAL_SUBJECT% %UPSTREAM_TLS_VERSION% %UPSTREAM_PEER_CERT_V_START%': '- - -',
    });
  });

  it('of metadata and filter state', () => {
    const metadata = { 'com.a': { text: 'héllo', n: 1.5, yes: true, none: null, obj: { z: [1, 'x'], a: 'q"' } } };
    const view = streamView({
      dynamicMetadata: metadata,
      routeMetadata: metadata,
      upstream: upstreamView({ clusterMetadata: metadata }),
      filterState: (key) => (key === 'k' ? 'a"b' : undefined),
    });
    check(view, {
      '%DYNAMIC_METADATA(com.a:text)% %DYNAMIC_METADATA(com.a:text):2% %DYNAMIC_METADATA(com.a:n)%': 'héllo hé 1.5',
      '%DYNAMIC_METADATA(com.a:yes)% %DYNAMIC_METADATA(com.a:none)% %DYNAMIC_METADATA(com.a:no)%': 'true - -',
      '%DYNAMIC_METADATA(com.a:obj)% %DYNAMIC_METADATA(com.a:obj:a)%': '{"a":"q\\"","z":[1,"x"]} q"',
      '%DYNAMIC_METADATA(__proto__)% %DYNAMIC_METADATA(com.a:text:deeper)% %DYNAMIC_METADATA(other)%': '- - -',
      '%METADATA(ROUTE:com.a:n)% %CLUSTER_METADATA(com.a:n)% %METADATA(CLUSTER:com.a:n)%': '1.5 1.5 1.5',
      '%METADATA(ROUTE)% %METADATA(VIRTUAL_HOST:com.a)% %UPSTREAM_METADATA(com.a)%': '- - -',
      '%FILTER_STATE(k:PLAIN)% %FILTER_STATE(k)% %FILTER_STATE(k:TYPED):3% %FILTER_STATE(x)%': 'a"b "a\\"b" "a\\ -',
    });
    const json = '{"headers":[{"key":":status","value":"200"},{"key":"x-a","value":"1"}]}';
    const key = 'envoy.tcp_proxy.propagate_response_headers';
    check(streamView({ filterState: (name) => (name === key ? json : undefined) }), {
      [`%FILTER_STATE(${key}:TYPED)% %FILTER_STATE(${key}:FIELD:x-a)% %FILTER_STATE(${key}:PLAIN)%`]: `${json} 1 -`,
      [`%FILTER_STATE(${key}:FIELD:x-b)%`]: '-',
    });
    const counts = 'envoy.filters.http.grpc_stats';
    check(streamView({ filterState: (name) => (name === counts ? '{"responseMessageCount":"2"}' : undefined) }), {
      [`%FILTER_STATE(${counts})% %FILTER_STATE(${counts}:PLAIN)%`]: '{"responseMessageCount":"2"} 0,2',
      [`%FILTER_STATE(${counts}:FIELD:response_message_count)%`]: '-',
    });
    assert.match(problem('%METADATA(FOO:a)%'), /"FOO" is no type of metadata here; there are DYNAMIC/);
    assert.match(problem('%FILTER_STATE(a:FIELD:b)%'), /have no fields here: use PLAIN/);
    assert.match(problem(`%FILTER_STATE(${key}:FIELD)%`), /needs the name of a field/);
    assert.match(problem('%FILTER_STATE(a:JSON)%'), /"JSON" is none of PLAIN/);
    assert.match(problem('%FILTER_STATE(:PLAIN)%'), /needs a key/);
  });

  it('of gRPC', () => {
    const request = requestView({ headers: { 'content-type': 'application/grpc+proto' } });
    const status = (text: string) => headerSource({ 'grpc-status': text });
    const cases: readonly (readonly [Partial<StreamView>, string])[] = [
      [{ request, responseTrailers: status('3') }, 'InvalidArgument INVALID_ARGUMENT 3 3'],
      [{ request, response: responseView(200, { 'grpc-status': '1' }) }, 'Canceled CANCELLED 1 1'],
      [{ request, responseCode: 503 }, 'Unavailable UNAVAILABLE 14 14'],
      [{ request, responseTrailers: status('77') }, '77 77 77 77'],
      [{ request, responseTrailers: status('x') }, '-1 -1 -1 -1'],
      [{ request }, '- - - -'],
      [{ responseTrailers: status('0') }, '- - - -'],
    ];
    const format = '%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%';
    for (const [spec, expected] of cases) assert.equal(line(format, streamView(spec)), expected);
  });

  it('of the process', () => {
    check(streamView(), {
      '%HOSTNAME% %ENVIRONMENT(ZONE)% %ENVIRONMENT(ZONE):2% %ENVIRONMENT(NONE)%': 'node-1 eu-west eu -',
      '%UNIQUE_ID%': '11111111-2222-4333-8444-555555555555',
    });
  });

  it('of expressions', () => {
    const request = requestView({ path: '/v1/a', headers: { 'x-a': 'Zo\u00c3\u00ab' } });
    check(streamView({ request, responseCode: 201 }), {
      "%CEL(response.code)% %CEL(request.path):3% %CEL(request.headers['x-a'])% %CEL(request.headers['x-b'])%":
        '201 /v1 Zoë -',
      "%CEL(request.url_path.contains('v1') && response.code > 200)% %TYPED_CEL(1.5)%": 'true 1.5',
      "%CEL(duration('90s'))% %CEL(duration('1500us'))% %CEL(timestamp('2020-01-01T00:00:00.5Z'))%":
        '1m30s 1.5ms 2020-01-01T00:00:00.5+00:00',
      "%CEL(null)% %CEL([1, 'a'])% %TYPED_CEL({'b': 1, 'a': [true]})% %CEL(request.headers)%":
        'NULL [1,"a"] {"a":[true],"b":1} -',
    });
    assert.match(problem('%CEL(nope)%'), /nope/);
    assert.match(problem('%CEL(1 +)%'), /%CEL%: /);
  });

  it('of other operators', () => {
    const view = streamView({ bytesSent: 1234 });
    check(view, {
      '%COALESCE({"operators":["UPSTREAM_HOST","BYTES_SENT"]})%': '1234',
      '%COALESCE({"operators":["REQUESTED_SERVER_NAME",{"command":"REQ","param":":authority","max_length":3}]})%':
        'exa',
      '%COALESCE({"operators":[{"command":"REQ","param":":authority"}]}):5%': 'examp',
      '%COALESCE({"operators":["CUSTOM_FLAGS","UPSTREAM_HOST"]})%': '-',
    });
    assert.match(problem('%COALESCE(x)%'), /needs \{"operators"/);
    assert.match(problem('%COALESCE({"operators":[]})%'), /needs \{"operators"/);
    assert.match(problem('%COALESCE({"operators":["NOPE"]})%'), /operators\[0\]: there is no operator %NOPE%/);
    assert.match(
      problem('%COALESCE({"operators":[{"command":"COALESCE","param":"x"}]})%'),
      /may not be %COALESCE% again/,
    );
    assert.match(
      problem('%COALESCE({"operators":[{"command":"REQ","param":"a","max_length":0}]})%'),
      /whole number above 0/,
    );
  });

  it("make Envoy's default line", () => {
    const headers = { 'user-agent': 'curl/8.0', 'x-request-id': 'abc', 'x-envoy-original-path': '/orig' };
    const view = streamView({
      request: requestView({ method: 'POST', path: '/rewritten', headers }),
      response: responseView(200, { 'x-envoy-upstream-service-time': '3' }),
      responseCode: 200,
      bytesReceived: 5,
      bytesSent: 6,
      startTimeUs: START_US,
      timings: { ...NO_TIMINGS, end: 7000 },
      upstream: upstreamView(),
    });
    assert.equal(
      line(DEFAULT_LOG_FORMAT, view),
      '[2026-03-01T09:05:07.123Z] "POST /orig HTTP/1.1" 200 - 5 6 7 3 "-" "curl/8.0" "abc" "example.com" "10.0.0.9:8080"\n',
    );
  });
});
