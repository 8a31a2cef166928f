/** Clusters for what proxies send. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import {
  type DestinationRuleIr,
  effectiveMtls,
  type Finding,
  idOfRef,
  type MeshService,
  type MeshSettings,
  pickDestinationRule,
  type SidecarScope,
} from '../../mesh/index.ts';
import { clientViewOf, localityText } from '../endpoint/client-view.ts';
import { loadAssignment } from '../endpoint/load-assignment.ts';
import { localitySettingFor } from '../endpoint/locality-setting.ts';
import { networkGateways } from '../endpoint/network-gateways.ts';
import { labelOf } from '../endpoint/place.ts';
import type { TranslationInput } from '../input.ts';
import { traitsOf } from '../listener/proxy-traits.ts';
import type { MemoPart } from '../memo.ts';
import { blackHoleCluster, passthroughCluster } from './fixed-clusters.ts';
import { serviceClusters } from './service-clusters.ts';
import { serviceIdentities } from './service-identities.ts';
import { policyFor } from './traffic-policy.ts';

/** Clusters, and what there was to say about the objects that they are made of. */
export interface ClustersWithFindings {
  readonly clusters: readonly ClusterJson[];
  readonly findings: readonly Finding[];
}

/** For a sidecar: the clusters of all services that it sees, and those that lead to where clients connected to, and nowhere. */
export function outboundClusters(input: TranslationInput, findings: Finding[]): readonly ClusterJson[] {
  const { snapshot, scope, memo } = input;
  const { settings } = snapshot;
  const parts = clusterParts(input);
  const made = memo.get('clusters.outbound', [scope, ...parts], (): ClustersWithFindings => {
    const found: Finding[] = [...networkGateways(snapshot, memo).findings];
    const clusters = clustersOfServices(input, scope.services, { isPassedOn: false }, found);
    const fixed = [blackHoleCluster(settings), passthroughCluster(settings, found)];
    return { clusters: [...clusters, ...fixed], findings: found };
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
  const clusters: ClusterJson[] = [];
  for (const service of services) {
    const rule = ruleOf(scope, service, proxy);
    const endpoints = workloads.endpoints.get(service.key);
    const identities = serviceIdentities(service, endpoints, settings, memo);
    const takesMutualTls = namespaceTakesMutualTls(input, service.namespace);
    const own: MemoPart[] = isLookedUp(service)
      ? [endpoints, config.peerAuthentications, snapshot.registry, clientText(input)]
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
  const { snapshot, proxy, scope } = input;
  const { settings, config, workloads, registry } = snapshot;
  const [family = 4] = traitsOf(proxy, settings).families;
  const picked = scopeTraits(input)
    .selective.map((service) => textOf(ruleOf(scope, service, proxy)))
    .join(' ');
  return [
    settings,
    config.peerAuthentications,
    workloads.endpoints,
    registry,
    proxy.type,
    family,
    picked,
    clientText(input),
  ];
}

interface ScopeTraits {
  /** Services for which some workloads have rules of their own. */
  readonly selective: readonly MeshService[];
  /** Services whose endpoints stand in their clusters, so that these depend on where the client is. */
  readonly looksUp: boolean;
  readonly hasNodeLocal: boolean;
  /** Labels of the client by which such endpoints are ranked. */
  readonly labels: readonly string[];
}

function scopeTraits({ scope, snapshot: { settings }, memo }: TranslationInput): ScopeTraits {
  return memo.get('clusters.scope', [scope, settings], () => {
    const { services, destinationRules } = scope;
    const lookedUp = services.filter(isLookedUp);
    return {
      selective: services.filter(({ hostname }) =>
        (destinationRules.get(hostname) ?? []).some(({ workloadSelector }) => workloadSelector !== undefined),
      ),
      looksUp: lookedUp.length > 0,
      hasNodeLocal: lookedUp.some(({ isNodeLocal }) => isNodeLocal),
      labels: [...new Set(lookedUp.flatMap((service) => rankingLabels(service, scope, settings)))].toSorted(),
    };
  });
}

function isLookedUp({ resolution }: MeshService): boolean {
  return resolution === 'dns' || resolution === 'dns-round-robin';
}

function rankingLabels(service: MeshService, scope: SidecarScope, settings: MeshSettings): readonly string[] {
  const rules = [undefined, ...(scope.destinationRules.get(service.hostname) ?? [])];
  return rules.flatMap((rule) =>
    service.ports.flatMap(({ number }) =>
      [undefined, ...(rule?.subsets ?? [])].flatMap((subset) => {
        const setting = localitySettingFor(policyFor(rule, subset, number), service, settings);
        return setting?.isRanked === true ? setting.failoverPriority.map((label) => label.split('=', 1)[0]!) : [];
      }),
    ),
  );
}

function ruleOf(
  { destinationRules }: SidecarScope,
  { hostname }: MeshService,
  proxy: TranslationInput['proxy'],
): DestinationRuleIr | undefined {
  return pickDestinationRule(destinationRules.get(hostname), proxy);
}

function textOf(rule: DestinationRuleIr | undefined): string {
  return rule === undefined ? '' : rule.sources.map(idOfRef).join('+');
}

/** Everything about the client that endpoints in clusters can depend on; nothing when there are none. */
function clientText(input: TranslationInput): string {
  const { looksUp, hasNodeLocal, labels } = scopeTraits(input);
  if (!looksUp) return '';
  const client = clientViewOf(input.proxy);
  const { locality, network, cluster, nodeName, networks } = client;
  const node = hasNodeLocal ? nodeName : '';
  const ranked = labels.map((label) => labelOf(client, label));
  return JSON.stringify([localityText(locality), network, cluster, node, networks, ranked]);
}

/** Policies for single workloads are for the endpoints to tell. */
function namespaceTakesMutualTls({ snapshot, memo }: TranslationInput, namespace: string): boolean {
  const { config, settings } = snapshot;
  if (config.peerAuthentications.size === 0) return true;
  return memo.get('clusters.mtls', [config.peerAuthentications, settings, namespace], () => {
    return effectiveMtls({ config, settings }, { namespace, labels: {} }).mode !== 'DISABLE';
  });
}
