/** Endpoints as a client sees them: the message, and what the spread over places goes by. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { AddressJson } from '@weft/proto/envoy/config/core/v3/address';
import type { HealthStatusJson } from '@weft/proto/envoy/config/core/v3/health_check';
import type { LbEndpointJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint_components';
import type { Endpoint, EndpointHealth, Locality } from '../../mesh/index.ts';
import { TOPOLOGY_LABEL } from './locality-setting.ts';
import type { NetworkGateway } from './network-gateways.ts';

/** See the file's head. */
export interface Place {
  readonly json: LbEndpointJson;
  readonly weight: number;
  readonly locality: Locality;
  readonly hintedZones: readonly string[];
  readonly isReady: boolean;
  readonly isMutual: boolean;
  /** What a label of the endpoint says, labels that stand for its place included; empty when it has none. */
  label(key: string): string;
}

/** Anything that has labels and is somewhere. */
export interface Located {
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: Locality;
  readonly network: string;
  readonly cluster: string;
  readonly nodeName: string;
}

const UNIX = 'unix://';
/** Weights, and what those of endpoints and localities add up to, are 32-bit numbers. */
const MAX_WEIGHT = 0xffff_ffff;
/** Metadata that picks the transport socket of an endpoint, and what it says of those that speak mutual TLS. */
const TRANSPORT_KEY = 'envoy.transport_socket_match';
/** See `TRANSPORT_KEY`; clusters match it. */
export const MUTUAL_TLS_MATCH: JsonObject = Object.freeze({ tlsMode: 'istio' });

const HEALTH: Readonly<Record<EndpointHealth, HealthStatusJson>> = {
  ready: 'HEALTHY',
  draining: 'DRAINING',
  unhealthy: 'UNHEALTHY',
};

/** An endpoint that is connected to directly. */
export function placeOf(endpoint: Endpoint, port: number, isMutual: boolean, scale: number): Place {
  const weight = Math.max(endpoint.weight, 1) * scale;
  return {
    json: {
      endpoint: { address: addressOf(endpoint.address, port) },
      healthStatus: HEALTH[endpoint.health],
      metadata: { filterMetadata: { ...transportMetadata(isMutual), istio: { workload: workloadText(endpoint) } } },
      loadBalancingWeight: weight,
    },
    weight,
    locality: endpoint.locality,
    hintedZones: endpoint.hintedZones,
    isReady: endpoint.health === 'ready',
    isMutual,
    label: (key) => labelOf(endpoint, key),
  };
}

/** A gateway that stands for endpoints of one locality in another network. */
export function gatewayPlace(
  { address, port, network }: NetworkGateway,
  locality: Locality,
  cluster: string,
  weight: number,
): Place {
  const atLeastOne = Math.max(weight, 1);
  return {
    json: {
      endpoint: { address: addressOf(address, port) },
      metadata: { filterMetadata: { ...transportMetadata(true), istio: { workload: `;;;;${cluster}` } } },
      loadBalancingWeight: atLeastOne,
    },
    weight: atLeastOne,
    locality,
    hintedZones: [],
    isReady: true,
    isMutual: true,
    label: (key) => (key === TOPOLOGY_LABEL.network ? network : key === TOPOLOGY_LABEL.cluster ? cluster : ''),
  };
}

/** The same places with weights that add up to no more than proxies take: they would refuse all of them otherwise. */
export function bounded(places: readonly Place[]): readonly Place[] {
  const total = places.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= MAX_WEIGHT) return places;
  const factor = (MAX_WEIGHT - places.length) / total;
  return places.map((place) => {
    const weight = Math.max(Math.floor(place.weight * factor), 1);
    return { ...place, weight, json: { ...place.json, loadBalancingWeight: weight } };
  });
}

/** The value of a label; those of places are known also where nobody wrote them. */
export function labelOf({ labels, locality, network, cluster, nodeName }: Located, key: string): string {
  const own = Object.hasOwn(labels, key) ? labels[key]! : '';
  switch (key) {
    case TOPOLOGY_LABEL.network:
      return network || own;
    case TOPOLOGY_LABEL.cluster:
      return cluster || own;
    case TOPOLOGY_LABEL.region:
      return locality.region || own;
    case TOPOLOGY_LABEL.zone:
      return locality.zone || own;
    case TOPOLOGY_LABEL.subzone:
      return locality.subzone || own;
    case TOPOLOGY_LABEL.node:
      return nodeName || own;
    default:
      return own;
  }
}

/** The address of an endpoint: an IP address or a name with a port, or the path of a socket. */
export function addressOf(address: string, port: number): AddressJson {
  if (address.startsWith(UNIX)) return { pipe: { path: address.slice(UNIX.length) } };
  return { socketAddress: { address, portValue: port } };
}

function transportMetadata(isMutual: boolean): Record<string, JsonObject> {
  return isMutual ? { [TRANSPORT_KEY]: MUTUAL_TLS_MATCH } : {};
}

/** `workload;namespace;canonical name;canonical revision;cluster`, as telemetry of Istio reads it. */
function workloadText({ workloadName, namespace, labels, cluster }: Endpoint): string {
  const first = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => (Object.hasOwn(labels, key) ? labels[key] : undefined)).find((value) => (value ?? '') !== '');
  const name = first('service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app') ?? workloadName;
  const revision = first('service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version') ?? 'latest';
  return [workloadName, namespace, name, revision === 'latest' ? '' : revision, cluster].join(';');
}
