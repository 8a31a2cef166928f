import type {
  Cluster_CommonLbConfig_ConsistentHashingLbConfig,
  Cluster_CommonLbConfig_LocalityWeightedLbConfig,
  Cluster_CommonLbConfig_ZoneAwareLbConfig,
  Cluster_SlowStartConfig,
} from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { RuntimeDouble } from '@weft/proto/envoy/config/core/v3/base';
import type {
  ConsistentHashingLbConfig,
  LocalityLbConfig,
  LocalityLbConfig_LocalityWeightedLbConfig,
  LocalityLbConfig_ZoneAwareLbConfig,
  SlowStartConfig,
} from '@weft/proto/envoy/extensions/load_balancing_policies/common/v3/common';
import type { CompileContext } from '../compile/context.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { supports } from '../compile/support.ts';
import { later } from '../config/later.ts';
import type { HashingRuntime, LocalityPolicyRuntime, RuntimeNumber, SlowStartRuntime } from './load-balancing.ts';

const ZONE_AWARE = later('prefer the endpoints of its own zone');

/** What is supported of the parts of load balancing, in the fields of a cluster and in those of a policy. */
export const LB_PARTS_SUPPORT = [
  supports<Cluster_SlowStartConfig>('envoy.config.cluster.v3.Cluster.SlowStartConfig', {
    slowStartWindow: true,
    aggression: true,
    minWeightPercent: true,
  }),
  supports<SlowStartConfig>('envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig', {
    slowStartWindow: true,
    aggression: true,
    minWeightPercent: true,
  }),
  supports<Cluster_CommonLbConfig_ZoneAwareLbConfig>(
    'envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig',
    { routingEnabled: true, minClusterSize: true, failTrafficOnPanic: true },
  ),
  supports<Cluster_CommonLbConfig_LocalityWeightedLbConfig>(
    'envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig',
    {},
  ),
  supports<Cluster_CommonLbConfig_ConsistentHashingLbConfig>(
    'envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig',
    { useHostnameForHashing: true, hashBalanceFactor: true },
  ),
  supports<LocalityLbConfig>('envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig', {
    localityConfigSpecifier: { zoneAwareLbConfig: ZONE_AWARE, localityWeightedLbConfig: true },
  }),
  supports<LocalityLbConfig_ZoneAwareLbConfig>(
    'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig',
    {
      routingEnabled: true,
      minClusterSize: true,
      failTrafficOnPanic: true,
      forceLocalZone: 'use routing_enabled and min_cluster_size',
      forceLocalityDirectRouting: 'use routing_enabled and min_cluster_size',
      localityBasis: 'localities are weighed by their healthy hosts: leave it out',
    },
  ),
  supports<LocalityLbConfig_LocalityWeightedLbConfig>(
    'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig',
    {},
  ),
  supports<ConsistentHashingLbConfig>('envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig', {
    useHostnameForHashing: true,
    hashBalanceFactor: true,
    hashPolicy: 'use hash_policy of the route',
  }),
  supports<RuntimeDouble>('envoy.config.core.v3.RuntimeDouble', { defaultValue: true, runtimeKey: true }),
];

const DEFAULT_MIN_WEIGHT_PCT = 10;

/** Compiles slow start; undefined is off. */
export function compileSlowStart(
  message: SlowStartConfig | Cluster_SlowStartConfig | undefined,
  path: string,
  context: CompileContext,
): SlowStartRuntime | undefined {
  if (message === undefined) return undefined;
  return Object.freeze({
    windowMs: compileOptionalMs(message.slowStartWindow, `${path}.slow_start_window`, context) ?? 0,
    aggression: runtimeNumber(message.aggression, 1),
    minWeightPct: message.minWeightPercent?.value ?? DEFAULT_MIN_WEIGHT_PCT,
  });
}

/** A number with its runtime key. */
export function runtimeNumber(message: RuntimeDouble | undefined, value: number): RuntimeNumber {
  return message === undefined
    ? { value, runtimeKey: '' }
    : { value: message.defaultValue, runtimeKey: message.runtimeKey };
}

/** Compiles how hosts are hashed. */
export function compileHashing(
  message: ConsistentHashingLbConfig | Cluster_CommonLbConfig_ConsistentHashingLbConfig | undefined,
): HashingRuntime {
  return { usesHostname: message?.useHostnameForHashing ?? false, balanceFactorPct: message?.hashBalanceFactor ?? 0 };
}

const DEFAULT_MIN_CLUSTER_SIZE = 6n;

/** The generated form of either message that says how localities are used. */
export interface LocalitySpecifier {
  readonly case: 'zoneAwareLbConfig' | 'localityWeightedLbConfig' | undefined;
  readonly value?: unknown;
}

/** Compiles how localities are used. */
export function compileLocalityPolicy({ case: kind, value }: LocalitySpecifier): LocalityPolicyRuntime {
  if (kind === undefined) return { kind: 'none' };
  if (kind === 'localityWeightedLbConfig') return { kind: 'weighted' };
  const zone = value as Cluster_CommonLbConfig_ZoneAwareLbConfig | LocalityLbConfig_ZoneAwareLbConfig;
  return {
    kind: 'zoneAware',
    routingEnabledPct: zone.routingEnabled?.value ?? 100,
    minClusterSize: Number(zone.minClusterSize ?? DEFAULT_MIN_CLUSTER_SIZE),
    failsOnPanic: zone.failTrafficOnPanic,
  };
}
