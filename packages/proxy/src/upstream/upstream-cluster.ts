/** What the router and the TCP proxy see of a cluster. */
import type { AddressView, ConnectionView, HeaderSource, MetadataSource } from '@weft/engine';
import type { Histogram, ResponseCodeStats, Scope } from '@weft/telemetry';
import type { HttpPool } from './http-pool.ts';
import type { OriginStats } from './origin-stats.ts';
import type { Resources } from './resources.ts';
import type { TcpConnectHandler, TcpUpstream } from './tcp-connections.ts';

/** One endpoint of a cluster. */
export interface UpstreamHost {
  readonly address: AddressView;
  /** Its name, where it has one. */
  readonly hostName: string;
  readonly metadata: MetadataSource;
  /** Requests under way, for the balancers that look at them; written by attempts. */
  activeRequests: number;
  /** How an attempt at this host ended. */
  report(outcome: HostOutcome): void;
  /** The same for a response, which is what nearly all attempts end with. */
  reportStatus(status: number): void;
}

/** What became of an attempt without a response, for outlier detection and host statistics. */
export type HostOutcome =
  | { readonly kind: 'reset' }
  | { readonly kind: 'connectFailure' }
  | { readonly kind: 'timeout' };

/** For whom a host is chosen: what may name the host of a cluster that has none of its own. Streams and connections are that already. */
export interface HostRequester {
  readonly connection: ConnectionView;
  readonly request: HeaderSource | undefined;
  readonly dynamicMetadata: MetadataSource;
  filterState(key: string): string | undefined;
}

/** What a host is chosen by. */
export interface HostChoice {
  /** A random whole number of 53 bits. */
  readonly randomValue: number;
  /** Of the route's hash policies. */
  readonly hash: bigint | undefined;
  /** Whether a retry should go to another host than this one; asked again for each host that is drawn, a few times. */
  readonly isRejected: ((host: UpstreamHost) => boolean) | undefined;
  readonly maxSelections: number;
  /** Undefined where the proxy itself asks. */
  readonly requester: HostRequester | undefined;
  readonly priority: 'default' | 'high';
}

/** A cluster that is warm. */
export interface UpstreamCluster {
  readonly name: string;
  /** `alt_stat_name`, or the name. */
  readonly observabilityName: string;
  readonly metadata: MetadataSource;
  /** By slot of CLUSTER_STATS. */
  readonly stats: Float64Array;
  readonly codes: ResponseCodeStats;
  readonly origins: OriginStats;
  /** `cluster.<name>.`, for what only some users of the cluster count. */
  readonly scope: Scope;
  readonly requestTime: Histogram;
  /** What may be kept of a request's body for a retry. */
  readonly bufferLimitBytes: number;
  resources(priority: 'default' | 'high'): Resources;
  /** Undefined when there is no host to send to. */
  chooseHost(choice: HostChoice): UpstreamHost | undefined;
  /** The host at an address, for a request that asks for it; `unknown` where there is none, `unfit` where it is in no state to be asked for. */
  hostAt(address: string): UpstreamHost | 'unknown' | 'unfit';
  /** The connections to a host for requests that came by this protocol; the request itself says whose name they have to prove. */
  httpPool(
    host: UpstreamHost,
    downstreamProtocol: string,
    priority: 'default' | 'high',
    request?: HeaderSource,
  ): HttpPool;
  /** Begins to connect to a host for one client alone. */
  connectTcp(host: UpstreamHost, downstream: ConnectionView, handler: TcpConnectHandler): TcpUpstream | 'overflow';
}

/** The clusters that hold now. */
export interface ClusterDirectory {
  get(name: string): UpstreamCluster | undefined;
}
