/** A cluster at work: its hosts, its balancer, and the connections to each host. */
import type { Clock, CoarseTimers, Random } from '@weft/core';
import {
  type ConnectionView,
  type HeaderSource,
  type HealthStatus,
  LoadBalancer,
  type LoadBalancerOptions,
  type MetadataSource,
  type OriginalDestinationRuntime,
} from '@weft/engine';
import { type Histogram, ResponseCodeStats, type Scope } from '@weft/telemetry';
import { type AutoSni, type PeerName, peerNameOf } from './auto-sni.ts';
import { CLUSTER_STAT, CLUSTER_STATS } from './cluster-stats.ts';
import type { HttpConnector, UpstreamProtocol } from './connector.ts';
import { HttpPool, type HttpPoolOptions } from './http-pool.ts';
import { type HostSpec, LiveHost } from './live-host.ts';
import { OriginStats } from './origin-stats.ts';
import { OriginalHosts } from './original-hosts.ts';
import { type ResourceLimits, Resources, resourceGauges } from './resources.ts';
import { connectToHost, type TcpConnectHandler, type TcpUpstream } from './tcp-connections.ts';
import type { TransportConnect } from './transport-connect.ts';
import type { HostChoice, UpstreamCluster, UpstreamHost } from './upstream-cluster.ts';

/** The hosts of one locality in one priority. */
export interface LocalitySpec {
  readonly weight: number;
  readonly hosts: readonly HostSpec[];
}

/** The hosts of a cluster by priority. */
export type ClusterHosts = readonly (readonly LocalitySpec[])[];

/** How a cluster chooses the protocol of a connection. */
export type ProtocolChoice = UpstreamProtocol | 'downstream';

/** What a cluster is made of. */
export interface LiveClusterParts {
  readonly name: string;
  readonly observabilityName: string;
  readonly metadata: MetadataSource;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly random: Random;
  readonly balancing: LoadBalancerOptions;
  readonly limits: { readonly default: ResourceLimits; readonly high: ResourceLimits };
  readonly pool: Omit<HttpPoolOptions, 'expectedStreams'>;
  /** Streams that one HTTP/2 connection is expected to carry. */
  readonly maxConcurrentStreams: number;
  readonly protocol: ProtocolChoice;
  readonly connector: HttpConnector;
  /** What the connector and TCP connections are made with. */
  readonly transport: TransportConnect;
  /** Called when the cluster is closed. */
  readonly closeTransport?: () => void;
  /** Set where the hosts are those that connections were meant for. */
  readonly original?: OriginalDestinationRuntime | undefined;
  /** Undefined where TLS goes by its own configuration. */
  readonly autoSni?: AutoSni | undefined;
  readonly bufferLimitBytes: number;
  /** Hosts in these states may be asked for by their address. */
  readonly overrideStatuses: ReadonlySet<HealthStatus>;
}

/** What tells the pools of one host apart. */
interface PoolSpec {
  readonly key: string;
  readonly protocol: UpstreamProtocol;
  readonly priority: 'default' | 'high';
  readonly peerName: PeerName | undefined;
}

/** Clients choose the names: pools that nobody uses do not stay when there are so many. */
const MAX_IDLE_POOLS = 64;

/** See the file's head. */
export class LiveCluster implements UpstreamCluster {
  readonly name: string;
  readonly observabilityName: string;
  readonly metadata: MetadataSource;
  readonly stats: Float64Array;
  readonly codes: ResponseCodeStats;
  readonly origins: OriginStats;
  readonly scope: Scope;
  readonly requestTime: Histogram;
  readonly bufferLimitBytes: number;
  readonly #parts: LiveClusterParts;
  readonly #default: Resources;
  readonly #high: Resources;
  readonly #connectTime: Histogram;
  readonly #connectionLength: Histogram;
  readonly #next: () => number;
  /** Key: what a host is known by, its address in most cases. Sole writer: setHosts. */
  #hosts = new Map<string, LiveHost>();
  #balancer: LoadBalancer<LiveHost>;
  #original: OriginalHosts | undefined;
  /** Pools of hosts that have gone; they empty by themselves. */
  readonly #draining = new Set<HttpPool>();
  #isLeaving = false;
  /** Set while the cluster itself is to go. */
  #onEmpty: (() => void) | undefined;

