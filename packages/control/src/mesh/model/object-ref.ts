/** An object of the user, and a part of it: where something generated comes from. */

/** One object at one state. */
export interface ObjectRef {
  readonly kind: MeshKind;
  /** Empty for cluster-wide objects. */
  readonly namespace: string;
  readonly name: string;
  /** Counts changes of the spec; absent for kinds that have none, such as Service. */
  readonly generation?: number;
}

/** A part of an object: what provenance in generated resources names. */
export interface RuleRef {
  readonly object: ObjectRef;
  /** Path in the object as users write it, such as `spec.http[2]`. */
  readonly path: string;
}

/** The kinds that a mesh is made of. Gateways of the Gateway API are `KubernetesGateway`, since the name is taken. */
export type MeshKind =
  | 'Namespace'
  | 'Node'
  | 'Pod'
  | 'Service'
  | 'EndpointSlice'
  | 'ConfigMap'
  | 'ServiceEntry'
  | 'WorkloadEntry'
  | 'WorkloadGroup'
  | 'VirtualService'
  | 'DestinationRule'
  | 'Gateway'
  | 'Sidecar'
  | 'EnvoyFilter'
  | 'ProxyConfig'
  | 'PeerAuthentication'
  | 'AuthorizationPolicy'
  | 'RequestAuthentication'
  | 'Telemetry'
  | 'KubernetesGateway'
  | 'HTTPRoute'
  | 'GRPCRoute';
