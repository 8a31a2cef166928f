import type {
  TcpProxy,
  TcpProxy_TunnelingConfig,
  TcpProxy_WeightedCluster,
  TcpProxy_WeightedCluster_ClusterWeight,
} from '@weft/proto/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy';
import type { HashPolicy, HashPolicy_FilterState, HashPolicy_SourceIp } from '@weft/proto/envoy/type/v3/hash_policy';
import { compileAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogRuntime } from '../access-log/access-log-runtime.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { later } from '../config/later.ts';
import { compileHeaderMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import type { ValueFormatter } from '../headers/value-format.ts';
import { type SubsetCriteria, subsetCriteria } from '../route/subset-criteria.ts';

const NO_OWN_TIMEOUT = 'Envoy has never implemented it: use idle_timeout';

/** What is supported of tcp_proxy. */
export const TCP_PROXY_SUPPORT = [
  supports<TcpProxy>('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    statPrefix: true,
    clusterSpecifier: { cluster: true, weightedClusters: true },
    onDemand: 'clusters are not fetched on demand: name those of the cluster source',
    metadataMatch: true,
    idleTimeout: true,
    downstreamIdleTimeout: NO_OWN_TIMEOUT,
    upstreamIdleTimeout: NO_OWN_TIMEOUT,
    accessLog: true,
    maxConnectAttempts: true,
    hashPolicy: true,
    tunnelingConfig: true,
    maxDownstreamConnectionDuration: true,
    accessLogFlushInterval: later('log connections that are not over'),
    flushAccessLogOnConnected: later('log connections that are not over'),
    accessLogOptions: later('log connections that are not over'),
    backoffOptions: 'attempts follow each other at once: leave it out',
    checkDrainClose: 'connections live as long as drain_time_s of the listener lets them: leave it out',
    maxDownstreamConnectionDurationJitterPercentage: 'use max_downstream_connection_duration',
    maxEarlyDataBytes: 'the upstream is connected at once: leave it out',
    proxyProtocolTlvMergePolicy: 'values of the PROXY protocol are not sent upstream',
    proxyProtocolTlvs: 'values of the PROXY protocol are not sent upstream',
    upstreamConnectMode: 'the upstream is connected at once: leave it out',
  }),
  supports<TcpProxy_WeightedCluster>('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster', {
    clusters: true,
  }),
  supports<TcpProxy_WeightedCluster_ClusterWeight>(
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight',
    { name: true, weight: true, metadataMatch: true },
  ),
  supports<TcpProxy_TunnelingConfig>('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig', {
    hostname: true,
    usePost: true,
    headersToAdd: true,
    propagateResponseHeaders: true,
    postPath: true,
    propagateResponseTrailers: true,
    formatters: 'all operators that are supported are there always: leave it out',
    requestIdExtension: 'write the id with headers_to_add',
    requestIdHeader: 'write the id with headers_to_add',
    requestIdMetadataKey: 'write the id with headers_to_add',
  }),
  supports<HashPolicy>('envoy.type.v3.HashPolicy', { policySpecifier: { sourceIp: true, filterState: true } }),
  supports<HashPolicy_SourceIp>('envoy.type.v3.HashPolicy.SourceIp', {}),
  supports<HashPolicy_FilterState>('envoy.type.v3.HashPolicy.FilterState', { key: true }),
];

/** A cluster that connections go to, by its share of them. */
export interface TcpClusterRuntime {
  readonly name: string;
  readonly weight: number;
  readonly subset: SubsetCriteria | undefined;
}

/** How a connection is carried in a CONNECT, or POST, request. */
export interface TunnelRuntime {
  /** Makes the authority. */
  readonly hostname: ValueFormatter;
  readonly usesPost: boolean;
  /** The path of a POST. */
  readonly postPath: string;
  readonly headers: HeaderMutations;
  /** Whether the response's headers and trailers are kept for logs. */
  readonly keepsResponseHeaders: boolean;
  readonly keepsResponseTrailers: boolean;
}

/** What a connection's hash is made of. */
export type TcpHashRuntime = { readonly kind: 'sourceIp' } | { readonly kind: 'filterState'; readonly key: string };