  constructor(parts: LiveClusterParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.observabilityName = parts.observabilityName;
    this.metadata = parts.metadata;
    this.bufferLimitBytes = parts.bufferLimitBytes;
    const block = parts.scope.block(CLUSTER_STATS);
    this.stats = block.values;
    this.scope = parts.scope;
    this.codes = new ResponseCodeStats(parts.scope, 'upstream_rq');
    this.origins = new OriginStats(parts.scope);
    this.requestTime = block.histogram(CLUSTER_STATS.histogramAt.upstream_rq_time);
    this.#connectTime = block.histogram(CLUSTER_STATS.histogramAt.upstream_cx_connect_ms);
    this.#connectionLength = block.histogram(CLUSTER_STATS.histogramAt.upstream_cx_length_ms);
    this.#default = this.#resourcesOf('default');
    this.#high = this.#resourcesOf('high');
    this.#balancer = new LoadBalancer([], parts.balancing);
    this.#next = () => parts.random.next();
    this.#original =
      parts.original &&
      new OriginalHosts(parts.original, {
        timers: parts.timers,
        stats: this.stats,
        onAdd: (host) => this.#addHost(host),
        onRemove: (host) => this.#removeHost(host),
      });
  }

  /** Every host, for administration. */
  get hosts(): Iterable<LiveHost> {
    return this.#hosts.values();
  }

  /** Replaces the hosts. Those that stay keep their connections; connections to the others end when their requests have. */
  setHosts(priorities: ClusterHosts): void {
    const before = this.#hosts;
    this.#hosts = new Map();
    const balanced = priorities.map((localities, priority) => ({
      localities: localities.map(({ weight, hosts }) => ({
        weight,
        hosts: hosts.map((spec) => this.#keepHost(before, spec, priority)),
      })),
    }));
    for (const [key, host] of before) if (!this.#hosts.has(key)) this.#drainHost(host);
    this.#balancer = new LoadBalancer(balanced, this.#parts.balancing);
    // One that is to go says nothing any more: another of its name may be there.
    if (!this.#isLeaving) this.#countHosts();
  }

  resources(priority: 'default' | 'high'): Resources {
    return priority === 'high' ? this.#high : this.#default;
  }

  #resourcesOf(priority: 'default' | 'high'): Resources {
    const { limits, scope } = this.#parts;
    const own = limits[priority];
    return new Resources(own, resourceGauges(scope, priority, own.tracksRemaining));
  }

  chooseHost({ isRejected, maxSelections, requester }: HostChoice): UpstreamHost | undefined {
    if (this.#original !== undefined) return this.#original.choose(requester);
    let host = this.#balancer.pick(this.#next);
    if (isRejected === undefined) return host;
    // If no draw finds another host, the last one is taken: an attempt at the same host is better than none.
    for (let i = 1; i < maxSelections && host !== undefined && isRejected(host); i++) {
      host = this.#balancer.pick(this.#next);
    }
    return host;
  }

  hostAt(address: string): UpstreamHost | 'unknown' | 'unfit' {
    const host = this.#hosts.get(address) ?? this.#onlyHost;
    if (host?.address.text !== address) return 'unknown';
    const { overrideStatuses } = this.#parts;
    return overrideStatuses.has(statusOf(host)) ? host : 'unfit';
  }

  httpPool(
    host: UpstreamHost,
    downstreamProtocol: string,
    priority: 'default' | 'high',
    request?: HeaderSource,
  ): HttpPool {
    const live = host as LiveHost;
    const protocol = this.#protocolFor(downstreamProtocol);
    const { autoSni } = this.#parts;
    const usual = priority === 'default' ? protocol : `${protocol} high`;
    const peerName = autoSni && request && peerNameOf(autoSni, request);
    const key = peerName === undefined ? usual : poolKey(usual, peerName);
    return live.pools.get(key) ?? this.#createPool(live, { key, protocol, priority, peerName });
  }

  connectTcp(host: UpstreamHost, downstream: ConnectionView, handler: TcpConnectHandler): TcpUpstream | 'overflow' {
    const { clock, timers, transport, pool } = this.#parts;
    const parts = {
      clock,
      timers,
      transport,
      counts: host as LiveHost,
      connectTimeoutMs: pool.connectTimeoutMs,
      resources: this.#default,
      stats: this.stats,
      connectTime: this.#connectTime,
      connectionLength: this.#connectionLength,
    };
    return connectToHost(parts, host, downstream, handler);
  }

  /** Ends every connection as its requests end; `onEmpty` is called when the last has gone. */
  drain(onEmpty: () => void): void {
    this.#forgetOriginal();
    this.#isLeaving = true;
    this.setHosts([]);
    this.#onEmpty = onEmpty;
    this.#checkEmpty();
  }

  /** Ends every connection at once. */
  close(): void {
    this.#forgetOriginal();
    for (const host of this.#hosts.values()) for (const pool of host.pools.values()) pool.close();
    for (const pool of this.#draining) pool.close();
    this.#parts.closeTransport?.();
    this.scope.close();
  }

  /** A cluster of one host may know it by its name. */
  get #onlyHost(): LiveHost | undefined {
    return this.#hosts.size === 1 ? this.#hosts.values().next().value : undefined;
  }

  #protocolFor(downstreamProtocol: string): UpstreamProtocol {
    const { protocol } = this.#parts;
    if (protocol !== 'downstream') return protocol;
    return downstreamProtocol === 'HTTP/2' ? 'http2' : 'http1';
  }

  #createPool(host: LiveHost, { key, protocol, priority, peerName }: PoolSpec): HttpPool {
    const { clock, timers, pool, connector, maxConcurrentStreams } = this.#parts;
    const made = new HttpPool({
      clock,
      timers,
      counts: host,
      connect: (handler) => connector.connect(host, protocol, peerName, handler),
      resources: this.resources(priority),
      stats: this.stats,
      options: { ...pool, expectedStreams: protocol === 'http1' ? 1 : maxConcurrentStreams },
    });
    if (host.pools.size >= MAX_IDLE_POOLS) forgetIdlePools(host.pools);
    host.pools.set(key, made);
    return made;
  }

  #keepHost(before: ReadonlyMap<string, LiveHost>, spec: HostSpec, priority: number): LiveHost {
    const key = spec.key ?? spec.address.text;
    const known = this.#hosts.get(key) ?? before.get(key);
    const host = known ?? new LiveHost(spec);
    if (known !== undefined) known.update(spec);
    host.priority = priority;
    this.#hosts.set(key, host);
    return host;
  }

  /** From here on there is no host to choose, and so none that nobody would end. */
  #forgetOriginal(): void {
    this.#original?.close();
    this.#original = undefined;
  }

