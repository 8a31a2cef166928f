/** What becomes of requests to hosts that nobody knows (SEMANTICS 33). */
import type { RouteJson, VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { MeshSettings, SidecarScope } from '../../../mesh/model/index.ts';
import { resolveHost } from '../../../mesh/names/hosts.ts';
import { NO_TIMEOUT } from '../../json/values.ts';
import { outboundClusterName, PASSTHROUGH_CLUSTER } from '../../names/cluster-name.ts';
import { provenance } from '../../provenance.ts';

const ALLOW_ANY = 'allow_any';
const BLOCK_ALL = 'block_all';

/** The virtual host for all other hosts: they are passed on to where the client connects to, or refused. */
export function fallbackHost(
  scope: SidecarScope,
  settings: MeshSettings,
  includeRequestAttemptCount: boolean,
): VirtualHostJson {
  const source = scope.sidecar ?? settings.source;
  const metadata = provenance(source === undefined ? [] : [source]);
  const isAllowed = scope.outboundTrafficPolicy.mode === 'ALLOW_ANY';
  const name = isAllowed ? ALLOW_ANY : BLOCK_ALL;
  const route: RouteJson = isAllowed
    ? {
        name,
        match: { prefix: '/' },
        metadata,
        route: { cluster: egressCluster(scope, settings), timeout: NO_TIMEOUT, maxGrpcTimeout: NO_TIMEOUT },
      }
    : { name, match: { prefix: '/' }, metadata, directResponse: { status: 502 } };
  return { name, domains: ['*'], routes: [route], includeRequestAttemptCount };
}

function egressCluster({ outboundTrafficPolicy, namespace }: SidecarScope, { options }: MeshSettings): string {
  const { egressProxy } = outboundTrafficPolicy;
  if (egressProxy === undefined) return PASSTHROUGH_CLUSTER;
  const { host, port, subset } = egressProxy;
  const hostname = resolveHost(host, namespace, options.clusterDomain);
  return outboundClusterName({ hostname, port: port?.number ?? 0, subset });
}
