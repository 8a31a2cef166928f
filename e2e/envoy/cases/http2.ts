import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2, response, send, talk } from '../exchanges.ts';

const H2 = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const ROUTES = `
- { match: { prefix: /h2 }, route: { cluster: h2 } }
- { match: { prefix: /use }, route: { cluster: use-downstream } }
- { match: { prefix: /auto }, route: { cluster: h1-to-h2-port } }
- { match: { prefix: / }, route: { cluster: echo } }
`;

/** HTTP/2 on either side, and from one version to the other. */
export const http2: EnvoyCase = {
  name: 'http2',
  backends: { echo: { kind: 'http1' }, h2: { kind: 'http2' } },
  bootstrap: bootstrap({
    listeners: {
      main: { routes: ROUTES },
      'http1-only': { routes: ROUTES, hcm: 'codec_type: HTTP1' },
      'http2-only': { routes: ROUTES, hcm: '{ codec_type: HTTP2, delayed_close_timeout: 0.02s }' },
      trailers: { routes: ROUTES, hcm: 'http_protocol_options: { enable_trailers: true }' },
    },
    clusters: {
      echo: {
        backends: 'echo',
        more: protocol('explicit_http_config: { http_protocol_options: { enable_trailers: true } }'),
      },
      h2: { backends: 'h2', more: protocol('explicit_http_config: { http2_protocol_options: {} }') },
      'use-downstream': {
        backends: 'h2',
        more: protocol('use_downstream_protocol_config: { http2_protocol_options: {} }'),
      },
      'h1-to-h2-port': 'h2',
    },
  }),
  exchanges: [
    request2('to HTTP/1', '/'),
    request2('to HTTP/2', '/h2'),
    request('HTTP/1 to HTTP/2', '/h2', { method: 'POST', body: 'hello', headers: { 'X-CaSe': '1', te: 'trailers' } }),
    request('HTTP/1 to HTTP/2 with trailers', '/h2', {
      listener: 'trailers',
      headers: { 'x-answer-trailers': 'x-t=1' },
    }),
    request2('with a body', '/', { method: 'POST', body: 'hello' }),
    request2('with a length', '/', { method: 'POST', body: 'hello', headers: { 'content-length': '5' } }),
    request2('with a wrong length', '/h2', { method: 'POST', body: 'hello', headers: { 'content-length': '4' } }),
    request2('with trailers to HTTP/1', '/', { method: 'POST', body: 'hello', trailers: { 'x-t': '1' } }),
    request2('with trailers to HTTP/2', '/h2', { method: 'POST', body: 'hello', trailers: { 'x-t': '1' } }),
    request2('trailers of the response', '/h2', { headers: { 'x-answer-trailers': 'grpc-status=0|x-t=1' } }),
    request2('trailers of a response over HTTP/1', '/', { headers: { 'x-answer-trailers': 'x-t=1' } }),
    request2('HEAD', '/h2', { method: 'HEAD' }),
    request2('204', '/h2', { headers: { 'x-answer': '204' } }),
    request2('103', '/h2', { headers: { 'x-answer': 'early' } }),
    request2('reset before the response', '/h2', { headers: { 'x-answer': 'reset' } }),
    request2('refused', '/h2', { headers: { 'x-answer': 'refuse' } }),
    request2('reset amid the response', '/h2', { headers: { 'x-answer': 'cut' } }),
    request2('an HTTP/1 response is cut', '/', { headers: { 'x-answer': 'cut' } }),
    request2('cookies are joined', '/h2', { headers: { cookie: ['a=1', 'b=2'] } }),
    request2('cookies are joined for HTTP/1', '/', { headers: { cookie: ['a=1', 'b=2'] } }),
    request2('two values stay two', '/', { headers: { 'x-a': ['1', '2'] } }),
    request2('an authority with user information', '/', { headers: { ':authority': 'u@a' } }),
    request2('an authority that is none', '/', { headers: { ':authority': 'a/b' } }),
    request2('another scheme', '/', { headers: { ':scheme': 'ftp' } }),
    request2('https over plain text', '/', { headers: { ':scheme': 'https' } }),
    request2('OPTIONS *', '*', { method: 'OPTIONS' }),
    request2('a method nobody knows', '/', { method: 'BREW' }),
    request2('expect', '/', { method: 'POST', body: 'hi', headers: { expect: '100-continue' } }),
    request2('the protocol of the client: HTTP/2', '/use'),
    request('an HTTP/2 server that is spoken to in HTTP/1', '/auto'),
    {
      name: 'two requests on one connection',
      http2: ['/a', '/b'].map((path) => ({
        headers: { ':method': 'GET', ':path': path, ':scheme': 'http', ':authority': 'test.local' },
      })),
    },
    request2('a listener of HTTP/1', '/', { listener: 'http1-only' }),
    request2('a listener of HTTP/2', '/', { listener: 'http2-only' }),
    talk('HTTP/1 to a listener of HTTP/2', [send('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), { kind: 'closed' }], {
      listener: 'http2-only',
      logs: 0,
    }),
    talk('half of the preface', [send('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'), response()], { logs: 0 }),
  ],
  stats: [
    'http.main.downstream_cx_http1_total',
    'http.main.downstream_cx_http2_total',
    'cluster.h2.upstream_cx_http2_total',
    'cluster.h2.upstream_rq_rx_reset',
  ],
};

function protocol(options: string): string {
  return `typed_extension_protocol_options: { ${H2}: { '@type': ${H2}, ${options} } }`;
}
