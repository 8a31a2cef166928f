/** Which objects changed between two snapshots. */
import type { MeshKind, MeshObjects, ObjectKey } from '../model/index.ts';

/** Kind to the keys of objects that are new, different or gone. */
export type DirtyKeys = { readonly [K in MeshKind]: ReadonlySet<ObjectKey> };

/** Every kind, in the order in which they are looked at. */
export const MESH_KINDS = Object.freeze([
  'Namespace',
  'Node',
  'Pod',
  'Service',
  'EndpointSlice',
  'ConfigMap',
  'ServiceEntry',
  'WorkloadEntry',
  'WorkloadGroup',
  'VirtualService',
  'DestinationRule',
  'Gateway',
  'Sidecar',
  'EnvoyFilter',
  'ProxyConfig',
  'PeerAuthentication',
  'AuthorizationPolicy',
  'RequestAuthentication',
  'Telemetry',
  'KubernetesGateway',
  'HTTPRoute',
  'GRPCRoute',
] as const satisfies readonly MeshKind[]);

const NOTHING: ReadonlySet<ObjectKey> = new Set();

/** Collects keys by kind. */
export function dirtyKeys(changed: ReadonlyMap<MeshKind, ReadonlySet<ObjectKey>>): DirtyKeys {
  return byKind((kind) => changed.get(kind) ?? NOTHING);
}

/** All keys of two states: everything is to be made anew. */
export function allKeys(before: MeshObjects, after: MeshObjects): DirtyKeys {
  return byKind((kind) => new Set([...before[kind].keys(), ...after[kind].keys()]));
}

/** A record with a value for each kind. */
export function byKind<T>(make: (kind: MeshKind) => T): { readonly [K in MeshKind]: T } {
  return Object.freeze(Object.fromEntries(MESH_KINDS.map((kind) => [kind, make(kind)]))) as {
    readonly [K in MeshKind]: T;
  };
}
