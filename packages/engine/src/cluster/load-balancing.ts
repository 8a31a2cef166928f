import type { HealthStatus } from './endpoints.ts';
import type { SubsetRuntime } from './subset.ts';

/** New hosts get their load bit by bit. */
export interface SlowStartRuntime {
  readonly windowMs: number;
  readonly aggression: RuntimeNumber;
  readonly minWeightPct: number;
}

/** A number that a runtime key may override. */
export interface RuntimeNumber {
  readonly value: number;
  /** Empty without one. */
  readonly runtimeKey: string;
}

/** What makes hosts keep their requests when others come and go. */
export interface HashingRuntime {
  /** Whether a host is known by its name instead of its address. */
  readonly usesHostname: boolean;
  /** No host gets more than this share of the average, in percent; 0 for no bound. */
  readonly balanceFactorPct: number;
}

/** How one host of a list is chosen. */
export type LbPolicyRuntime =
  | { readonly kind: 'roundRobin'; readonly slowStart: SlowStartRuntime | undefined }
  | {
      readonly kind: 'leastRequest';
      readonly choices: number;
      readonly activeBias: RuntimeNumber;
      /** Whether all hosts are compared instead of some. */
      readonly scansAll: boolean;
      readonly slowStart: SlowStartRuntime | undefined;
    }
  | { readonly kind: 'random' }
  | {
      readonly kind: 'ringHash';
      readonly hashFunction: 'xxHash' | 'murmurHash2';
      readonly minSize: number;
      readonly maxSize: number;
      readonly hashing: HashingRuntime;
    }
  | { readonly kind: 'maglev'; readonly tableSize: number; readonly hashing: HashingRuntime }
  /** The type of the cluster decides: for ORIGINAL_DST, the address that the connection was meant for. */
  | { readonly kind: 'clusterProvided' };

/** How load is spread over localities. */
export type LocalityPolicyRuntime =
  | { readonly kind: 'none' }
  /** By `load_balancing_weight` of the localities. */
  | { readonly kind: 'weighted' }
  /** The own zone first. */
  | {
      readonly kind: 'zoneAware';
      readonly routingEnabledPct: number;
      readonly minClusterSize: number;
      readonly failsOnPanic: boolean;
    };

/** How the host of a request is chosen. */
export interface LoadBalancingRuntime {
  readonly policy: LbPolicyRuntime;
  readonly locality: LocalityPolicyRuntime;
  readonly subset: SubsetRuntime | undefined;
  /** Below this share of healthy hosts, health is not believed; 0 for never. */
  readonly panicThresholdPct: number;
  /** Changes within this time are taken over at once; 0 takes each over by itself. */
  readonly updateMergeMs: number;
  readonly ignoresNewHostsUntilFirstCheck: boolean;
  readonly closesConnectionsOnHostSetChange: boolean;
  /** Hosts with these states may be chosen by a request that names its host (stateful session). */
  readonly overrideHostStatuses: ReadonlySet<HealthStatus>;
}
