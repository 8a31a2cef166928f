import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase, Fields } from '../case.ts';
import { requestFrames } from '../client/http2-frames.ts';
import { talk } from '../exchanges.ts';

const METHOD = [':method', 'GET'] as const;
const POST = [':method', 'POST'] as const;
const PATH = [':path', '/a'] as const;
const SCHEME = [':scheme', 'http'] as const;
const AUTHORITY = [':authority', 'a'] as const;
const WHOLE = [METHOD, PATH, SCHEME, AUTHORITY] as const;

/** Fields that would be two requests, or other ones, in HTTP/1. */
const REQUESTS: Readonly<Record<string, readonly [fields: Fields, body?: string]>> = {
  'nothing wrong': [WHOLE],
  'a line break in a value': [[...WHOLE, ['x-a', '1\r\nx-b: 2']]],
  'an LF in a value': [[...WHOLE, ['x-a', '1\nx-b: 2']]],
  'a CR in a value': [[...WHOLE, ['x-a', '1\r2']]],
  'a NUL in a value': [[...WHOLE, ['x-a', '1\x002']]],
  'a control character in a value': [[...WHOLE, ['x-a', '1\x012']]],
  'a tab in a value': [[...WHOLE, ['x-a', '1\t2']]],
  'blanks around a value': [[...WHOLE, ['x-a', ' 1 ']]],
  'bytes beyond ASCII in a value': [[...WHOLE, ['x-a', '\xe9']]],
  'a line break in a name': [[...WHOLE, ['x-a: 1\r\nx-b', '2']]],
  'a colon in a name': [[...WHOLE, ['x-a:', '1']]],
  'a blank in a name': [[...WHOLE, ['x a', '1']]],
  'a capital in a name': [[...WHOLE, ['X-A', '1']]],
  'an empty name': [[...WHOLE, ['', '1']]],
  'an underscore in a name': [[...WHOLE, ['x_a', '1']]],
  'bytes beyond ASCII in a name': [[...WHOLE, ['x-\xe9', '1']]],
  connection: [[...WHOLE, ['connection', 'close']]],
  'keep-alive': [[...WHOLE, ['keep-alive', '1']]],
  'proxy-connection': [[...WHOLE, ['proxy-connection', 'close']]],
  upgrade: [[...WHOLE, ['upgrade', 'websocket']]],
  'transfer-encoding': [[POST, PATH, SCHEME, AUTHORITY, ['transfer-encoding', 'chunked']], '0\r\n\r\n'],
  'te other than trailers': [[...WHOLE, ['te', 'gzip']]],
  'a line break in the path': [[METHOD, [':path', '/a HTTP/1.1\r\nx: 1'], SCHEME, AUTHORITY]],
  'a blank in the path': [[METHOD, [':path', '/a b'], SCHEME, AUTHORITY]],
  'bytes beyond ASCII in the path': [[METHOD, [':path', '/\xe9'], SCHEME, AUTHORITY]],
  'an absolute path': [[METHOD, [':path', 'http://b/a'], SCHEME, AUTHORITY]],
  'a blank in the method': [[[':method', 'GET /b'], PATH, SCHEME, AUTHORITY]],
  'an empty method': [[[':method', ''], PATH, SCHEME, AUTHORITY]],
  'a line break in the authority': [[METHOD, PATH, SCHEME, [':authority', 'a\r\nx: 1']]],
  'a blank in the authority': [[METHOD, PATH, SCHEME, [':authority', 'a b']]],
  'an empty authority': [[METHOD, PATH, SCHEME, [':authority', '']]],
  'no authority': [[METHOD, PATH, SCHEME]],
  'host instead of the authority': [[METHOD, PATH, SCHEME, ['host', 'b']]],
  'host beside the authority': [[...WHOLE, ['host', 'b']]],
  'no path': [[METHOD, SCHEME, AUTHORITY]],
  'no method': [[PATH, SCHEME, AUTHORITY]],
  'no scheme': [[METHOD, PATH, AUTHORITY]],
  'two paths': [[...WHOLE, [':path', '/b']]],
  'two authorities': [[...WHOLE, [':authority', 'b']]],
  'a pseudo-header after a header': [[METHOD, SCHEME, AUTHORITY, ['x-a', '1'], PATH]],
  'a pseudo-header nobody knows': [[...WHOLE, [':x', '1']]],
  'a status': [[...WHOLE, [':status', '200']]],
  ':protocol without CONNECT': [[...WHOLE, [':protocol', 'websocket']]],
  'CONNECT with a path': [[[':method', 'CONNECT'], PATH, SCHEME, AUTHORITY]],
  'a length without a body': [[POST, PATH, SCHEME, AUTHORITY, ['content-length', '5']]],
  'a length that is too short': [[POST, PATH, SCHEME, AUTHORITY, ['content-length', '1']], 'hello'],
  'two lengths': [[POST, PATH, SCHEME, AUTHORITY, ['content-length', '5'], ['content-length', '6']], 'hello'],
  'two equal lengths': [[POST, PATH, SCHEME, AUTHORITY, ['content-length', '5'], ['content-length', '5']], 'hello'],
  'a length that is none': [[POST, PATH, SCHEME, AUTHORITY, ['content-length', '+5']], 'hello'],
};

/** HTTP/2 requests that would be others when they are written down in HTTP/1. */
export const smugglingHttp2: EnvoyCase = {
  name: 'smuggling-http2',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
        hcm: '{ codec_type: HTTP2, delayed_close_timeout: 0.02s }',
      },
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: Object.entries(REQUESTS).map(([name, [fields, body]]) =>
    talk(name, [{ kind: 'send', text: requestFrames(fields, body) }, { kind: 'frames' }]),
  ),
  stats: ['http.main.downstream_cx_protocol_error', 'http2.rx_messaging_error'],
};
