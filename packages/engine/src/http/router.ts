import type { Router } from '@weft/proto/envoy/extensions/filters/http/router/v3/router';
import { supports } from '../compile/support.ts';
import { asciiLower } from '../match/ascii.ts';
import type { HttpFilterCompiler } from './http-filter.ts';

/** What is supported of the router. */
export const ROUTER_SUPPORT = [
  supports<Router>('envoy.extensions.filters.http.router.v3.Router', {
    dynamicStats: true,
    startChildSpan: 'spans are not made here: leave it out',
    upstreamLog: 'upstream attempts are not logged by themselves: use the access_log of the connection manager',
    suppressEnvoyHeaders: true,
    strictCheckHeaders: true,
    respectExpectedRqTimeout: true,
    suppressGrpcRequestFailureCodeStats: true,
    upstreamHttpFilters: 'upstream HTTP filters are not supported: put filters into the connection manager',
    upstreamLogOptions: 'upstream attempts are not logged by themselves: use the access_log of the connection manager',
    rejectConnectRequestEarlyData: 'data before the answer to a CONNECT waits for it: leave it out',
  }),
];

/** A compiled router filter. */
export interface RouterRuntime {
  /** Whether requests are counted in the statistics of their cluster. */
  readonly hasDynamicStats: boolean;
  /** Whether `x-envoy-` headers are kept from responses and upstreams. */
  readonly suppressesEnvoyHeaders: boolean;
  /** Names, in lower case, of headers whose values must be valid, or the request is refused with 400. */
  readonly strictlyCheckedHeaders: readonly string[];
  readonly respectsExpectedTimeout: boolean;
  readonly suppressesGrpcFailureStats: boolean;
}

/** The last filter of a chain, which sends requests upstream. */
export const ROUTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.router',
  typeName: 'envoy.extensions.filters.http.router.v3.Router',
  isTerminal: true,
  compile: (message) => compileRouter(message as Router),
};

function compileRouter(message: Router): RouterRuntime {
  return Object.freeze({
    hasDynamicStats: message.dynamicStats ?? true,
    suppressesEnvoyHeaders: message.suppressEnvoyHeaders,
    strictlyCheckedHeaders: message.strictCheckHeaders.map(asciiLower),
    respectsExpectedTimeout: message.respectExpectedRqTimeout,
    suppressesGrpcFailureStats: message.suppressGrpcRequestFailureCodeStats,
  });
}
