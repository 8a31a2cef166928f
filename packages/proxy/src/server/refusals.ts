/** What compiles but cannot be run yet: refused by name before anything listens. */
import type {
  BootstrapRuntime,
  CircuitBreakersRuntime,
  ClusterRuntime,
  EndpointsRuntime,
  HttpManagerRuntime,
  ListenerRuntime,
  RbacNetworkRuntime,
} from '@weft/engine';
import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import { planApiConfigSource, planConfigSource } from '@weft/xds/client';
import { HTTP_FILTER_KINDS, ROUTER_TYPE } from '../filters/http/all.ts';
import { LISTENER_FILTER_KINDS } from '../filters/listener/all.ts';
import { ORIGINAL_DST } from '../filters/listener/original-dst.ts';
import { PROXY_PROTOCOL } from '../filters/listener/proxy-protocol.ts';
import { ADMISSION_FILTER_KINDS, TERMINAL_FILTER_KINDS } from '../filters/network/all.ts';
import type { ProxyAbilities } from './abilities.ts';

/** One thing that stands in the way. */
export interface Refusal {
  readonly path: string;
  readonly reason: string;
}

const NETWORK_TYPES = new Set([...ADMISSION_FILTER_KINDS, ...TERMINAL_FILTER_KINDS].map(({ typeName }) => typeName));
const LISTENER_TYPES = new Set(LISTENER_FILTER_KINDS.map(({ typeName }) => typeName));
const NO_ORIGINAL_DST =
  'this Node.js cannot ask the kernel where a redirected connection was meant to go (SO_ORIGINAL_DST): ' +
  'use Node.js 26.1 or later, or let connections come to their own address, on a listener of a wildcard address';
const MANAGER_TYPE = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const NETWORK_RBAC_TYPE = 'envoy.extensions.filters.network.rbac.v3.RBAC';
const LISTENER_TYPE = 'envoy.config.listener.v3.Listener';
const ENDPOINTS_TYPE = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
const CLUSTER_TYPE = 'envoy.config.cluster.v3.Cluster';
const DEFAULT_OVERPROVISIONING_PCT = 140;
const POLICIES = new Set(['roundRobin', 'leastRequest', 'random']);

/** Everything in a bootstrap that this proxy cannot do. */
export function findRefusals(bootstrap: BootstrapRuntime, abilities: ProxyAbilities): readonly Refusal[] {
  const found: Refusal[] = [];
  refuseSources(bootstrap, found);
  for (const [i, { value }] of bootstrap.listeners.entries()) {
    refuseListener(value, `static_resources.listeners[${i}]`, abilities, found);
  }
  for (const [i, { value }] of bootstrap.clusters.entries()) {
    refuseCluster(value, `static_resources.clusters[${i}]`, found);
  }
  return found;
}

/** Everything in a resource that comes while the proxy runs which it cannot do. */
export function findResourceRefusals(typeName: string, value: unknown, abilities: ProxyAbilities): readonly Refusal[] {
  const found: Refusal[] = [];
  if (typeName === LISTENER_TYPE) refuseListener(value as ListenerRuntime, '', abilities, found);
  if (typeName === CLUSTER_TYPE) refuseCluster(value as ClusterRuntime, '', found);
  if (typeName === ENDPOINTS_TYPE) refuseEndpoints(value as EndpointsRuntime, '', found);
  return found;
}

/** Where resources come from has to be understood before anybody waits for them. */
function refuseSources({ listeners, clusters, dynamic, runtimeLayers }: BootstrapRuntime, found: Refusal[]): void {
  const refuse = (path: string, source: ConfigSource | undefined) => {
    const plan = source === undefined ? undefined : planConfigSource(source);
    if (plan?.kind === 'err') found.push({ path, reason: plan.error });
    if (plan?.kind === 'ok' && plan.value.kind === 'ads' && dynamic.ads === undefined) {
      found.push({ path, reason: 'the source is ads, but there is no dynamic_resources.ads_config' });
    }
  };
  for (const [kind, resources] of Object.entries({ listeners, clusters })) {
    for (const [i, { needs }] of resources.entries()) {
      for (const { name, source } of needs) refuse(`static_resources.${kind}[${i}]: ${name}`, source);
    }
  }
  for (const [i, { fetched }] of runtimeLayers.entries()) {
    refuse(`layered_runtime.layers[${i}].rtds_layer.rtds_config`, fetched?.source);
  }
  refuse('dynamic_resources.lds_config', dynamic.lds);
  refuse('dynamic_resources.cds_config', dynamic.cds);
  const ads = dynamic.ads === undefined ? undefined : planApiConfigSource(dynamic.ads);
  if (ads?.kind === 'err') found.push({ path: 'dynamic_resources.ads_config', reason: ads.error });
}

