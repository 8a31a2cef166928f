/** Clusters for what proxies send. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { effectiveMtls, type Finding, type MeshService, pickDestinationRule } from '../../mesh/index.ts';
import { clientText, isLookedUp, pickedRules } from '../endpoint/client-text.ts';
import { loadAssignment } from '../endpoint/load-assignment.ts';
import { networkGateways } from '../endpoint/network-gateways.ts';
import type { TranslationInput } from '../input.ts';
import { traitsOf } from '../listener/proxy-traits.ts';
import type { MemoPart } from '../memo.ts';
import { blackHoleCluster, passthroughCluster } from './fixed-clusters.ts';
import { serviceClusters } from './service-clusters.ts';
import { serviceIdentities } from './service-identities.ts';

/** Clusters, and what there was to say about the objects that they are made of. */
export interface ClustersWithFindings {
  readonly clusters: readonly ClusterJson[];
  readonly findings: readonly Finding[];
}

/** For a sidecar: the clusters of all services that it sees, and those that lead to where clients connected to, and nowhere. */
export function outboundClusters(input: TranslationInput, findings: Finding[]): readonly ClusterJson[] {
  const { snapshot, scope, memo } = input;
  const parts = clusterParts(input);
  const made = memo.get('clusters.outbound', [scope, ...parts], (): ClustersWithFindings => {
    const found: Finding[] = [...networkGateways(snapshot, memo).findings];
    const clusters = clustersOfServices(input, scope.services, { isPassedOn: false }, found);
    return { clusters: [...clusters, ...fixedClusters(input, found)], findings: found };
  });
  findings.push(...made.findings);
  return made.clusters;
}

function fixedClusters(
  { snapshot: { settings }, memo }: TranslationInput,
  findings: Finding[],
): readonly ClusterJson[] {
  const made = memo.get('clusters.fixed', [settings], (): ClustersWithFindings => {
    const found: Finding[] = [];
    return { clusters: [blackHoleCluster(settings), passthroughCluster(settings, found)], findings: found };
  });
  findings.push(...made.findings);
  return made.clusters;
}

/** What kind of clusters. */
export interface ClusterMode {
  readonly isPassedOn: boolean;
}

/** The clusters of services in their order. What several proxies share is made once. */
export function clustersOfServices(
  input: TranslationInput,
  services: readonly MeshService[],
  { isPassedOn }: ClusterMode,
  findings: Finding[],
): ClusterJson[] {
  const { snapshot, proxy, scope, memo } = input;
  const { settings, config, workloads } = snapshot;
  const isRouter = proxy.type === 'router';
  const [family = 4] = traitsOf(proxy, settings).families;
  const gateways = networkGateways(snapshot, memo);
  const clusters: ClusterJson[] = [];
  for (const service of services) {
    const rule = pickDestinationRule(scope.destinationRules.get(service.hostname), proxy);
    const endpoints = workloads.endpoints.get(service.key);
    const identities = serviceIdentities(service, endpoints, settings, memo);
    const takesMutualTls = namespaceTakesMutualTls(input, service.namespace);
    const own: MemoPart[] = isLookedUp(service)
      ? [endpoints, config.peerAuthentications, gateways.key, clientText(input)]
      : [];
    const parts = [service, rule, settings, isRouter, family, identities.key, identities.areAllMutual];
    const made = memo.get(
      'clusters.service',
      [...parts, takesMutualTls, isPassedOn, ...own],
      (): ClustersWithFindings => {
        const found: Finding[] = [];
        const assignment = (name: string) => loadAssignment(input, name);
        const shared = { service, rule, settings, isRouter, family, identities, takesMutualTls, isPassedOn };
        return { clusters: serviceClusters({ ...shared, assignment }, found), findings: found };
      },
    );
    clusters.push(...made.clusters);
    findings.push(...made.findings);
  }
  return clusters;
}

/** What the clusters of a proxy depend on, beside the services: proxies with the same parts get the same list. */
export function clusterParts(input: TranslationInput): readonly MemoPart[] {
  const { snapshot, proxy } = input;
  const { settings, config, workloads, registry } = snapshot;
  const [family = 4] = traitsOf(proxy, settings).families;
  // Endpoints that are looked up stand in clusters themselves, so that these depend on where the client is.
  const client = [pickedRules(input), clientText(input)];
  return [settings, config.peerAuthentications, workloads.endpoints, registry, proxy.type, family, ...client];
}

/** Policies for single workloads are for the endpoints to tell. */
function namespaceTakesMutualTls({ snapshot, memo }: TranslationInput, namespace: string): boolean {
  const { config, settings } = snapshot;
  if (config.peerAuthentications.size === 0) return true;
  return memo.get('clusters.mtls', [config.peerAuthentications, settings, namespace], () => {
    return effectiveMtls({ config, settings }, { namespace, labels: {} }).mode !== 'DISABLE';
  });
}
