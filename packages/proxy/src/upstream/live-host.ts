import type {
  AddressView,
  HealthStatus,
  HostHealth,
  LoadBalancedHost,
  LocalityName,
  MetadataSource,
} from '@weft/engine';
import type { HttpPool } from './http-pool.ts';
import type { HostOutcome, UpstreamHost } from './upstream-cluster.ts';

/** What a cluster's configuration, or its discovery, says of a host. */
export interface HostSpec {
  readonly address: AddressView;
  /** What it is known by from one update to the next; the address unless given. */
  readonly key?: string;
  readonly hostName: string;
  readonly weight: number;
  readonly health: HostHealth;
  /** What discovery said of it, more exactly; `health` unless given. */
  readonly status?: HealthStatus;
  readonly metadata: MetadataSource;
  readonly locality: LocalityName;
}

/** A host of a cluster with its connections and counts. It stays the same object as long as its key is in the cluster. */
export class LiveHost implements UpstreamHost, LoadBalancedHost {
  /** Where the next connection goes. */
  address: AddressView;
  hostName: string;
  weight: number;
  health: HostHealth;
  /** What discovery said of it. */
  status: HealthStatus;
  metadata: MetadataSource;
  locality: LocalityName;
  /** The priority it is in; written by LiveCluster. */
  priority = 0;
  /** Connections that are up or on their way. */
  activeConnections = 0;
  totalConnections = 0;
  activeRequests = 0;
  totalRequests = 0;
  successes = 0;
  errors = 0;
  timeouts = 0;
  connectFailures = 0;
  /** Key: what tells pools of one host apart (protocol and priority). Written by LiveCluster only. */
  readonly pools = new Map<string, HttpPool>();

  constructor(spec: HostSpec) {
    this.address = spec.address;
    this.hostName = spec.hostName;
    this.weight = spec.weight;
    this.health = spec.health;
    this.status = spec.status ?? spec.health;
    this.metadata = spec.metadata;
    this.locality = spec.locality;
  }

  /** Takes what has changed. */
  update(spec: HostSpec): void {
    this.address = spec.address;
    this.hostName = spec.hostName;
    this.weight = spec.weight;
    this.health = spec.health;
    this.status = spec.status ?? spec.health;
    this.metadata = spec.metadata;
    this.locality = spec.locality;
  }

  report(outcome: HostOutcome): void {
    this.totalRequests++;
    switch (outcome.kind) {
      case 'connectFailure':
        this.connectFailures++;
        break;
      case 'timeout':
        this.timeouts++;
        break;
      case 'reset':
        this.errors++;
    }
  }

  reportStatus(status: number): void {
    this.totalRequests++;
    if (status >= 500) this.errors++;
    else this.successes++;
  }
}