  #addHost(host: LiveHost): void {
    this.#hosts.set(host.address.text, host);
    this.#countOriginal();
  }

  #removeHost(host: LiveHost): void {
    this.#hosts.delete(host.address.text);
    this.#drainHost(host);
    this.#countOriginal();
  }

  #countOriginal(): void {
    this.stats[CLUSTER_STAT.membership_change]! += 1;
    this.stats[CLUSTER_STAT.membership_total] = this.#hosts.size;
    this.stats[CLUSTER_STAT.membership_healthy] = this.#hosts.size;
  }

  #checkEmpty(): void {
    if (this.#draining.size > 0) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty?.();
  }

  #drainHost(host: LiveHost): void {
    for (const pool of host.pools.values()) {
      this.#draining.add(pool);
      pool.drain(() => {
        this.#draining.delete(pool);
        this.#checkEmpty();
      });
    }
  }

  #countHosts(): void {
    let healthy = 0;
    let degraded = 0;
    for (const { health } of this.#hosts.values()) {
      if (health === 'healthy') healthy++;
      else if (health === 'degraded') degraded++;
    }
    this.stats[CLUSTER_STAT.membership_change]! += 1;
    this.stats[CLUSTER_STAT.membership_total] = this.#hosts.size;
    this.stats[CLUSTER_STAT.membership_healthy] = healthy;
    this.stats[CLUSTER_STAT.membership_degraded] = degraded;
  }
}

/** What discovery said of a host, unless more is known by now. */
function statusOf({ health, status }: LiveHost): HealthStatus {
  return health === 'unhealthy' && (status === 'unknown' || status === 'healthy') ? health : status;
}

function poolKey(usual: string, { serverName = '', certificateName = '' }: PeerName): string {
  return `${usual} ${serverName} ${certificateName}`;
}

function forgetIdlePools(pools: Map<string, HttpPool>): void {
  for (const [key, pool] of pools) if (pool.connectionCount + pool.waitingCount === 0) pools.delete(key);
}
