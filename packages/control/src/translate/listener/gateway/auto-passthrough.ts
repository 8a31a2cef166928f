/** Servers that pass mutual TLS on between networks: the server name of a connection is the cluster that it is for. */
import { isHostSubset } from '@weft/api';
import type { FilterChainJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import { pickDestinationRule } from '../../../mesh/index.ts';
import type { GatewayServerIr, MeshService, MeshServicePort, SubsetIr } from '../../../mesh/model/index.ts';
import { policyFor } from '../../cluster/traffic-policy.ts';
import { sniOf } from '../../names/cluster-name.ts';
import { provenance } from '../../provenance.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import { MESH_ALPN } from '../tls/mesh-tls.ts';
import type { GatewayContext } from './gateway-context.ts';

/**
 * A chain for each cluster. It takes only clients that speak the mutual TLS of the mesh, which the workload behind then checks: the gateway
 * cannot, so its own policies have no say here.
 */
export function autoPassthroughChains(context: GatewayContext, server: GatewayServerIr): FilterChainJson[] {
  const { scope } = context.input;
  const hosts = server.hosts.map(({ host }) => host);
  return scope.services
    .filter((one) => !one.isMeshExternal && hosts.some((host) => isHostSubset(one.hostname, host)))
    .flatMap((service) =>
      service.ports
        .filter(({ protocol }) => protocol !== 'UDP')
        .flatMap((port) => portChains(context, { server, service, port })),
    );
}

interface PassedOn {
  readonly server: GatewayServerIr;
  readonly service: MeshService;
  readonly port: MeshServicePort;
}

function portChains({ input, traits }: GatewayContext, { server, service, port }: PassedOn): FilterChainJson[] {
  const { memo, scope, proxy, snapshot } = input;
  const rule = pickDestinationRule(scope.destinationRules.get(service.hostname), proxy);
  const chainOf = (subset: SubsetIr | undefined): FilterChainJson => {
    const name = sniOf({ hostname: service.hostname, port: port.number, subset: subset?.name });
    const policy = policyFor(rule, subset, port.number);
    return {
      filterChainMatch: { serverNames: [name], applicationProtocols: [...MESH_ALPN] },
      filters: [tcpProxy(input, traits, { statPrefix: name, clusters: [{ name, weight: 1 }], policy })],
      metadata: provenance([
        server.source,
        { object: service.sources[0]!, path: port.path },
        ...(subset === undefined ? [] : [subset.source]),
      ]),
    };
  };
  return memo.get(
    'autoPassthroughChains',
    [snapshot.settings, traits.key, server.source, service, port.path, rule],
    () => [undefined, ...(rule?.subsets ?? [])].map(chainOf),
  );
}
