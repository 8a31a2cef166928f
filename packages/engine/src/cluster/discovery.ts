import type { Cluster, Cluster_OriginalDstLbConfig } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import type { AddressRuntime } from '../config/address.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { addNeed } from '../config/config-source.ts';
import { asciiLower } from '../match/ascii.ts';
import { compileMetadataKey, type MetadataPath } from '../route/rate-limit/metadata-key.ts';
import { compileDns, type DnsRuntime } from './dns.ts';
import { compileEndpoints, type EndpointsRuntime, noEndpoints } from './endpoints.ts';

/** Where the hosts of a cluster come from. */
export type DiscoveryRuntime =
  | { readonly kind: 'static'; readonly endpoints: EndpointsRuntime }
  /** Every address that a name has is a host. */
  | { readonly kind: 'strictDns'; readonly endpoints: EndpointsRuntime; readonly dns: DnsRuntime }
  /** A name is one host; the next connection goes to the first address of the last answer. */
  | { readonly kind: 'logicalDns'; readonly endpoints: EndpointsRuntime; readonly dns: DnsRuntime }
  /** A ClusterLoadAssignment of this name. */
  | { readonly kind: 'eds'; readonly serviceName: string; readonly source: ConfigSource }
  | { readonly kind: 'originalDst'; readonly original: OriginalDestinationRuntime };

/** Where connections of a cluster go that has no hosts of its own: where the downstream connection was meant to go, unless a request says otherwise. */
export interface OriginalDestinationRuntime {
  /** The header that may name an address, in lower case; empty for none. */
  readonly header: string;
  /** Dynamic metadata that may name an address. */
  readonly metadataKey: MetadataPath | undefined;
  /** Replaces the port; undefined keeps it. */
  readonly port: number | undefined;
  /** Hosts that were not used for so long are forgotten. */
  readonly cleanupMs: number;
}

/** The numbers of DiscoveryType; importing the enum itself would load generated code. */
const STRICT_DNS = 1;
const LOGICAL_DNS = 2;
const EDS = 3;
const ORIGINAL_DST = 4;
const CLUSTER_PROVIDED = 6;

/** Compiles where the hosts of a cluster come from; undefined when there was a problem. */
export function compileDiscovery(cluster: Cluster, base: string, context: ConfigContext): DiscoveryRuntime | undefined {
  const { clusterDiscoveryType: given } = cluster;
  const type: number = given.case === 'type' ? given.value : 0;
  if (cluster.edsClusterConfig !== undefined && type !== EDS) {
    context.problems.add(`${base}eds_cluster_config`, 'eds_cluster_config set in a non-EDS cluster');
    return undefined;
  }
  if (cluster.lbPolicy === CLUSTER_PROVIDED && type !== ORIGINAL_DST) {
    context.problems.add(`${base}lb_policy`, 'CLUSTER_PROVIDED is for clusters of type ORIGINAL_DST');
    return undefined;
  }
  switch (type) {
    case EDS:
      return compileEds(cluster, base, context);
    case ORIGINAL_DST:
      return compileOriginalDst(cluster, base, context);
    case STRICT_DNS:
    case LOGICAL_DNS: {
      const isLogical = type === LOGICAL_DNS;
      const dns = compileDns(cluster, base, context);
      const endpoints = compileAssignment(cluster, base, context);
      if (dns === undefined || endpoints === undefined) return undefined;
      if (!checkNames(endpoints, isLogical, base, context)) return undefined;
      return { kind: isLogical ? 'logicalDns' : 'strictDns', endpoints, dns };
    }
    default: {
      const endpoints = compileAssignment(cluster, base, context);
      return endpoints && checkAddresses(endpoints, base, context) ? { kind: 'static', endpoints } : undefined;
    }
  }
}

function compileAssignment(cluster: Cluster, base: string, context: ConfigContext): EndpointsRuntime | undefined {
  const { loadAssignment } = cluster;
  if (loadAssignment === undefined) return noEndpoints(cluster.name);
  return compileEndpoints(loadAssignment, `${base}load_assignment`, context);
}

