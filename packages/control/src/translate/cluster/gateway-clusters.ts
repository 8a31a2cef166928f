/** Clusters of gateways. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type {
  Finding,
  GatewayIr,
  MeshService,
  MeshSnapshot,
  SidecarScope,
  VirtualServiceIr,
} from '../../mesh/index.ts';
import { networkGateways } from '../endpoint/network-gateways.ts';
import type { TranslationInput } from '../input.ts';
import { blackHoleCluster } from './fixed-clusters.ts';
import { type ClustersWithFindings, clusterParts, clustersOfServices } from './outbound-clusters.ts';

/**
 * For a gateway: the clusters that its routes lead to, and where it passes mutual TLS on by server name those of all services of the mesh.
 * EnvoyFilters may name any cluster, so a gateway that has some gets all.
 */
export function gatewayClusters(input: TranslationInput, findings: Finding[]): readonly ClusterJson[] {
  const { snapshot, scope, gateways, memo, envoyFilters } = input;
  const { config, settings } = snapshot;
  const servers = gateways?.gateways ?? [];
  const names = servers.map(({ name }) => name).join(' ');
  const passesOn = servers.some(isPassingOn);
  const hosts = envoyFilters.length > 0 ? undefined : routedHosts(config.virtualServices, names, input);
  const parts = [scope, ...clusterParts(input), hosts, passesOn];
  const made = memo.get('clusters.gateway', parts, (): ClustersWithFindings => {
    const found: Finding[] = [...networkGateways(snapshot, memo).findings];
    const routed = hosts === undefined ? scope.services : servicesOf(hosts, scope);
    const passedOn = passesOn ? scope.services.filter(isOfMesh) : [];
    const clusters = [
      ...clustersOfServices(input, routed, { isPassedOn: false }, found),
      ...clustersOfServices(input, passedOn, { isPassedOn: true }, found),
      memo.get('clusters.blackHole', [settings], () => blackHoleCluster(settings)),
    ];
    return { clusters, findings: found };
  });
  findings.push(...made.findings);
  return made.clusters;
}

/** The services of these hosts; a name that stands for another service leads to that one. */
function servicesOf(hosts: ReadonlySet<string>, { services, servicesByHost }: SidecarScope): readonly MeshService[] {
  const wanted = new Set(hosts);
  for (const host of hosts) {
    const target = servicesByHost.get(host)?.aliasOf;
    if (target !== undefined) wanted.add(target);
  }
  return services.filter(({ hostname }) => wanted.has(hostname));
}

function isPassingOn({ servers }: GatewayIr): boolean {
  return servers.some(({ spec }) => spec.tls?.mode === 'AUTO_PASSTHROUGH');
}

function isOfMesh({ isMeshExternal }: MeshService): boolean {
  return !isMeshExternal;
}

/** Hosts that routes of these gateways lead to. */
function routedHosts(
  virtualServices: MeshSnapshot['config']['virtualServices'],
  names: string,
  { memo }: Pick<TranslationInput, 'memo'>,
): ReadonlySet<string> {
  return memo.get('clusters.routedHosts', [virtualServices, names], () => {
    const gateways = new Set(names.split(' '));
    const hosts = new Set<string>();
    for (const one of virtualServices.values()) {
      if (one.gateways.some((name) => gateways.has(name))) for (const host of destinationsOf(one)) hosts.add(host);
    }
    return hosts;
  });
}

function* destinationsOf({ http, tls, tcp }: VirtualServiceIr): Iterable<string> {
  for (const { spec } of http) {
    for (const { destination } of spec.route ?? []) yield destination.host;
    if (spec.mirror !== undefined) yield spec.mirror.host;
    for (const { destination } of spec.mirrors ?? []) yield destination.host;
  }
  for (const { spec } of [...tls, ...tcp]) for (const { destination } of spec.route ?? []) yield destination.host;
}
