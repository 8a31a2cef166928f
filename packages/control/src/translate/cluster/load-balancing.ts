/** How an endpoint is chosen (SEMANTICS 20). */
import type { Cluster_SlowStartConfigJson, ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { type LocalitySetting, weighsLocalities } from '../endpoint/locality-setting.ts';
import { defined } from '../json/defined.ts';
import { optionalDurationJson } from '../json/values.ts';
import type { EffectivePolicy, LoadBalancerBlock } from './traffic-policy.ts';

/** The fields of a cluster that say it. */
export type LoadBalancingFields = Pick<
  ClusterJson,
  'lbPolicy' | 'ringHashLbConfig' | 'maglevLbConfig' | 'leastRequestLbConfig' | 'roundRobinLbConfig'
>;

/** Places on a hash ring where nobody says how many. */
const DEFAULT_RING_SIZE = 1024;
/** A new endpoint begins with this share of its load. */
const DEFAULT_WARMUP_PERCENT = 10;

/** Whether connections go where the client connected to, whatever endpoints there are. */
export function isPassthrough(balancer: LoadBalancerBlock | undefined): boolean {
  return balancer?.simple === 'PASSTHROUGH';
}

/** The choice among the endpoints of a cluster that has some. */
export function loadBalancingFields(balancer: LoadBalancerBlock | undefined): LoadBalancingFields {
  const { simple = 'UNSPECIFIED', consistentHash } = balancer ?? {};
  if (consistentHash !== undefined) return hashingFields(consistentHash);
  const slowStartConfig = slowStartOf(balancer);
  switch (simple) {
    case 'RANDOM':
      return { lbPolicy: 'RANDOM' };
    case 'ROUND_ROBIN':
      return defined({
        lbPolicy: 'ROUND_ROBIN' as const,
        roundRobinLbConfig: slowStartConfig && { slowStartConfig },
      });
    case 'LEAST_CONN':
    case 'LEAST_REQUEST':
    case 'PASSTHROUGH':
    case 'UNSPECIFIED':
      return defined({
        lbPolicy: 'LEAST_REQUEST' as const,
        leastRequestLbConfig: slowStartConfig && { slowStartConfig },
      });
  }
}

function hashingFields(hash: NonNullable<LoadBalancerBlock['consistentHash']>): LoadBalancingFields {
  const { maglev, ringHash, minimumRingSize = 0 } = hash;
  if (maglev !== undefined) {
    const { tableSize = 0 } = maglev;
    return { lbPolicy: 'MAGLEV', ...(tableSize > 0 ? { maglevLbConfig: { tableSize: String(tableSize) } } : {}) };
  }
  const size = ringHash?.minimumRingSize || minimumRingSize || DEFAULT_RING_SIZE;
  return { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: String(size) } };
}

function slowStartOf(balancer: LoadBalancerBlock | undefined): Cluster_SlowStartConfigJson | undefined {
  const { warmup, warmupDurationSecs } = balancer ?? {};
  const slowStartWindow = optionalDurationJson(warmup?.duration ?? warmupDurationSecs);
  if (slowStartWindow === undefined) return undefined;
  const { aggression = 1, minimumPercent = DEFAULT_WARMUP_PERCENT } = warmup ?? {};
  return defined<Cluster_SlowStartConfigJson>({
    slowStartWindow,
    // A straight line is what happens without it; the key of a runtime value cannot be empty, and nobody sets this one.
    aggression: aggression === 1 ? undefined : { defaultValue: aggression, runtimeKey: 'weft.warmup.aggression' },
    minWeightPercent: { value: minimumPercent },
  });
}

/** What holds beside the choice: spread over localities, and when health no longer counts. */
export function commonLbConfig(
  { spec: { outlierDetection } }: EffectivePolicy,
  locality: LocalitySetting | undefined,
  keepsSessions: boolean,
): NonNullable<ClusterJson['commonLbConfig']> {
  return {
    // Load never spills over to endpoints that are known to be unhealthy unless somebody asks for it (SEMANTICS 22).
    healthyPanicThreshold: { value: outlierDetection?.minHealthPercent ?? 0 },
    ...(weighsLocalities(locality) ? { localityWeightedLbConfig: {} } : {}),
    ...(keepsSessions ? { overrideHostStatus: { statuses: ['HEALTHY', 'DRAINING', 'UNKNOWN', 'DEGRADED'] } } : {}),
  };
}
