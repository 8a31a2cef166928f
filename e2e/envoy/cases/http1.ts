import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, response, send, talk } from '../exchanges.ts';

const ROUTES = '- { match: { prefix: / }, route: { cluster: echo } }';
const GET = 'GET / HTTP/1.1\r\nhost: test.local\r\n\r\n';

function answer(text: string): string {
  return `x-answer-raw: ${Buffer.from(text, 'latin1').toString('base64')}\r\n`;
}

function answered(name: string, text: string, options: { method?: string; listener?: string } = {}) {
  const { method = 'GET', ...rest } = options;
  return talk(name, [send(`${method} / HTTP/1.1\r\nhost: test.local\r\n${answer(text)}\r\n`), response(method)], rest);
}

/** HTTP/1 as it is meant: bodies, trailers, interim answers, versions, connections. */
export const http1: EnvoyCase = {
  name: 'http1',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: { routes: ROUTES },
      trailers: {
        routes: ROUTES.replace('echo', 'echo-trailers'),
        hcm: 'http_protocol_options: { enable_trailers: true }',
      },
      '1.0': {
        routes: ROUTES,
        hcm: 'http_protocol_options: { accept_http_10: true, default_host_for_http_10: default.local }',
      },
      expect: { routes: ROUTES, hcm: 'proxy_100_continue: true' },
      proper: { routes: ROUTES, hcm: 'http_protocol_options: { header_key_format: { proper_case_words: {} } }' },
      kept: {
        routes: ROUTES.replace('echo', 'echo-kept'),
        hcm: `http_protocol_options: { header_key_format: { stateful_formatter: { name: f, typed_config: { '@type': envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig } } } }`,
      },
      'no-chunks': { routes: ROUTES, hcm: 'http_protocol_options: { allow_chunked_length: true }' },
      methods: { routes: ROUTES, hcm: 'http_protocol_options: { allow_custom_methods: true }' },
      underscore: {
        routes: ROUTES,
        hcm: 'common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }',
      },
      'underscore-drop': {
        routes: ROUTES,
        hcm: 'common_http_protocol_options: { headers_with_underscores_action: DROP_HEADER }',
      },
    },
    clusters: {
      echo: 'echo',
      'echo-trailers': { backends: 'echo', more: protocol('http_protocol_options: { enable_trailers: true }') },
      'echo-kept': {
        backends: 'echo',
        more: protocol(
          `http_protocol_options: { header_key_format: { stateful_formatter: { name: f, typed_config: { '@type': envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig } } } }`,
        ),
      },
    },
  }),
  exchanges: [
    talk('two requests after each other', [send(GET), response(), send(GET), response()], { logs: 2 }),
    raw('two requests at once', GET + GET, { responses: 2, logs: 2 }),
    raw('empty lines before a request', `\r\n\r\n${GET}`),
    raw('empty lines between requests', `${GET}\r\n${GET}`, { responses: 2, logs: 2 }),
    raw('lines ended by LF', 'GET / HTTP/1.1\nhost: test.local\n\n'),
    request('content-length', '/', { method: 'POST', body: 'hello' }),
    raw(
      'chunks',
      'POST / HTTP/1.1\r\nhost: test.local\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6; ext=1\r\n world\r\n0\r\n\r\n',
    ),
    raw(
      'trailers are dropped',
      'POST / HTTP/1.1\r\nhost: test.local\r\ntrailer: x-t\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-t: 1\r\n\r\n',
    ),
    raw(
      'trailers',
      'POST / HTTP/1.1\r\nhost: test.local\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\nx-u: 2\r\n\r\n',
      { listener: 'trailers' },
    ),
    request('trailers of the response', '/', { listener: 'trailers', headers: { 'x-answer-trailers': 'x-t=1|x-u=2' } }),
    request('trailers of the response are dropped', '/', { headers: { 'x-answer-trailers': 'x-t=1' } }),
    request('HEAD', '/', { method: 'HEAD' }),
    answered('HEAD with chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', { method: 'HEAD' }),
    answered('HEAD without a length', 'HTTP/1.1 200 OK\r\n\r\n', { method: 'HEAD' }),
    request('204', '/', { headers: { 'x-answer': '204' } }),
    answered('204 with a length', 'HTTP/1.1 204 No\r\ncontent-length: 0\r\n\r\n'),
    request('304', '/', { headers: { 'x-answer': '304' } }),
    answered('304 with a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\netag: a\r\n\r\n'),
    answered('205', 'HTTP/1.1 205 Reset\r\ncontent-length: 0\r\n\r\n'),
    answered('a body until the end', 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it'),
    answered('HTTP/1.0 from the upstream', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi'),
    answered('no reason phrase', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi'),
    answered('an odd reason phrase', 'HTTP/1.1 299 Very Odd\r\ncontent-length: 2\r\n\r\nhi'),
    answered('an odd status', 'HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\nhi'),
    answered('a status of two digits', 'HTTP/1.1 99 Odd\r\ncontent-length: 2\r\n\r\nhi'),
    answered('garbage from the upstream', 'garbage\r\n\r\n'),
    answered('a bad header from the upstream', 'HTTP/1.1 200 OK\r\nbad header: 1\r\ncontent-length: 2\r\n\r\nhi'),
    answered('LF from the upstream', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nhi'),
    answered(
      'both framings from the upstream',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    ),
    answered('two lengths from the upstream', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi'),
    answered(
      'a bad chunk from the upstream',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n',
    ),
    answered('a folded header from the upstream', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 2\r\n\r\nhi'),
    answered('101 that was not asked for', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    answered('100 before the response', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'),
    answered(
      '102 before the response',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
    ),
    request('103 before the response', '/', { headers: { 'x-answer': 'early' } }),
    request('cut amid the body', '/', { headers: { 'x-answer': 'cut' } }),
    answered('more than the length', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi and more'),
    talk('expect: continue', [
      send('POST / HTTP/1.1\r\nhost: test.local\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n'),
      send('hi'),
      response(),
    ]),
    talk(
      'expect: continue, passed on',
      [
        send('POST / HTTP/1.1\r\nhost: test.local\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n'),
        send('hi'),
        response(),
      ],
      {
        listener: 'expect',
      },
    ),
    request('expect: something else', '/', { headers: { expect: 'miracles' } }),
    talk('connection: close', [
      send('GET / HTTP/1.1\r\nhost: test.local\r\nconnection: close\r\n\r\n'),
      response(),
      { kind: 'closed' },
    ]),
    talk(
      'the upstream closes',
      [
        send(`GET / HTTP/1.1\r\nhost: test.local\r\nx-answer-head: connection=close\r\n\r\n`),
        response(),
        send(GET),
        response(),
      ],
      { logs: 2 },
    ),
    talk('half closed after the request', [
      send('GET / HTTP/1.1\r\nhost: test.local\r\nx-answer: hang\r\n\r\n'),
      { kind: 'end' },
      response(),
    ]),
    raw('HTTP/1.0', 'GET / HTTP/1.0\r\nhost: test.local\r\n\r\n'),
    talk('HTTP/1.0 accepted', [send('GET / HTTP/1.0\r\n\r\n'), response(), { kind: 'closed' }], { listener: '1.0' }),
    talk(
      'HTTP/1.0 kept alive',
      [
        send('GET / HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n'),
        response(),
        send('GET / HTTP/1.0\r\nhost: a\r\n\r\n'),
        response(),
        { kind: 'closed' },
      ],
      {
        listener: '1.0',
        logs: 2,
      },
    ),
    talk(
      'HTTP/1.0 and a chunked response',
      [send('GET / HTTP/1.0\r\nx-answer-trailers: x-t=1\r\n\r\n'), response(), { kind: 'closed' }],
      { listener: '1.0' },
    ),
    raw('HTTP/1.0 and chunks', 'POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n', {
      listener: '1.0',
    }),
    raw('HTTP/0.9', 'GET /\r\n\r\n'),
    raw('HTTP/1.2', 'GET / HTTP/1.2\r\nhost: test.local\r\n\r\n'),
    raw('HTTP/2.0 on the request line', 'GET / HTTP/2.0\r\nhost: test.local\r\n\r\n'),
    raw('http in lower case', 'GET / http/1.1\r\nhost: test.local\r\n\r\n'),
    raw('a method in lower case', 'get / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('a method nobody knows', 'BREW / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('a method nobody knows, allowed', 'BREW / HTTP/1.1\r\nhost: test.local\r\n\r\n', { listener: 'methods' }),
    raw('TRACE', 'TRACE / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    raw('GET with a body', 'GET / HTTP/1.1\r\nhost: test.local\r\ncontent-length: 2\r\n\r\nhi'),
    raw('POST without a length', 'POST / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
    request('proper case', '/', { listener: 'proper', headers: { 'x-answer-head': 'x-LOWER-case=1' } }),
    talk(
      'kept case',
      [send('GET / HTTP/1.1\r\nHOST: test.local\r\nX-CaSe: 1\r\nX-Answer-Head: X-ReSp=1\r\n\r\n'), response()],
      { listener: 'kept' },
    ),
    raw(
      'length and chunks, allowed',
      'POST / HTTP/1.1\r\nhost: test.local\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
      { listener: 'no-chunks' },
    ),
    request('underscores', '/', { headers: { x_a: '1' } }),
    request('underscores are refused', '/', { listener: 'underscore', headers: { x_a: '1' } }),
    request('underscores are dropped', '/', { listener: 'underscore-drop', headers: { x_a: '1' } }),
  ],
  stats: [
    'http.main.downstream_cx_protocol_error',
    'cluster.echo.upstream_cx_protocol_error',
    'cluster.echo.upstream_rq_2xx',
  ],
};

function protocol(options: string): string {
  const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return `typed_extension_protocol_options: { ${type}: { '@type': ${type}, explicit_http_config: { ${options} } } }`;
}
