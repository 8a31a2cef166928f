/** Routes of what comes to the workload beside a sidecar. */
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { MeshService } from '../../mesh/model/index.ts';
import type { TranslationInput } from '../input.ts';
import { NO_TIMEOUT } from '../json/values.ts';
import { inboundClusterName } from '../names/cluster-name.ts';
import { provenance, type Source } from '../provenance.ts';
import { DEFAULT_ROUTE_NAME } from './rules/made-routes.ts';
import { INBOUND_RETRY } from './rules/retry.ts';

/** A port of the workload that reads HTTP; a `ServiceTarget` is one, and so is an ingress listener of a Sidecar. */
export interface InboundRouteTarget {
  readonly targetPort: number;
  /** The port of the service, or that of the listener. */
  readonly port: { readonly number: number; readonly path?: string };
  readonly service?: Pick<MeshService, 'hostname' | 'sources'>;
  /** Where the port is from, when that is no service. */
  readonly source?: Source;
}

/** The routes of a port: everything goes to the workload, without a time limit (SEMANTICS 10, 11). */
export function inboundRoutes(
  { memo }: Pick<TranslationInput, 'memo'>,
  { targetPort, port, service, source }: InboundRouteTarget,
): RouteConfigurationJson {
  return memo.get('inbound-routes', [targetPort, port.number, port.path, service, source], () => {
    const cluster = inboundClusterName(targetPort);
    return {
      name: cluster,
      virtualHosts: [
        {
          name: `inbound|http|${port.number}`,
          domains: ['*'],
          routes: [
            {
              name: DEFAULT_ROUTE_NAME,
              match: { prefix: '/' },
              decorator: { operation: `${service?.hostname ?? ''}:${port.number}/*` },
              metadata: provenance(sourcesOf(port.path, service, source)),
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
    };
  });
}

function sourcesOf(
  path: string | undefined,
  service: InboundRouteTarget['service'],
  source: Source | undefined,
): readonly Source[] {
  const [first, ...others] = service?.sources ?? [];
  const origin = first === undefined ? [] : [path === undefined ? first : { object: first, path }, ...others];
  return source === undefined ? origin : [source, ...origin];
}
