/** The HTTP filters of a connection manager, in Istio's order: EnvoyFilters put theirs in between by these names. */
import type { HttpFilterJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { Protocol } from '../../mesh/model/index.ts';
import { typed } from '../json/typed-config.ts';

/** Names of filters, as in Istio's proxies. */
export const HTTP_FILTER_NAME = {
  grpcWeb: 'envoy.filters.http.grpc_web',
  grpcStats: 'envoy.filters.http.grpc_stats',
  fault: 'envoy.filters.http.fault',
  cors: 'envoy.filters.http.cors',
  router: 'envoy.filters.http.router',
} as const;

const GRPC_WEB: HttpFilterJson = {
  name: HTTP_FILTER_NAME.grpcWeb,
  typedConfig: typed('envoy.extensions.filters.http.grpc_web.v3.GrpcWeb', {}),
};
const GRPC_STATS: HttpFilterJson = {
  name: HTTP_FILTER_NAME.grpcStats,
  typedConfig: typed('envoy.extensions.filters.http.grpc_stats.v3.FilterConfig', {
    emitFilterState: true,
    statsForAllMethods: false,
  }),
};
/** Faults and CORS are switched on by the routes. */
const FAULT: HttpFilterJson = {
  name: HTTP_FILTER_NAME.fault,
  typedConfig: typed('envoy.extensions.filters.http.fault.v3.HTTPFault', {}),
};
const CORS: HttpFilterJson = {
  name: HTTP_FILTER_NAME.cors,
  typedConfig: typed('envoy.extensions.filters.http.cors.v3.Cors', {}),
};

/** What decides which filters there are. */
export interface HttpFilterOptions {
  /** Filters that let requests in or not. */
  readonly authorization: readonly HttpFilterJson[];
  readonly protocol: Protocol;
  /** Requests and responses get no `x-envoy-` headers. */
  readonly suppressesDebugHeaders: boolean;
}

/** The filters, the router last. */
export function httpFilters({ authorization, protocol, suppressesDebugHeaders }: HttpFilterOptions): HttpFilterJson[] {
  return [
    ...authorization,
    ...(protocol === 'GRPC-WEB' ? [GRPC_WEB] : []),
    GRPC_STATS,
    FAULT,
    CORS,
    {
      name: HTTP_FILTER_NAME.router,
      typedConfig: typed(
        'envoy.extensions.filters.http.router.v3.Router',
        suppressesDebugHeaders ? { suppressEnvoyHeaders: true } : {},
      ),
    },
  ];
}
