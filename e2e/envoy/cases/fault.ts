import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { request, request2 } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.http.fault.v3.HTTPFault";
const ALWAYS = 'percentage: { numerator: 100 }';

function route(path: string, fault: string): string {
  return `- { match: { path: ${path} }, route: { cluster: echo }, typed_per_filter_config: { fault: { ${TYPE}, ${fault} } } }\n`;
}

/** Injected faults, by configuration and by header. */
export const fault: EnvoyCase = {
  name: 'fault',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      main: {
        filters: `- { name: fault, typed_config: { ${TYPE}, abort: { http_status: 500, percentage: { numerator: 0 } } } }`,
        routes: [
          route('/abort', `abort: { http_status: 418, ${ALWAYS} }`),
          route('/abort-grpc', `abort: { grpc_status: 5, ${ALWAYS} }`),
          route('/never', 'abort: { http_status: 418, percentage: { numerator: 0 } }'),
          route('/delay', `delay: { fixed_delay: 0.05s, ${ALWAYS} }`),
          route('/delay-abort', `delay: { fixed_delay: 0.02s, ${ALWAYS} }, abort: { http_status: 503, ${ALWAYS} }`),
          route('/header-abort', `abort: { header_abort: {}, ${ALWAYS} }`),
          route('/header-delay', `delay: { header_delay: {}, ${ALWAYS} }`),
          route('/header-never', 'abort: { header_abort: {}, percentage: { numerator: 0 } }'),
          route(
            '/only-x',
            `abort: { http_status: 418, ${ALWAYS} }, headers: [{ name: x-fault, string_match: { exact: 'on' } }]`,
          ),
          route('/only-cluster', `abort: { http_status: 418, ${ALWAYS} }, upstream_cluster: other`),
          route('/rate', `response_rate_limit: { fixed_limit: { limit_kbps: 1000 }, ${ALWAYS} }`),
          route('/none-active', `abort: { http_status: 418, ${ALWAYS} }, max_active_faults: 0`),
          '- { match: { prefix: / }, route: { cluster: echo } }\n',
        ].join(''),
      },
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    request('abort', '/abort'),
    request2('abort over HTTP/2', '/abort'),
    request('abort of a gRPC request', '/abort', { headers: { 'content-type': 'application/grpc' } }),
    request('abort with a gRPC status', '/abort-grpc', { headers: { 'content-type': 'application/grpc' } }),
    request('abort with a gRPC status of a plain request', '/abort-grpc'),
    request('never', '/never'),
    request('delay', '/delay'),
    request('delay, then abort', '/delay-abort'),
    ...['503', '99', '600', 'x', ' 404'].map((status) =>
      request(`abort by header: ${status}`, '/header-abort', { headers: { 'x-envoy-fault-abort-request': status } }),
    ),
    request('abort by header: grpc', '/header-abort', { headers: { 'x-envoy-fault-abort-grpc-request': '7' } }),
    request('abort by header: not there', '/header-abort'),
    request('abort by header: its percentage', '/header-abort', {
      headers: { 'x-envoy-fault-abort-request': '503', 'x-envoy-fault-abort-request-percentage': '0' },
    }),
    request('abort by header: its percentage cannot raise', '/header-never', {
      headers: { 'x-envoy-fault-abort-request': '503', 'x-envoy-fault-abort-request-percentage': '100' },
    }),
    request('delay by header', '/header-delay', { headers: { 'x-envoy-fault-delay-request': '20' } }),
    request('delay by header: no number', '/header-delay', { headers: { 'x-envoy-fault-delay-request': 'x' } }),
    request('only with a header', '/only-x', { headers: { 'x-fault': 'on' } }),
    request('only with a header: not there', '/only-x'),
    request('only of a cluster', '/only-cluster'),
    request('response rate', '/rate'),
    request('not one active fault', '/none-active'),
    request('the filter by itself', '/'),
  ],
  stats: [
    'http.main.fault.aborts_injected',
    'http.main.fault.delays_injected',
    'http.main.fault.faults_overflow',
    'http.main.fault.response_rl_injected',
  ],
};
