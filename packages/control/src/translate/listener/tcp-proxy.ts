/** The filter that sends a connection on, and what stands before it. */
import type { FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { TcpProxyJson } from '@weft/proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy';
import { resolveHost } from '../../mesh/names/hosts.ts';
import { type EffectivePolicy, NO_POLICY } from '../cluster/traffic-policy.ts';
import type { TranslationInput } from '../input.ts';
import { defined, filled } from '../json/defined.ts';
import { typed } from '../json/typed-config.ts';
import { durationJson } from '../json/values.ts';
import { BLACK_HOLE_CLUSTER, outboundClusterName, PASSTHROUGH_CLUSTER } from '../names/cluster-name.ts';
import { accessLogs } from './access-logs.ts';
import type { ProxyTraits } from './proxy-traits.ts';

/** Name of the filter, by which EnvoyFilters find it. */
export const TCP_PROXY_NAME = 'envoy.filters.network.tcp_proxy';

/** A cluster and its share of the connections. */
export interface ClusterShare {
  readonly name: string;
  readonly weight: number;
}

/** Where connections go. */
export interface TcpProxyOptions {
  readonly statPrefix: string;
  /** One, or several with shares. */
  readonly clusters: readonly [ClusterShare, ...ClusterShare[]];
  /** What the DestinationRule of the first destination says. */
  readonly policy?: EffectivePolicy;
}

/** The filter. */
export function tcpProxy(
  input: TranslationInput,
  traits: ProxyTraits,
  { statPrefix, clusters, policy = NO_POLICY }: TcpProxyOptions,
): FilterJson {
  const { connectionPool, loadBalancer } = policy.spec;
  const idleTimeout = connectionPool?.tcp?.idleTimeout ?? traits.idleTimeout;
  const longest = connectionPool?.tcp?.maxConnectionDuration;
  const config = defined<TcpProxyJson>({
    statPrefix,
    ...(clusters.length === 1
      ? { cluster: clusters[0].name }
      : { weightedClusters: { clusters: clusters.map(({ name, weight }) => ({ name, weight })) } }),
    idleTimeout: idleTimeout === undefined ? undefined : durationJson(idleTimeout),
    maxDownstreamConnectionDuration: longest === undefined ? undefined : durationJson(longest),
    hashPolicy: loadBalancer?.consistentHash?.useSourceIp === true ? [{ sourceIp: {} }] : undefined,
    accessLog: filled(accessLogs(input)),
  });
  return filterOf(config);
}

/** Ends connections that the proxy would otherwise send to itself, for ever. */
export function blackHole(): FilterJson {
  return filterOf({ statPrefix: BLACK_HOLE_CLUSTER, cluster: BLACK_HOLE_CLUSTER });
}

/** What becomes of connections that nothing else takes: they go where they were meant to, or nowhere (SEMANTICS 33). */
export function catchAll(input: TranslationInput, traits: ProxyTraits): FilterJson {
  const cluster = catchAllCluster(input);
  return tcpProxy(input, traits, { statPrefix: cluster, clusters: [{ name: cluster, weight: 1 }] });
}

function catchAllCluster({ scope, snapshot }: TranslationInput): string {
  const { mode, egressProxy } = scope.outboundTrafficPolicy;
  if (mode === 'REGISTRY_ONLY') return BLACK_HOLE_CLUSTER;
  if (egressProxy === undefined) return PASSTHROUGH_CLUSTER;
  const { host, subset, port } = egressProxy;
  // The name is short, like all names in a Sidecar, for a service of its own namespace.
  const namespace = scope.sidecar?.namespace ?? scope.namespace;
  const hostname = resolveHost(host, namespace, snapshot.settings.options.clusterDomain);
  const only = scope.servicesByHost.get(hostname)?.ports[0]?.number ?? 0;
  return outboundClusterName({ hostname, subset, port: port?.number ?? only });
}

function filterOf(config: TcpProxyJson): FilterJson {
  return { name: TCP_PROXY_NAME, typedConfig: typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', config) };
}
