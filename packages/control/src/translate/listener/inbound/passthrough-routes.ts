/** Routes of connections to ports that nobody declares. */
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { TranslationInput } from '../../input.ts';
import { NO_TIMEOUT } from '../../json/values.ts';
import { provenance } from '../../provenance.ts';
import { DEFAULT_ROUTE_NAME } from '../../route/rules/made-routes.ts';
import { INBOUND_RETRY } from '../../route/rules/retry.ts';

/** Everything goes to the cluster, which leads to the address and port that the client connected to. */
export function passthroughRoutes({ memo }: Pick<TranslationInput, 'memo'>, cluster: string): RouteConfigurationJson {
  return memo.get('passthroughRoutes', [cluster], () => ({
    name: cluster,
    virtualHosts: [
      {
        name: 'inbound|http|0',
        domains: ['*'],
        routes: [
          {
            name: DEFAULT_ROUTE_NAME,
            match: { prefix: '/' },
            decorator: { operation: ':0/*' },
            metadata: provenance([]),
            route: {
              cluster,
              timeout: NO_TIMEOUT,
              maxStreamDuration: { maxStreamDuration: NO_TIMEOUT, grpcTimeoutHeaderMax: NO_TIMEOUT },
              retryPolicy: INBOUND_RETRY,
            },
          },
        ],
      },
    ],
    validateClusters: false,
  }));
}