function compileEds(cluster: Cluster, base: string, context: ConfigContext): DiscoveryRuntime | undefined {
  const config = cluster.edsClusterConfig;
  const path = `${base}eds_cluster_config`;
  if (config === undefined) return isMissing(path, 'eds_cluster_config', context);
  if (cluster.loadAssignment !== undefined) {
    context.problems.add(`${base}load_assignment`, 'a cluster of type EDS gets its endpoints from eds_cluster_config');
    return undefined;
  }
  const serviceName = config.serviceName === '' ? cluster.name : config.serviceName;
  const typeName = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
  const { edsConfig: source } = config;
  if (!addNeed(typeName, serviceName, source, `${path}.eds_config`, context) || source === undefined) return undefined;
  return { kind: 'eds', serviceName, source };
}

const DEFAULT_CLEANUP_MS = 5000;
const DEFAULT_HEADER = 'x-envoy-original-dst-host';

function compileOriginalDst(cluster: Cluster, base: string, context: ConfigContext): DiscoveryRuntime | undefined {
  const { lbPolicy, lbConfig, loadBalancingPolicy } = cluster;
  if (lbPolicy !== CLUSTER_PROVIDED && loadBalancingPolicy === undefined) {
    context.problems.add(`${base}lb_policy`, 'a cluster of type ORIGINAL_DST needs the lb_policy CLUSTER_PROVIDED');
    return undefined;
  }
  if (cluster.loadAssignment !== undefined) {
    context.problems.add(`${base}load_assignment`, 'ORIGINAL_DST clusters must have no load assignment configured');
    return undefined;
  }
  const own = lbConfig.case === 'originalDstLbConfig' ? lbConfig.value : undefined;
  const path = `${base}original_dst_lb_config`;
  if (own !== undefined && own.httpHeaderName !== '' && !own.useHttpHeader) {
    context.problems.add(`${path}.http_header_name`, 'is only read with use_http_header: set that to true');
    return undefined;
  }
  const metadataKey = own?.metadataKey && compileMetadataKey(own.metadataKey, path, context);
  const cleanupMs =
    compileOptionalMs(cluster.cleanupInterval, `${base}cleanup_interval`, context) ?? DEFAULT_CLEANUP_MS;
  const original = { header: headerOf(own), metadataKey, port: own?.upstreamPortOverride, cleanupMs };
  return { kind: 'originalDst', original: Object.freeze(original) };
}

function headerOf(own: Cluster_OriginalDstLbConfig | undefined): string {
  if (own?.useHttpHeader !== true) return '';
  return own.httpHeaderName === '' ? DEFAULT_HEADER : asciiLower(own.httpHeaderName);
}

/** Endpoints that are fetched or static have addresses, not names; true when all have. */
export function checkAddresses(endpoints: EndpointsRuntime, base: string, context: ConfigContext): boolean {
  const before = context.problems.count;
  forEachAddress(endpoints, base, (address, path) => {
    if (address.kind !== 'socket' || address.ip !== undefined) return;
    const hint = 'give an IP address, or use a cluster of type STRICT_DNS or LOGICAL_DNS';
    context.problems.add(path, `malformed IP address ${JSON.stringify(address.host)}: ${hint}`);
  });
  return context.problems.count === before;
}

function checkNames(endpoints: EndpointsRuntime, isLogical: boolean, base: string, context: ConfigContext): boolean {
  const before = context.problems.count;
  const path = `${base}load_assignment`;
  if (isLogical && (endpoints.localities.length !== 1 || endpoints.localities[0]!.endpoints.length !== 1)) {
    context.problems.add(path, 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint');
  }
  forEachAddress(endpoints, base, (address, at) => {
    if (address.kind !== 'socket') context.problems.add(at, 'a cluster with DNS needs names or IP addresses');
  });
  return context.problems.count === before;
}

function forEachAddress(
  { localities }: EndpointsRuntime,
  base: string,
  visit: (address: AddressRuntime, path: string) => void,
): void {
  localities.forEach(({ endpoints }, i) => {
    endpoints.forEach(({ address, additionalAddresses }, j) => {
      const path = `${base}load_assignment.endpoints[${i}].lb_endpoints[${j}].endpoint`;
      visit(address, `${path}.address`);
      for (const [k, each] of additionalAddresses.entries()) visit(each, `${path}.additional_addresses[${k}].address`);
    });
  });
}
