/** Which objects of a cluster make the mesh, and what of them is kept in memory. */
import { type AnyKind, type ApiObject, gatewayApi, istio, kubernetes } from '@weft/api';
import { MESH_KINDS } from '../mesh/build/dirty.ts';
import type { MeshKind } from '../mesh/model/index.ts';
import { keepNode, keepPod, withoutBookkeeping } from './keep.ts';

/** A kind that is followed. */
export interface FollowedKind {
  readonly kind: AnyKind;
  /** Makes an object smaller. */
  readonly keep: (object: ApiObject) => ApiObject;
  /** Only the ConfigMap of the mesh itself is of interest. */
  readonly isOnlyOfMesh?: true;
  /** Many clusters do not have it: nobody waits for it. */
  readonly isOptional?: true;
}

/** A kind as it comes. */
function whole(kind: AnyKind): FollowedKind {
  return { kind, keep: withoutBookkeeping };
}

const { core, discovery } = kubernetes;
const { networking, security, telemetry } = istio;

/** All kinds that a snapshot is made of. */
export const followedKinds: { readonly [K in MeshKind]: FollowedKind } = {
  Namespace: whole(core.namespace),
  Node: { kind: core.node, keep: keepNode },
  Pod: { kind: core.pod, keep: keepPod },
  Service: whole(core.service),
  EndpointSlice: whole(discovery.endpointSlice),
  ConfigMap: { ...whole(core.configMap), isOnlyOfMesh: true },
  ServiceEntry: whole(networking.serviceEntry),
  WorkloadEntry: whole(networking.workloadEntry),
  WorkloadGroup: whole(networking.workloadGroup),
  VirtualService: whole(networking.virtualService),
  DestinationRule: whole(networking.destinationRule),
  Gateway: whole(networking.gateway),
  Sidecar: whole(networking.sidecar),
  EnvoyFilter: whole(networking.envoyFilter),
  ProxyConfig: whole(networking.proxyConfig),
  PeerAuthentication: whole(security.peerAuthentication),
  AuthorizationPolicy: whole(security.authorizationPolicy),
  RequestAuthentication: whole(security.requestAuthentication),
  Telemetry: whole(telemetry.telemetry),
  KubernetesGateway: { ...whole(gatewayApi.kubernetesGateway), isOptional: true },
  HTTPRoute: { ...whole(gatewayApi.httpRoute), isOptional: true },
  GRPCRoute: { ...whole(gatewayApi.grpcRoute), isOptional: true },
};

/** The kinds in the order in which they are followed. */
export const followedKindList = MESH_KINDS.map((name) => ({ name, ...followedKinds[name] }));