function refuseListener(listener: ListenerRuntime, path: string, abilities: ProxyAbilities, found: Refusal[]): void {
  const refuse = (at: string, reason: string) => found.push({ path: `${path}.${at}`, reason });
  if (listener.isInternal) refuse('internal_listener', 'internal listeners are not served yet');
  const hasProxyProtocol = listener.listenerFilters.some(({ typeName }) => typeName === PROXY_PROTOCOL.typeName);
  if (listener.usesOriginalDestination && !hasProxyProtocol && abilities.originalDestination === undefined) {
    refuse('use_original_dst', `${NO_ORIGINAL_DST}, or by the PROXY protocol`);
  }
  listener.listenerFilters.forEach(({ typeName }, i) => {
    if (!LISTENER_TYPES.has(typeName)) refuse(`listener_filters[${i}]`, `${typeName} does not run yet`);
    if (typeName === ORIGINAL_DST.typeName && abilities.originalDestination === undefined) {
      refuse(`listener_filters[${i}]`, NO_ORIGINAL_DST);
    }
  });
  const chains = [
    ...listener.filterChains,
    ...(listener.defaultFilterChain === undefined ? [] : [listener.defaultFilterChain]),
  ];
  chains.forEach((chain, i) => {
    const at = i < listener.filterChains.length ? `filter_chains[${i}]` : 'default_filter_chain';
    chain.filters.forEach((filter, j) => {
      if (!NETWORK_TYPES.has(filter.typeName)) refuse(`${at}.filters[${j}]`, `${filter.typeName} does not run yet`);
      if (filter.typeName === MANAGER_TYPE) {
        refuseManager(filter.config as HttpManagerRuntime, `${path}.${at}.filters[${j}].typed_config`, found);
      }
      if (filter.typeName === NETWORK_RBAC_TYPE && (filter.config as RbacNetworkRuntime).isContinuous) {
        refuse(`${at}.filters[${j}].typed_config.enforcement_type`, 'connections are decided once: leave it out');
      }
    });
  });
}

function refuseManager(manager: HttpManagerRuntime, path: string, found: Refusal[]): void {
  manager.filters.forEach(({ typeName, config }, i) => {
    if (typeName === ROUTER_TYPE) return;
    const kind = HTTP_FILTER_KINDS.find((each) => each.typeName === typeName);
    const reason = kind === undefined ? `${typeName} does not run yet` : kind.refuse?.(config);
    if (reason !== undefined) found.push({ path: `${path}.http_filters[${i}]`, reason });
  });
}

function refuseEndpoints(
  { drops, localities, staleAfterMs, overprovisioningPct }: EndpointsRuntime,
  path: string,
  found: Refusal[],
): void {
  for (const { endpoints } of localities) {
    if (endpoints.every(({ additionalAddresses }) => additionalAddresses.length === 0)) continue;
    const reason = 'an endpoint has one address yet: list the others as endpoints';
    found.push({ path: `${path}.endpoints.lb_endpoints.endpoint.additional_addresses`, reason });
  }
  const refuse = (at: string, reason: string) => found.push({ path: `${path}.policy.${at}`, reason });
  if (drops.length > 0) refuse('drop_overloads', 'requests are not dropped by category yet: leave them out');
  if (staleAfterMs > 0) refuse('endpoint_stale_after', 'endpoints do not grow stale yet: leave it out');
  if (overprovisioningPct !== DEFAULT_OVERPROVISIONING_PCT) {
    refuse('overprovisioning_factor', `is always ${DEFAULT_OVERPROVISIONING_PCT} yet: leave it out`);
  }
}

function refuseCluster(cluster: ClusterRuntime, path: string, found: Refusal[]): void {
  const refuse = (at: string, reason: string) => found.push({ path: `${path}.${at}`, reason });
  const { kind } = cluster.discovery;
  if ('endpoints' in cluster.discovery) refuseEndpoints(cluster.discovery.endpoints, `${path}.load_assignment`, found);
  if (cluster.healthChecks.length > 0) refuse('health_checks', 'hosts are not checked yet: leave them out');
  if (cluster.outlierDetection !== undefined) refuse('outlier_detection', 'hosts are not judged yet: leave it out');
  if (cluster.preconnectRatio > 1) refuse('preconnect_policy', 'connections are not made ahead yet: leave it out');
  const policy = cluster.balancing.policy.kind;
  if (kind === 'originalDst' && policy !== 'clusterProvided') {
    refuse('lb_policy', 'a cluster of type ORIGINAL_DST has nothing to choose from: use CLUSTER_PROVIDED');
  }
  if (kind !== 'originalDst' && !POLICIES.has(policy)) {
    refuse('lb_policy', 'is not served yet: use ROUND_ROBIN, LEAST_REQUEST or RANDOM');
  }
  if (cluster.balancing.subset !== undefined) refuse('lb_subset_config', 'subsets are not served yet');
  if (cluster.balancing.closesConnectionsOnHostSetChange) {
    refuse(
      'common_lb_config.close_connections_on_host_set_change',
      'connections stay while their host does: leave it out',
    );
  }
  refuseBreakers(cluster.circuitBreakers, refuse);
}

function refuseBreakers(breakers: CircuitBreakersRuntime, refuse: (at: string, reason: string) => void): void {
  if (breakers.maxConnectionsPerHost !== Number.POSITIVE_INFINITY) {
    refuse('circuit_breakers.per_host_thresholds', 'hosts have no bounds of their own yet: use thresholds');
  }
  for (const { maxConnectionPools } of [breakers.default, breakers.high]) {
    if (maxConnectionPools !== Number.POSITIVE_INFINITY) {
      refuse('circuit_breakers.thresholds.max_connection_pools', 'pools are not counted yet: leave it out');
    }
  }
}
