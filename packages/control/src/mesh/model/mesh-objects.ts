/** What goes into a snapshot: objects as informers deliver them, validated and with their defaults. */
import type { ApiObject, istio, kubernetes } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ShardedMap } from '../collections/sharded-map.ts';
import type { MeshKind } from './object-ref.ts';

/** The type of the objects of each kind. */
export interface ObjectTypes {
  Namespace: kubernetes.core.Namespace;
  Node: kubernetes.core.Node;
  Pod: kubernetes.core.Pod;
  Service: kubernetes.core.Service;
  EndpointSlice: kubernetes.discovery.EndpointSlice;
  /** Only those of the mesh itself are of interest; others may be left out. */
  ConfigMap: kubernetes.core.ConfigMap;
  ServiceEntry: istio.networking.ServiceEntry;
  WorkloadEntry: istio.networking.WorkloadEntry;
  WorkloadGroup: istio.networking.WorkloadGroup;
  VirtualService: istio.networking.VirtualService;
  DestinationRule: istio.networking.DestinationRule;
  Gateway: istio.networking.Gateway;
  Sidecar: istio.networking.Sidecar;
  EnvoyFilter: istio.networking.EnvoyFilter;
  ProxyConfig: istio.networking.ProxyConfig;
  PeerAuthentication: istio.security.PeerAuthentication;
  AuthorizationPolicy: istio.security.AuthorizationPolicy;
  RequestAuthentication: istio.security.RequestAuthentication;
  Telemetry: istio.telemetry.Telemetry;
  /** Refused with a finding until they are supported, as are the two kinds below. */
  KubernetesGateway: ApiObject;
  HTTPRoute: ApiObject;
  GRPCRoute: ApiObject;
}

/** An object of one kind, which nobody changes. */
export type MeshObject<K extends MeshKind = MeshKind> = DeepReadonly<ObjectTypes[K]>;

/** `namespace/name`, or the name alone for cluster-wide objects. */
export type ObjectKey = string;

/** All objects of the mesh by kind. */
export type MeshObjects = { readonly [K in MeshKind]: ShardedMap<MeshObject<K>> };

/** One object that is new, different or gone. */
export type ObjectChange = {
  readonly [K in MeshKind]: {
    readonly kind: K;
    readonly key: ObjectKey;
    /** Absent when the object is gone. */
    readonly object?: MeshObject<K>;
  };
}[MeshKind];

/** Why a snapshot exists: one object that changed, and to which state. */
export interface ChangeReason {
  readonly kind: MeshKind;
  readonly key: ObjectKey;
  readonly change: 'added' | 'changed' | 'removed';
  readonly generation?: number;
  readonly resourceVersion?: string;
}
