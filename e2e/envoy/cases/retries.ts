import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

/** Without a wait between attempts the recordings would take seconds. */
const INTERNAL = `
use_remote_address: true
internal_address_config: { cidr_ranges: [{ address_prefix: 127.0.0.1, prefix_len: 32 }] }
`;
const BACK_OFF = 'retry_back_off: { base_interval: 0.001s, max_interval: 0.002s }';

function route(path: string, policy: string, cluster = 'echo'): string {
  return `- { match: { path: ${path} }, route: { cluster: ${cluster}, retry_policy: { ${policy}, ${BACK_OFF} } } }\n`;
}

/** What is tried again. */
export const retries: EnvoyCase = {
  name: 'retries',
  backends: {
    echo: { kind: 'http1' },
    a: { kind: 'http1' },
    b: { kind: 'http1' },
    h2: { kind: 'http2' },
    none: { kind: 'closed' },
  },
  bootstrap: bootstrap({
    listeners: {
      main: {
        virtualHosts: `
- name: all
  domains: ['*']
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  routes:
${[
  route('/5xx', 'retry_on: 5xx'),
  route('/5xx-three', 'retry_on: 5xx, num_retries: 3'),
  route('/5xx-none', 'retry_on: 5xx, num_retries: 0'),
  route('/gateway', 'retry_on: gateway-error'),
  route('/4xx', 'retry_on: retriable-4xx'),
  route('/reset', 'retry_on: reset'),
  route('/reset-before', 'retry_on: reset-before-request'),
  route('/connect', 'retry_on: connect-failure, num_retries: 2', 'none'),
  route('/connect-5xx', 'retry_on: 5xx', 'none'),
  route('/connect-gateway', 'retry_on: gateway-error', 'none'),
  route('/codes', 'retry_on: retriable-status-codes, retriable_status_codes: [418, 200]'),
  route('/headers', 'retry_on: retriable-headers, retriable_headers: [{ name: x-again, present_match: true }]'),
  route(
    '/request-headers',
    'retry_on: 5xx, retriable_request_headers: [{ name: ":method", string_match: { exact: GET } }]',
  ),
  route('/refused', 'retry_on: refused-stream', 'h2'),
  route('/grpc', "retry_on: 'unavailable,cancelled'", 'h2'),
  route('/slow', 'retry_on: 5xx, per_try_timeout: 0.05s', 'echo'),
  route('/slow-idle', 'retry_on: 5xx, per_try_idle_timeout: 0.05s', 'echo'),
  route('/envoy-ratelimited', 'retry_on: envoy-ratelimited'),
  route('/http3', 'retry_on: http3-post-connect-failure'),
  route(
    '/previous',
    'retry_on: 5xx, num_retries: 1, host_selection_retry_max_attempts: 5, retry_host_predicate: [{ name: p, typed_config: { "@type": envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }]',
    'both, hash_policy: [{ header: { header_name: x-hash } }]',
  ),
]
  .join('')
  .replace(/^/gm, '  ')}
  - { match: { path: /no-policy }, route: { cluster: echo } }
        `,
      },
      internal: {
        hcm: INTERNAL,
        routes: `
- { match: { path: /no-policy }, route: { cluster: echo, timeout: 5s } }
${route('/4xx', 'retry_on: retriable-4xx')}`,
      },
    },
    clusters: {
      echo: 'echo',
      both: {
        backends: '',
        more: `
        lb_policy: RING_HASH
        load_assignment:
          cluster_name: both
          endpoints:
          - lb_endpoints:
            - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_a } } }, metadata: { filter_metadata: { envoy.lb: { hash_key: a } } } }
            - { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $PORT_b } } }, metadata: { filter_metadata: { envoy.lb: { hash_key: b } } } }
        `,
      },
      none: 'none',
      h2: {
        backends: 'h2',
        more: "typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { '@type': envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }",
      },
    },
  }),
  exchanges: [
    request('5xx: then good', '/5xx', { headers: { 'x-answer': '500,200' } }),
    request('5xx: always bad', '/5xx', { headers: { 'x-answer': '503' } }),
    request('5xx: three', '/5xx-three', { headers: { 'x-answer': '500,502,504,200' } }),
    request('5xx: none', '/5xx-none', { headers: { 'x-answer': '500' } }),
    request('5xx: not 429', '/5xx', { headers: { 'x-answer': '429,200' } }),
    request('5xx: reset', '/5xx', { headers: { 'x-answer': 'reset,200' } }),
    request('5xx: with a body', '/5xx', { method: 'POST', body: 'hello', headers: { 'x-answer': '500,200' } }),
    request('gateway: 500 is none', '/gateway', { headers: { 'x-answer': '500,200' } }),
    request('gateway: 502', '/gateway', { headers: { 'x-answer': '502,200' } }),
    request('gateway: reset', '/gateway', { headers: { 'x-answer': 'reset,200' } }),
    request('4xx: 409', '/4xx', { headers: { 'x-answer': '409,200' } }),
    request('4xx: 404 is none', '/4xx', { headers: { 'x-answer': '404,200' } }),
    request('reset', '/reset', { headers: { 'x-answer': 'reset,200' } }),
    request('reset: always', '/reset', { headers: { 'x-answer': 'reset' } }),
    request('reset: 503 is none', '/reset', { headers: { 'x-answer': '503,200' } }),
    request('reset before the request', '/reset-before', { headers: { 'x-answer': 'reset,200' } }),
    request('cut amid the body', '/reset', { headers: { 'x-answer': 'cut,200' } }),
    request('connect failure', '/connect'),
    request('connect failure as 5xx', '/connect-5xx'),
    request('connect failure as gateway error', '/connect-gateway'),
    request('status codes: 418', '/codes', { headers: { 'x-answer': '418,404' } }),
    request('status codes: not 500', '/codes', { headers: { 'x-answer': '500,200' } }),
    request('retriable headers', '/headers', { headers: { 'x-answer': '200', 'x-answer-head': 'x-again=1' } }),
    request('retriable headers are not there', '/headers', { headers: { 'x-answer': '500' } }),
    request('retriable request headers', '/request-headers', { headers: { 'x-answer': '500,200' } }),
    request('retriable request headers do not match', '/request-headers', {
      method: 'PUT',
      headers: { 'x-answer': '500,200' },
    }),
    request2('refused stream', '/refused', { headers: { 'x-answer': 'refuse,200' } }),
    request2('a reset stream is not a refused one', '/refused', { headers: { 'x-answer': 'reset,200' } }),
    request2('grpc status unavailable', '/grpc', {
      method: 'POST',
      body: '',
      headers: { 'content-type': 'application/grpc', 'x-answer-head': 'grpc-status=14' },
    }),
    request2('grpc status internal is not asked for', '/grpc', {
      method: 'POST',
      body: '',
      headers: { 'content-type': 'application/grpc', 'x-answer-head': 'grpc-status=13' },
    }),
    request('per try timeout', '/slow', { headers: { 'x-answer': 'hang,200' } }),
    request('per try timeout: always', '/slow', { headers: { 'x-answer': 'hang' } }),
    request('per try idle timeout', '/slow-idle', { headers: { 'x-answer': 'hang,200' } }),
    request('another endpoint', '/previous', { headers: { 'x-hash': 'one', 'x-answer': '503,200' } }),
    request('rate limited by an Envoy', '/envoy-ratelimited', {
      headers: { 'x-answer': '429,200', 'x-answer-head': 'x-envoy-ratelimited=true' },
    }),
    request('rate limited by an Envoy is not 5xx', '/5xx', {
      headers: { 'x-answer': '503,200', 'x-answer-head': 'x-envoy-ratelimited=true' },
    }),
    request('asked by header', '/no-policy', {
      listener: 'internal',
      headers: { 'x-envoy-retry-on': '5xx', 'x-answer': '500,200' },
    }),
    request('asked by header: twice', '/no-policy', {
      listener: 'internal',
      headers: { 'x-envoy-retry-on': 'gateway-error', 'x-envoy-max-retries': '2', 'x-answer': '502,503,200' },
    }),
    request('asked by header: codes', '/no-policy', {
      listener: 'internal',
      headers: {
        'x-envoy-retry-on': 'retriable-status-codes',
        'x-envoy-retriable-status-codes': '404,410',
        'x-answer': '410,200',
      },
    }),
    request('asked by header: header names', '/no-policy', {
      listener: 'internal',
      headers: {
        'x-envoy-retry-on': 'retriable-headers',
        'x-envoy-retriable-header-names': 'x-one,X-Two',
        'x-answer-head': 'x-two=1',
      },
    }),
    request('asked by header: grpc', '/no-policy', {
      listener: 'internal',
      headers: { 'x-envoy-retry-grpc-on': 'internal', 'x-answer-head': 'grpc-status=13' },
    }),
    request('asked by header: added to the policy', '/4xx', {
      listener: 'internal',
      headers: { 'x-envoy-retry-on': '5xx', 'x-answer': '500,200' },
    }),
    request('asked by header: its number beats that of the policy', '/4xx', {
      listener: 'internal',
      headers: { 'x-envoy-max-retries': '3', 'x-answer': '409,409,409,200' },
    }),
    request('asked by header: per try timeout', '/no-policy', {
      listener: 'internal',
      headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-upstream-rq-per-try-timeout-ms': '50', 'x-answer': 'hang,200' },
    }),
    request('asked by header: a number that is none', '/no-policy', {
      listener: 'internal',
      headers: { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': 'x', 'x-answer': '500,200' },
    }),
    request('asked by a stranger', '/no-policy', { headers: { 'x-envoy-retry-on': '5xx', 'x-answer': '500,200' } }),
    request('no policy', '/no-policy', { headers: { 'x-answer': '500,200' } }),
    request('an attempt count from outside', '/no-policy', { headers: { 'x-envoy-attempt-count': '9' } }),
  ],
  stats: [
    'cluster.echo.upstream_rq_retry',
    'cluster.echo.upstream_rq_retry_success',
    'cluster.echo.upstream_rq_retry_limit_exceeded',
    'cluster.echo.upstream_rq_per_try_timeout',
    'cluster.none.upstream_cx_connect_fail',
    'cluster.none.upstream_rq_retry_limit_exceeded',
  ],
};
