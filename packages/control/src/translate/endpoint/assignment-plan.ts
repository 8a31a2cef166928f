/** What the endpoints of one cluster depend on beside the endpoints and the client. */
import type {
  DestinationRuleIr,
  MeshService,
  MeshServicePort,
  MeshSettings,
  RuleRef,
  ServiceEndpoints,
  SubsetIr,
} from '../../mesh/index.ts';
import { type EffectivePolicy, policyFor } from '../cluster/traffic-policy.ts';
import { type ClientView, localityText } from './client-view.ts';
import { type LocalitySetting, localitySettingFor } from './locality-setting.ts';
import type { NetworkGateways } from './network-gateways.ts';
import { labelOf } from './place.ts';

/** See the file's head. */
export interface AssignmentPlan {
  readonly clusterName: string;
  readonly service: MeshService;
  readonly port: MeshServicePort;
  /** Undefined when the cluster is for all endpoints. */
  readonly subset: SubsetIr | undefined;
  readonly locality: LocalitySetting | undefined;
  /** Where the locality setting is written, when a DestinationRule has it. */
  readonly localityPlace: RuleRef | undefined;
  readonly sendsUnhealthy: boolean;
  readonly keepsDraining: boolean;
  /** What a DestinationRule says of mutual TLS with all endpoints; undefined leaves it to each. */
  readonly isMutual: boolean | undefined;
  /** Only endpoints that mutual TLS is spoken with: the cluster passes it on unread. */
  readonly isPassedOn: boolean;
  /** Only endpoints of the client's own cluster. */
  readonly isClusterLocal: boolean;
  /** Names are looked up by the proxy; otherwise endpoints are addresses. */
  readonly takesNames: boolean;
}

/** What a plan is made for. */
export interface PlanTarget {
  readonly clusterName: string;
  readonly service: MeshService;
  readonly port: MeshServicePort;
  readonly rule: DestinationRuleIr | undefined;
  readonly subset: string;
  readonly isPassedOn: boolean;
}

/** Labels of Services whose requests stick to endpoints, by a cookie or by a header. */
const SESSION_LABELS = ['istio.io/persistent-session', 'istio.io/persistent-session-header'];

/** Makes a plan; undefined when there is no such subset. */
export function assignmentPlan(target: PlanTarget, settings: MeshSettings): AssignmentPlan | undefined {
  const { clusterName, service, port, rule, isPassedOn } = target;
  const subset = target.subset === '' ? undefined : rule?.subsets.find(({ name }) => name === target.subset);
  if (target.subset !== '' && subset === undefined) return undefined;
  const policy = policyFor(rule, subset, port.number);
  return Object.freeze({
    clusterName,
    service,
    port,
    subset,
    locality: localitySettingFor(policy, service, settings),
    localityPlace: policy.places.loadBalancer,
    sendsUnhealthy: sendsUnhealthy(policy),
    keepsDraining: keepsSessions(service),
    isMutual: policy.spec.tls === undefined ? undefined : policy.spec.tls.mode === 'ISTIO_MUTUAL',
    isPassedOn,
    isClusterLocal: isClusterLocal(service, settings),
    takesNames: service.resolution === 'dns' || service.resolution === 'dns-round-robin',
  });
}

/** Unhealthy endpoints are known to proxies unless load may spill over to them when few others are left (SEMANTICS 22). */
export function sendsUnhealthy({ spec: { outlierDetection } }: EffectivePolicy): boolean {
  return (outlierDetection?.minHealthPercent ?? 0) === 0;
}

/** Whether requests of sessions go to endpoints that drain. */
export function keepsSessions({ labels }: Pick<MeshService, 'labels'>): boolean {
  return SESSION_LABELS.some((label) => (labels[label] ?? '') !== '');
}

/** Whether clients use only endpoints of their own cluster: the last setting of the mesh that names the service decides. */
export function isClusterLocal({ hostname }: Pick<MeshService, 'hostname'>, { config }: MeshSettings): boolean {
  const covers = (host: string): boolean =>
    host === '*' || (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : host === hostname);
  const decisive = (config.serviceSettings ?? []).findLast(({ hosts = [] }) => hosts.some(covers));
  return decisive?.settings?.clusterLocal === true;
}

/** The part of a client's view that matters for a plan: clients with the same text get the same endpoints. */
export function clientKey(
  plan: AssignmentPlan,
  client: ClientView,
  { gateways, endpoints }: { readonly gateways: NetworkGateways; readonly endpoints: ServiceEndpoints },
): string {
  const { locality: setting, service } = plan;
  const parts = [service.isNodeLocal ? client.nodeName : '', plan.isClusterLocal ? client.cluster : ''];
  parts.push(isPlaced(setting, endpoints) ? localityText(client.locality) : '');
  parts.push(gateways.byNetwork.size > 0 ? client.network : '', client.networks?.join(',') ?? '');
  if (setting?.isRanked === true) {
    for (const label of setting.failoverPriority) parts.push(labelOf(client, label.split('=', 1)[0]!));
  }
  return parts.join('|');
}

function isPlaced(setting: LocalitySetting | undefined, endpoints: ServiceEndpoints): boolean {
  if (setting === undefined) return false;
  return setting.isRanked || setting.distribute.length > 0 || (setting.usesHints && haveHints(endpoints));
}

/** Endpoints to whether some are set aside for zones. Entries are made when first asked for. */
const hintedEndpoints = new WeakMap<ServiceEndpoints, boolean>();

function haveHints(endpoints: ServiceEndpoints): boolean {
  let known = hintedEndpoints.get(endpoints);
  if (known === undefined) {
    known = endpoints.some(({ hintedZones }) => hintedZones.length > 0);
    hintedEndpoints.set(endpoints, known);
  }
  return known;
}
