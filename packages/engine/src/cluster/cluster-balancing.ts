import type { Cluster, Cluster_CommonLbConfig } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { HEALTH_STATUSES, type HealthStatus } from './endpoints.ts';
import { compileLbPolicy, type LbChoice } from './lb-extensions.ts';
import { compileHashing, compileLocalityPolicy, compileSlowStart, runtimeNumber } from './lb-parts.ts';
import type { LbPolicyRuntime, LoadBalancingRuntime } from './load-balancing.ts';
import { compileSubset } from './subset.ts';

const DEFAULT_PANIC_PCT = 50;
const DEFAULT_MERGE_MS = 1000;

/** What may be overridden unless a cluster says otherwise. */
const DEFAULT_STATUSES: readonly HealthStatus[] = ['unknown', 'healthy', 'degraded'];

/** Compiles how a cluster chooses hosts; undefined when there was a problem. */
export function compileBalancing(
  cluster: Cluster,
  base: string,
  context: ConfigContext,
): LoadBalancingRuntime | undefined {
  const { commonLbConfig: common } = cluster;
  const path = `${base}common_lb_config`;
  const choice = compileChoice(cluster, base, context);
  const subsetPath = `${base}lb_subset_config`;
  const subset = cluster.lbSubsetConfig && compileSubset(cluster.lbSubsetConfig, subsetPath, context);
  const mergePath = `${path}.update_merge_window`;
  const updateMergeMs = compileOptionalMs(common?.updateMergeWindow, mergePath, context) ?? DEFAULT_MERGE_MS;
  if (choice === undefined) return undefined;
  return Object.freeze({
    ...choice,
    subset,
    panicThresholdPct: common?.healthyPanicThreshold?.value ?? DEFAULT_PANIC_PCT,
    updateMergeMs,
    ignoresNewHostsUntilFirstCheck: common?.ignoreNewHostsUntilFirstHc ?? false,
    closesConnectionsOnHostSetChange: common?.closeConnectionsOnHostSetChange ?? false,
    overrideHostStatuses: statusesOf(common),
  });
}

function statusesOf(common: Cluster_CommonLbConfig | undefined): ReadonlySet<HealthStatus> {
  const given = common?.overrideHostStatus?.statuses;
  return new Set(given === undefined ? DEFAULT_STATUSES : given.map((status) => HEALTH_STATUSES[status] ?? 'unknown'));
}

function compileChoice(cluster: Cluster, base: string, context: ConfigContext): LbChoice | undefined {
  const { loadBalancingPolicy, commonLbConfig: common } = cluster;
  if (loadBalancingPolicy !== undefined) {
    const { localityConfigSpecifier, consistentHashingLbConfig } = common ?? {};
    const isSplit = localityConfigSpecifier?.case !== undefined || consistentHashingLbConfig !== undefined;
    const usesFields = cluster.lbConfig.case !== undefined || cluster.lbSubsetConfig !== undefined;
    if (!usesFields && !isSplit) return compileLbPolicy(loadBalancingPolicy, `${base}load_balancing_policy`, context);
    context.problems.add(
      `${base}load_balancing_policy`,
      'cannot be combined with fields that its policies have: those of lb_config, lb_subset_config and common_lb_config',
    );
    return undefined;
  }
  if (cluster.lbPolicy === LOAD_BALANCING_POLICY_CONFIG) {
    context.problems.add(`${base}lb_policy`, 'LOAD_BALANCING_POLICY_CONFIG needs load_balancing_policy');
    return undefined;
  }
  const policy = compilePolicy(cluster, base, context);
  return policy && { policy, locality: compileLocalityPolicy(common?.localityConfigSpecifier ?? { case: undefined }) };
}

/** The numbers of LbPolicy; importing the enum itself would load generated code. */
const LEAST_REQUEST = 1;
const RING_HASH = 2;
const RANDOM = 3;
const MAGLEV = 5;
const CLUSTER_PROVIDED = 6;
const LOAD_BALANCING_POLICY_CONFIG = 7;

const DEFAULT_MIN_RING = 1024;
const DEFAULT_MAX_RING = 8 * 1024 * 1024;
const DEFAULT_MAGLEV_TABLE = 65_537;

/** Compiles `lb_policy` with the options that belong to it. */
function compilePolicy(cluster: Cluster, base: string, context: ConfigContext): LbPolicyRuntime | undefined {
  const { lbConfig, commonLbConfig } = cluster;
  const lbPolicy: number = cluster.lbPolicy;
  const hashing = compileHashing(commonLbConfig?.consistentHashingLbConfig);
  switch (lbPolicy) {
    case LEAST_REQUEST: {
      const own = lbConfig.case === 'leastRequestLbConfig' ? lbConfig.value : undefined;
      const at = `${base}least_request_lb_config.slow_start_config`;
      return {
        kind: 'leastRequest',
        choices: own?.choiceCount ?? 2,
        activeBias: runtimeNumber(own?.activeRequestBias, 1),
        scansAll: false,
        slowStart: compileSlowStart(own?.slowStartConfig, at, context),
      };
    }
    case RANDOM:
      return { kind: 'random' };
    case RING_HASH: {
      const own = lbConfig.case === 'ringHashLbConfig' ? lbConfig.value : undefined;
      const minSize = Number(own?.minimumRingSize ?? DEFAULT_MIN_RING);
      const maxSize = Number(own?.maximumRingSize ?? DEFAULT_MAX_RING);
      if (minSize > maxSize)
        context.problems.add(
          `${base}ring_hash_lb_config`,
          `minimum_ring_size ${minSize} is larger than maximum_ring_size ${maxSize}`,
        );
      return {
        kind: 'ringHash',
        hashFunction: own?.hashFunction === 1 ? 'murmurHash2' : 'xxHash',
        minSize,
        maxSize,
        hashing,
      };
    }
    case MAGLEV: {
      const own = lbConfig.case === 'maglevLbConfig' ? lbConfig.value : undefined;
      const tableSize = Number(own?.tableSize ?? DEFAULT_MAGLEV_TABLE);
      if (!isPrime(tableSize))
        context.problems.add(`${base}maglev_lb_config.table_size`, `${tableSize} is no prime number`);
      return { kind: 'maglev', tableSize, hashing };
    }
    case CLUSTER_PROVIDED:
      return { kind: 'clusterProvided' };
    default: {
      const own = lbConfig.case === 'roundRobinLbConfig' ? lbConfig.value : undefined;
      const at = `${base}round_robin_lb_config.slow_start_config`;
      return { kind: 'roundRobin', slowStart: compileSlowStart(own?.slowStartConfig, at, context) };
    }
  }
}

/** The schema bounds the number to 5,000,011. */
function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let i = 2; i * i <= number; i++) if (number % i === 0) return false;
  return true;
}