/** A compiled tcp_proxy. */
export interface TcpProxyRuntime {
  readonly statPrefix: string;
  /** At least one. */
  readonly clusters: readonly TcpClusterRuntime[];
  readonly totalWeight: number;
  /** 0 for never. */
  readonly idleTimeoutMs: number;
  /** 0 for no bound. */
  readonly maxConnectionDurationMs: number;
  readonly maxConnectAttempts: number;
  readonly hash: TcpHashRuntime | undefined;
  readonly tunnel: TunnelRuntime | undefined;
  readonly accessLogs: readonly AccessLogRuntime[];
}

const DEFAULT_IDLE_MS = 3_600_000;

/** Compiles a tcp_proxy; undefined when there was a problem. */
export function compileTcpProxy(message: TcpProxy, path: string, context: ConfigContext): TcpProxyRuntime | undefined {
  const before = context.problems.count;
  const clusters = compileClusters(message, path, context);
  const tunnel = message.tunnelingConfig && compileTunnel(message.tunnelingConfig, `${path}.tunneling_config`, context);
  const hash = compileHash(message.hashPolicy[0], `${path}.hash_policy[0]`, context);
  const accessLogs = compileAccessLogs(message.accessLog, `${path}.access_log`, context);
  const durationPath = `${path}.max_downstream_connection_duration`;
  const maxConnectionDurationMs =
    compileOptionalMs(message.maxDownstreamConnectionDuration, durationPath, context) ?? 0;
  const idleTimeoutMs = compileOptionalMs(message.idleTimeout, `${path}.idle_timeout`, context) ?? DEFAULT_IDLE_MS;
  if (clusters === undefined || accessLogs === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    statPrefix: message.statPrefix,
    clusters,
    totalWeight: clusters.reduce((sum, { weight }) => sum + weight, 0),
    idleTimeoutMs,
    maxConnectionDurationMs,
    maxConnectAttempts: message.maxConnectAttempts ?? 1,
    hash,
    tunnel,
    accessLogs,
  });
}

function compileClusters(
  { clusterSpecifier: given, metadataMatch }: TcpProxy,
  path: string,
  context: ConfigContext,
): readonly TcpClusterRuntime[] | undefined {
  const outer = subsetCriteria(metadataMatch, undefined);
  switch (given.case) {
    case undefined:
      return isMissing(path, 'cluster or weighted_clusters', context);
    case 'cluster':
      return [{ name: given.value, weight: 1, subset: outer }];
    case 'weightedClusters':
      return given.value.clusters.map((each) => ({
        name: each.name,
        weight: each.weight,
        subset: subsetCriteria(each.metadataMatch, outer),
      }));
  }
}

function compileTunnel(
  message: TcpProxy_TunnelingConfig,
  path: string,
  context: ConfigContext,
): TunnelRuntime | undefined {
  const hostname = valueOrReport(context.compileFormat(message.hostname, `${path}.hostname`), context);
  const paths = { add: `${path}.headers_to_add`, remove: path };
  const headers = compileHeaderMutations(message.headersToAdd, [], paths, context);
  if (message.postPath !== '' && !message.usePost) {
    context.problems.add(`${path}.post_path`, "can't set a post path when POST method isn't used");
  }
  if (hostname === undefined || headers === undefined) return undefined;
  return Object.freeze({
    hostname,
    usesPost: message.usePost,
    postPath: message.postPath === '' ? '/' : message.postPath,
    headers,
    keepsResponseHeaders: message.propagateResponseHeaders,
    keepsResponseTrailers: message.propagateResponseTrailers,
  });
}

function compileHash(
  message: HashPolicy | undefined,
  path: string,
  context: ConfigContext,
): TcpHashRuntime | undefined {
  const given = message?.policySpecifier;
  if (given?.case === 'sourceIp') return { kind: 'sourceIp' };
  if (given?.case !== 'filterState') return undefined;
  const { key } = given.value;
  return key === '' ? isMissing(`${path}.filter_state`, 'key', context) : { kind: 'filterState', key };
}

/** The cluster for a connection, by a random whole number. */
export function pickTcpCluster({ clusters, totalWeight }: TcpProxyRuntime, randomValue: number): TcpClusterRuntime {
  let rest = clusters.length === 1 ? 0 : randomValue % totalWeight;
  for (const cluster of clusters) {
    if (rest < cluster.weight) return cluster;
    rest -= cluster.weight;
  }
  return clusters.at(-1)!;
}
