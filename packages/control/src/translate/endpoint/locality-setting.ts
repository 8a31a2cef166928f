/** How load is spread over regions, zones and what is below them (SEMANTICS 21). */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { MeshService, MeshSettings, TrafficDistribution } from '../../mesh/index.ts';
import type { EffectivePolicy } from '../cluster/traffic-policy.ts';

type LocalityLbSpec = DeepReadonly<NonNullable<istio.mesh.MeshConfig['localityLbSetting']>>;

/** Labels that stand for the place of a workload, whether or not it has them as labels. */
export const TOPOLOGY_LABEL = {
  network: 'topology.istio.io/network',
  cluster: 'topology.istio.io/cluster',
  region: 'topology.kubernetes.io/region',
  zone: 'topology.kubernetes.io/zone',
  subzone: 'topology.istio.io/subzone',
  node: 'kubernetes.io/hostname',
} as const;

/** What holds for one cluster. */
export interface LocalitySetting {
  readonly distribute: NonNullable<LocalityLbSpec['distribute']>;
  readonly failover: NonNullable<LocalityLbSpec['failover']>;
  readonly failoverPriority: readonly string[];
  /** Places are ranked. Without a way to notice failures nothing would ever fail over, so that is the condition. */
  readonly isRanked: boolean;
  /** Clients of a zone use the endpoints that Kubernetes has set aside for it first. */
  readonly usesHints: boolean;
}

/** Nearness asked for by a Service: labels that should be equal, the most important first. */
const NEARNESS: Readonly<Record<Exclude<TrafficDistribution, 'any'>, readonly (keyof typeof TOPOLOGY_LABEL)[]>> = {
  'prefer-same-zone': ['network', 'region', 'zone'],
  'prefer-same-node': ['network', 'region', 'zone', 'subzone', 'node'],
};

/** What a DestinationRule says wins over what the Service asks for, and that over the mesh. Undefined: places do not matter. */
export function localitySettingFor(
  { spec: { loadBalancer, outlierDetection } }: EffectivePolicy,
  service: Pick<MeshService, 'trafficDistribution'>,
  { config }: Pick<MeshSettings, 'config'>,
): LocalitySetting | undefined {
  const noticesFailures = outlierDetection !== undefined;
  // Preference of the own zone by capacity is not there yet; where it is asked for, its regions and labels hold.
  const own: LocalityLbSpec | undefined = loadBalancer?.zoneAwareLbSetting ?? loadBalancer?.localityLbSetting;
  if (own !== undefined) return own.enabled === false ? undefined : settingOf(own, noticesFailures);
  const { trafficDistribution } = service;
  if (trafficDistribution !== 'any') {
    const failoverPriority = NEARNESS[trafficDistribution].map((place) => TOPOLOGY_LABEL[place]);
    return settingOf({ failoverPriority }, true);
  }
  const ofMesh = config.localityLbSetting ?? {};
  return ofMesh.enabled === false ? undefined : withHints(settingOf(ofMesh, noticesFailures));
}

function settingOf(spec: LocalityLbSpec, isRanked: boolean): LocalitySetting {
  const { distribute = [], failover = [], failoverPriority = [] } = spec;
  return { distribute, failover, failoverPriority, isRanked: isRanked && distribute.length === 0, usesHints: false };
}

/** Shares are given for all that there is, so nothing is left for hints to say. */
function withHints(setting: LocalitySetting): LocalitySetting {
  return { ...setting, usesHints: setting.distribute.length === 0 };
}

/** Whether the weights of localities count, and not only those of endpoints. */
export function weighsLocalities(setting: LocalitySetting | undefined): boolean {
  if (setting === undefined) return false;
  const { distribute, failover, failoverPriority, isRanked } = setting;
  return distribute.length > 0 || (isRanked && (failover.length > 0 || failoverPriority.length > 0));
}
