import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { raw, request, request2, response, send, talk } from '../exchanges.ts';

const INTERNAL =
  'use_remote_address: true, internal_address_config: { cidr_ranges: [{ address_prefix: 127.0.0.1, prefix_len: 32 }] }';

/** Timeouts of routes, streams and connections. */
export const timeouts: EnvoyCase = {
  name: 'timeouts',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: `
        - { match: { path: /route }, route: { cluster: echo, timeout: 0.1s } }
        - { match: { path: /none }, route: { cluster: echo, timeout: 0s } }
        - { match: { path: /default }, route: { cluster: echo } }
        - { match: { path: /idle }, route: { cluster: echo, idle_timeout: 0.1s } }
        - { match: { path: /max }, route: { cluster: echo, timeout: 0s, max_stream_duration: { max_stream_duration: 0.1s } } }
        - { match: { path: /grpc }, route: { cluster: echo, max_stream_duration: { grpc_timeout_header_max: 2s } } }
        - { match: { path: /grpc-offset }, route: { cluster: echo, max_stream_duration: { grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 1s } } }
        - { match: { path: /grpc-old }, route: { cluster: echo, max_grpc_timeout: 5s } }
        `,
      },
      internal: { hcm: `{ ${INTERNAL} }`, routes: '- { match: { prefix: / }, route: { cluster: echo, timeout: 7s } }' },
      respecting: {
        hcm: `{ ${INTERNAL} }`,
        router: 'respect_expected_rq_timeout: true',
        routes: '- { match: { prefix: / }, route: { cluster: echo, timeout: 7s } }',
      },
      'request-timeout': {
        hcm: 'request_timeout: 0.1s',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'headers-timeout': {
        hcm: 'request_headers_timeout: 0.1s',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'stream-idle': {
        hcm: 'stream_idle_timeout: 0.1s',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'connection-idle': {
        hcm: 'common_http_protocol_options: { idle_timeout: 0.1s }',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'connection-max': {
        hcm: '{ common_http_protocol_options: { max_connection_duration: 0.1s }, drain_timeout: 0.05s }',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
      'max-requests': {
        hcm: 'common_http_protocol_options: { max_requests_per_connection: 2 }',
        routes: '- { match: { prefix: / }, route: { cluster: echo } }',
      },
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    request('route timeout', '/route', { headers: { 'x-answer': 'hang' } }),
    request('what the upstream is told', '/route'),
    request('no timeout', '/none'),
    request('default timeout', '/default'),
    request('idle timeout before the response', '/idle', { headers: { 'x-answer': 'hang' } }),
    raw('idle timeout amid the request', 'POST /idle HTTP/1.1\r\nhost: test.local\r\ncontent-length: 10\r\n\r\nhalf'),
    request('stream duration', '/max', { headers: { 'x-answer': 'hang' } }),
    request('grpc-timeout', '/grpc', {
      headers: { 'grpc-timeout': '50m', 'content-type': 'application/grpc', 'x-answer': 'hang' },
    }),
    request('grpc-timeout of a request that is no gRPC', '/grpc', { headers: { 'grpc-timeout': '500m' } }),
    request('grpc-timeout with other units', '/grpc', {
      headers: { 'grpc-timeout': '900000u', 'content-type': 'application/grpc' },
    }),
    request('grpc-timeout with an offset', '/grpc-offset', {
      headers: { 'grpc-timeout': '1050m', 'content-type': 'application/grpc', 'x-answer': 'hang' },
    }),
    request('grpc-timeout, the old field', '/grpc-old', {
      headers: { 'grpc-timeout': '50m', 'content-type': 'application/grpc', 'x-answer': 'hang' },
    }),
    request('grpc-timeout, the old field: capped', '/grpc-old', {
      headers: { 'grpc-timeout': '1H', 'content-type': 'application/grpc' },
    }),
    request('grpc-timeout that is none', '/grpc-old', {
      headers: { 'grpc-timeout': 'abc', 'content-type': 'application/grpc' },
    }),
    request2('route timeout over HTTP/2', '/route', { headers: { 'x-answer': 'hang' } }),
    request('asked by header', '/', {
      listener: 'internal',
      headers: { 'x-envoy-upstream-rq-timeout-ms': '60', 'x-answer': 'hang' },
    }),
    request('asked by header: what the upstream is told', '/', {
      listener: 'internal',
      headers: { 'x-envoy-upstream-rq-timeout-ms': '600' },
    }),
    request('asked by header: 0', '/', { listener: 'internal', headers: { 'x-envoy-upstream-rq-timeout-ms': '0' } }),
    request('asked by header: no number', '/', {
      listener: 'internal',
      headers: { 'x-envoy-upstream-rq-timeout-ms': 'x' },
    }),
    request('asked by header: per try', '/', {
      listener: 'internal',
      headers: { 'x-envoy-upstream-rq-per-try-timeout-ms': '60' },
    }),
    request('asked by header: per try beyond the whole', '/', {
      listener: 'internal',
      headers: { 'x-envoy-upstream-rq-per-try-timeout-ms': '700', 'x-envoy-upstream-rq-timeout-ms': '600' },
    }),
    request('asked by header: another answer', '/', {
      listener: 'internal',
      headers: {
        'x-envoy-upstream-rq-timeout-ms': '60',
        'x-envoy-upstream-rq-timeout-alt-response': '1',
        'x-answer': 'hang',
      },
    }),
    request('expected timeout from before', '/', {
      listener: 'internal',
      headers: { 'x-envoy-expected-rq-timeout-ms': '123' },
    }),
    request('expected timeout from before, respected', '/', {
      listener: 'respecting',
      headers: { 'x-envoy-expected-rq-timeout-ms': '60', 'x-answer': 'hang' },
    }),
    raw('request timeout', 'POST / HTTP/1.1\r\nhost: test.local\r\ncontent-length: 10\r\n\r\nhalf', {
      listener: 'request-timeout',
    }),
    raw('headers timeout', 'GET / HTTP/1.1\r\nhost: te', { listener: 'headers-timeout' }),
    raw('stream idle timeout', 'POST / HTTP/1.1\r\nhost: test.local\r\ncontent-length: 10\r\n\r\nhalf', {
      listener: 'stream-idle',
    }),
    request('stream idle timeout of the response', '/', { listener: 'stream-idle', headers: { 'x-answer': 'hang' } }),
    talk('connection idle timeout', [{ kind: 'closed' }], { listener: 'connection-idle', logs: 0 }),
    talk(
      'connection idle timeout after a request',
      [send('GET / HTTP/1.1\r\nhost: test.local\r\n\r\n'), response(), { kind: 'closed' }],
      {
        listener: 'connection-idle',
      },
    ),
    talk('connection duration', [send('GET / HTTP/1.1\r\nhost: test.local\r\n\r\n'), response(), { kind: 'closed' }], {
      listener: 'connection-max',
    }),
    talk(
      'two requests and no more',
      [
        send('GET / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
        response(),
        send('GET / HTTP/1.1\r\nhost: test.local\r\n\r\n'),
        response(),
        { kind: 'closed' },
      ],
      { listener: 'max-requests', logs: 2 },
    ),
  ],
};
