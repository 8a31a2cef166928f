/** The clusters of one service: for each of its ports one for all endpoints, and one for each subset. */
import type { Cluster_DiscoveryTypeJson, ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type {
  DestinationRuleIr,
  Finding,
  MeshService,
  MeshServicePort,
  MeshSettings,
  SubsetIr,
} from '../../mesh/index.ts';
import { keepsSessions } from '../endpoint/assignment-plan.ts';
import { localitySettingFor } from '../endpoint/locality-setting.ts';
import { findingAt } from '../finding-at.ts';
import { FROM_CONTROL_PLANE } from '../json/config-source.ts';
import { optionalDurationJson } from '../json/values.ts';
import { outboundClusterName, sniOf } from '../names/cluster-name.ts';
import { outboundMetadata } from './cluster-metadata.ts';
import { connectionFields } from './connection-pool.ts';
import { httpOptions, upstreamProtocol } from './http-options.ts';
import { commonLbConfig, isPassthrough, loadBalancingFields } from './load-balancing.ts';
import { outlierDetectionOf } from './outlier-detection.ts';
import { policyFindings } from './policy-findings.ts';
import type { ServiceIdentities } from './service-identities.ts';
import { statNameFields } from './stat-name.ts';
import { type EffectivePolicy, policyFor } from './traffic-policy.ts';
import { type Transport, upstreamTransport } from './upstream-transport.ts';

/** What the clusters of a service depend on. */
export interface ServiceClusterFacts {
  readonly service: MeshService;
  readonly rule: DestinationRuleIr | undefined;
  readonly settings: MeshSettings;
  readonly isRouter: boolean;
  /** Family of addresses that names are looked up for. */
  readonly family: 4 | 6;
  readonly identities: ServiceIdentities;
  /** Whether workloads of the service's namespace take mutual TLS, unless single ones say otherwise. */
  readonly takesMutualTls: boolean;
  /** Passes mutual TLS on unread, for gateways between networks. */
  readonly isPassedOn: boolean;
  /** The endpoints of a cluster that has them in itself. */
  readonly assignment: (clusterName: string) => ClusterLoadAssignmentJson;
}

/** Makes the clusters. Names that stand for another service, and those that are looked up as clients ask for them, have none. */
export function serviceClusters(facts: ServiceClusterFacts, findings: Finding[]): readonly ClusterJson[] {
  const { service, rule } = facts;
  if (service.resolution === 'alias') return [];
  if (service.resolution === 'dynamic-dns') {
    const source = service.sources[0];
    const message = `${service.hostname} is not reached: proxies do not look up names that clients ask for yet; list the names as hosts of their own with resolution DNS`;
    if (source !== undefined) findings.push(findingAt('UnsupportedField', source, 'spec.resolution', message));
    return [];
  }
  const clusters: ClusterJson[] = [];
  for (const port of service.ports) {
    if (port.protocol === 'UDP') continue;
    for (const subset of [undefined, ...(rule?.subsets ?? [])]) {
      const cluster = clusterOf({ ...facts, port, subset }, findings);
      if (cluster !== undefined) clusters.push(cluster);
    }
  }
  return clusters;
}

interface ClusterFacts extends ServiceClusterFacts {
  readonly port: MeshServicePort;
  readonly subset: SubsetIr | undefined;
}

function clusterOf(facts: ClusterFacts, findings: Finding[]): ClusterJson | undefined {
  const { service, rule, settings, port, subset, isRouter, isPassedOn } = facts;
  const policy = policyFor(rule, subset, port.number);
  policyFindings(policy, findings);
  const { connectionPool: pool, outlierDetection, loadBalancer, retryBudget } = policy.spec;
  const target = { hostname: service.hostname, port: port.number, subset: subset?.name };
  const name = isPassedOn ? sniOf(target) : outboundClusterName(target);
  const type = discoveryType(facts, policy);
  const discovery = discoveryFields(name, type, facts, findings);
  if (discovery === undefined) return undefined;
  const protocol = upstreamProtocol({ protocol: port.protocol, pool, settings, isRouter, isInbound: false });
  const { fields, upstreamHttp } = isPassedOn ? NOT_SECURED : transportOf(facts, { policy, type, protocol }, findings);
  const locality = localitySettingFor(policy, service, settings);
  const isOriginal = type === 'ORIGINAL_DST';
  const { connectionPool: poolPlace, retryBudget: retryBudgetPlace } = policy.places;
  return {
    name,
    ...statNameFields(settings.config.outboundClusterStatName, { service, port, subset: subset?.name ?? '' }),
    ...discovery,
    ...connectionFields({ pool, poolPlace, retryBudget, retryBudgetPlace }, settings, findings),
    ...(isOriginal ? { lbPolicy: 'CLUSTER_PROVIDED' } : loadBalancingFields(loadBalancer)),
    commonLbConfig: commonLbConfig(policy, locality, keepsSessions(service)),
    ...(outlierDetection === undefined ? {} : { outlierDetection: outlierDetectionOf(outlierDetection) }),
    ...fields,
    ...httpOptions(protocol, pool, upstreamHttp),
    metadata: outboundMetadata({ service, port, rule, subset, policy }),
  };
}

/** Bytes that are passed on are secured already. */
const NOT_SECURED: Transport = Object.freeze({ fields: Object.freeze({}), upstreamHttp: undefined });

interface Decided {
  readonly policy: EffectivePolicy;
  readonly type: Cluster_DiscoveryTypeJson;
  readonly protocol: ReturnType<typeof upstreamProtocol>;
}

function transportOf(facts: ClusterFacts, { policy, type, protocol }: Decided, findings: Finding[]): Transport {
  const { service, settings, port, subset, identities, rule, isRouter } = facts;
  const { hostname } = service;
  return upstreamTransport(
    {
      service,
      port,
      policy,
      settings,
      protocol,
      sni: sniOf({ hostname, port: port.number, subset: subset?.name }),
      identities: identities.names,
      autoMtls: automaticMtls(facts, type),
      mayUseSecrets: isRouter || rule?.workloadSelector !== undefined,
    },
    findings,
  );
}

/** Where connections go to addresses that only the client knows, endpoints cannot be told apart: all of them must speak mutual TLS. */
function automaticMtls(
  { service, settings, takesMutualTls, identities }: ClusterFacts,
  type: Cluster_DiscoveryTypeJson,
): 'by-endpoint' | 'always' | 'never' {
  if (settings.config.enableAutoMtls === false || service.isMeshExternal || !takesMutualTls) return 'never';
  if (type !== 'ORIGINAL_DST') return 'by-endpoint';
  return identities.areAllMutual ? 'always' : 'never';
}

/** How endpoints are found (SEMANTICS 34). Gateways know no address that a client connected to. */
function discoveryType({ service, isRouter }: ClusterFacts, policy: EffectivePolicy): Cluster_DiscoveryTypeJson {
  if (isPassthrough(policy.spec.loadBalancer)) return 'ORIGINAL_DST';
  // Clients choose among the endpoints of such a Service themselves (SEMANTICS 36).
  if (service.isHeadless) return isRouter ? 'EDS' : 'ORIGINAL_DST';
  switch (service.resolution) {
    case 'dns':
      return 'STRICT_DNS';
    case 'dns-round-robin':
      return 'LOGICAL_DNS';
    case 'passthrough':
      return isRouter ? 'EDS' : 'ORIGINAL_DST';
    case 'client-side':
    case 'alias':
    case 'dynamic-dns':
      return 'EDS';
  }
}

type DiscoveryFields = Pick<
  ClusterJson,
  | 'type'
  | 'edsClusterConfig'
  | 'loadAssignment'
  | 'originalDstLbConfig'
  | 'dnsLookupFamily'
  | 'dnsRefreshRate'
  | 'respectDnsTtl'
>;

function discoveryFields(
  name: string,
  type: Cluster_DiscoveryTypeJson,
  { service, port, settings, family, assignment }: ClusterFacts,
  findings: Finding[],
): DiscoveryFields | undefined {
  if (type === 'EDS') return { type, edsClusterConfig: { edsConfig: FROM_CONTROL_PLANE, serviceName: name } };
  if (type === 'ORIGINAL_DST') return { type, ...portOverride(service, port) };
  const all = assignment(name);
  const loadAssignment = type === 'LOGICAL_DNS' ? onlyFirst(all, service, findings) : all;
  if (loadAssignment === undefined) return undefined;
  return {
    type,
    loadAssignment,
    dnsLookupFamily: family === 6 ? 'V6_ONLY' : 'V4_ONLY',
    dnsRefreshRate: optionalDurationJson(settings.config.dnsRefreshRate) ?? '60s',
    respectDnsTtl: true,
  };
}

/** A ServiceEntry without endpoints may send to another port of the address that the client connected to. */
function portOverride({ registry }: MeshService, { targetPort, number }: MeshServicePort): DiscoveryFields {
  const differs = registry === 'external' && typeof targetPort === 'number' && targetPort !== number;
  return differs ? { originalDstLbConfig: { upstreamPortOverride: targetPort } } : {};
}

/** Such a cluster has one name: without one there is no cluster, and of several the first counts. */
function onlyFirst(
  { clusterName, endpoints = [] }: ClusterLoadAssignmentJson,
  { hostname, sources }: MeshService,
  findings: Finding[],
): ClusterLoadAssignmentJson | undefined {
  const [first] = endpoints;
  const [endpoint] = first?.lbEndpoints ?? [];
  if (first === undefined || endpoint === undefined || clusterName === undefined) return undefined;
  const count = endpoints.reduce((sum, { lbEndpoints = [] }) => sum + lbEndpoints.length, 0);
  if (count > 1 && sources[0] !== undefined) {
    const message = `${hostname} has ${count} endpoints and resolution DNS_ROUND_ROBIN, which takes one: the first is used; use resolution DNS for all`;
    findings.push(findingAt('UnsupportedField', sources[0], 'spec.endpoints', message));
  }
  return { clusterName, endpoints: [{ ...first, priority: 0, lbEndpoints: [endpoint] }] };
}
