/** From the endpoints of a service to those that a client is given. */
import { isIp } from '@weft/core';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { LocalityLbEndpointsJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint_components';
import {
  type Endpoint,
  effectiveMtls,
  isSelected,
  type MeshSnapshot,
  type ServiceEndpoints,
} from '../../mesh/index.ts';
import { compareText } from '../../mesh/names/object-ref.ts';
import { defined } from '../json/defined.ts';
import type { Memo } from '../memo.ts';
import { provenance, type Source } from '../provenance.ts';
import type { AssignmentPlan } from './assignment-plan.ts';
import { type ClientView, isSameNetwork, localityText } from './client-view.ts';
import { type LocalityGroup, localityGroups } from './locality-groups.ts';
import type { NetworkGateway, NetworkGateways } from './network-gateways.ts';
import { bounded, gatewayPlace, type Place, placeOf } from './place.ts';

/** What endpoints are made from. */
export interface AssignmentSources {
  readonly snapshot: Pick<MeshSnapshot, 'config' | 'settings'>;
  readonly endpoints: ServiceEndpoints;
  readonly gateways: NetworkGateways;
  readonly memo: Memo;
}

/** Makes the endpoints of a cluster for a client; a cluster without any gets an empty assignment, so that nobody waits. */
export function buildAssignment(
  plan: AssignmentPlan,
  client: ClientView,
  sources: AssignmentSources,
): ClusterLoadAssignmentJson {
  const { snapshot, endpoints, gateways, memo } = sources;
  const isMutual = mutualTlsCheck(plan, snapshot, memo);
  const usable = endpoints.filter((endpoint) => isUsable(endpoint, plan, client));
  const direct: Place[] = [];
  const remote = new RemoteWeights();
  for (const endpoint of usable) {
    const port = endpoint.ports[plan.port.name]!;
    const place = placeOf(endpoint, port, isMutual(endpoint, port), gateways.scale);
    const ways = isSameNetwork(endpoint.network, client.network) ? undefined : gateways.byNetwork.get(endpoint.network);
    if (ways !== undefined) {
      // Gateways know where to by the server name of mutual TLS.
      if (place.isMutual) remote.add(ways, endpoint, place.weight);
    } else if (endpoint.address !== '') direct.push(place);
  }
  const places = [...direct, ...remote.places()].filter((place) => !plan.isPassedOn || place.isMutual);
  const groups = localityGroups(bounded(places), plan.locality, client);
  return {
    clusterName: plan.clusterName,
    endpoints: groups.map((group) => groupJson(group, plan)),
  };
}

function isUsable(endpoint: Endpoint, plan: AssignmentPlan, client: ClientView): boolean {
  const { service, port, subset } = plan;
  if (endpoint.ports[port.name] === undefined) return false;
  if (subset !== undefined && !isSelected(subset.labels, endpoint.labels)) return false;
  if (endpoint.health === 'unhealthy' && !plan.sendsUnhealthy) return false;
  if (endpoint.health === 'draining' && !plan.keepsDraining) return false;
  if (service.isNodeLocal && endpoint.nodeName !== client.nodeName) return false;
  if (plan.isClusterLocal && endpoint.cluster !== client.cluster) return false;
  if (client.networks !== undefined && endpoint.network !== '' && !client.networks.includes(endpoint.network)) {
    return false;
  }
  // Proxies take names only where they look them up themselves.
  const { address } = endpoint;
  return plan.takesNames || address === '' || address.startsWith('unix://') || isIp(address);
}

/** Whether mutual TLS is spoken with an endpoint: as the rule says, else where both the workload and its policies let it (SEMANTICS 19). */
function mutualTlsCheck(
  plan: AssignmentPlan,
  { config, settings }: AssignmentSources['snapshot'],
  memo: Memo,
): (endpoint: Endpoint, port: number) => boolean {
  const { isMutual } = plan;
  if (isMutual !== undefined) return () => isMutual;
  if (config.peerAuthentications.size === 0) return ({ tlsMode }) => tlsMode === 'istio';
  return ({ tlsMode, namespace, labels }, port) => {
    if (tlsMode !== 'istio') return false;
    const parts = [config.peerAuthentications, settings, namespace, labels];
    const mtls = memo.get('endpoints.mtls', parts, () => effectiveMtls({ config, settings }, { namespace, labels }));
    return (mtls.ports.get(port) ?? mtls).mode !== 'DISABLE';
  };
}

/** Collects what endpoints of other networks weigh, by locality and gateway. */
class RemoteWeights {
  readonly #weights = new Map<string, { gateway: NetworkGateway; endpoint: Endpoint; weight: number }>();

  add(gateways: readonly NetworkGateway[], endpoint: Endpoint, weight: number): void {
    for (const gateway of gateways) {
      const key = `${localityText(endpoint.locality)} ${gateway.network} ${gateway.address} ${gateway.port}`;
      const known = this.#weights.get(key);
      const share = weight / gateways.length;
      if (known === undefined) this.#weights.set(key, { gateway, endpoint, weight: share });
      else known.weight += share;
    }
  }

  places(): Place[] {
    return [...this.#weights]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([, { gateway, endpoint, weight }]) =>
        gatewayPlace(gateway, endpoint.locality, endpoint.cluster, Math.round(weight)),
      );
  }
}

function groupJson(
  { locality, priority, weight, places }: LocalityGroup,
  plan: AssignmentPlan,
): LocalityLbEndpointsJson {
  const { region, zone, subzone } = locality;
  const isKnown = region !== '' || zone !== '' || subzone !== '';
  return defined<LocalityLbEndpointsJson>({
    locality: isKnown ? { region, zone, subZone: subzone } : undefined,
    lbEndpoints: places.map(({ json }) => json),
    loadBalancingWeight: weight,
    priority: priority === 0 ? undefined : priority,
    metadata: provenance(sourcesOf(plan)),
  });
}

function sourcesOf({ service, port, subset, localityPlace }: AssignmentPlan): readonly Source[] {
  const [first, ...others] = service.sources;
  return [
    ...(first === undefined ? [] : [{ object: first, path: port.path }]),
    ...others,
    ...(subset === undefined ? [] : [subset.source]),
    ...(localityPlace === undefined ? [] : [localityPlace]),
  ];
}
