/** One immutable picture of the mesh. Parts that did not change are the same objects as in the snapshot before. */
import type { ShardedMap } from '../collections/sharded-map.ts';
import type { DestinationRuleIr } from './destination-rule.ts';
import type { ServiceEndpoints } from './endpoint.ts';
import type { GatewayIr } from './gateway.ts';
import type { Locality } from './locality.ts';
import type { ChangeReason, MeshObjects, ObjectKey } from './mesh-objects.ts';
import type { EnvoyFilterIr, ProxyConfigIr, TelemetryIr } from './policy.ts';
import type { AuthorizationPolicyIr, PeerAuthenticationIr, RequestAuthenticationIr } from './security.ts';
import type { MeshService } from './service.ts';
import type { MeshSettings } from './settings.ts';
import type { SidecarIr } from './sidecar.ts';
import type { SliceEndpoints } from './slice.ts';
import type { ParsedVirtualService, VirtualServiceIr } from './virtual-service.ts';
import type { Workload } from './workload.ts';

/** Everything that is known about the mesh at one moment. */
export interface MeshSnapshot {
  /** Counts snapshots of this process, from 1. */
  readonly version: number;
  /** What changed since the snapshot before; bounded, see `reasonCount`. */
  readonly reasons: readonly ChangeReason[];
  /** How many changes there were, also when not all are listed. */
  readonly reasonCount: number;
  /** Objects of the namespaces that the mesh looks at: what everything else is made from. */
  readonly objects: MeshObjects;
  /** All objects; the same as `objects` when the mesh looks at all namespaces. */
  readonly allObjects: MeshObjects;
  readonly settings: MeshSettings;
  readonly registry: ServiceRegistry;
  readonly config: ConfigIndex;
  readonly workloads: WorkloadIndex;
}

/** The services of the mesh, without their endpoints. */
export interface ServiceRegistry {
  /** By `namespace/hostname`. */
  readonly services: ShardedMap<MeshService>;
  /** Hostname to the services of that name, Kubernetes first, then oldest first. */
  readonly byHostname: ShardedMap<readonly MeshService[]>;
  /** Services by address: VIP to the services that have it. */
  readonly byAddress: ShardedMap<readonly MeshService[]>;
  /** Hostname that others stand for to the services of resolution `alias` that do. */
  readonly aliases: ShardedMap<readonly MeshService[]>;
  /** Services that name their workloads by labels, by namespace. */
  readonly selecting: ShardedMap<readonly MeshService[]>;
  /** Those of them that ServiceEntries define. */
  readonly selectingExternal: ShardedMap<readonly MeshService[]>;
  /** What each Service and ServiceEntry (`Kind/namespace/name`) defines, before those of one host are joined. */
  readonly contributions: ShardedMap<readonly MeshService[]>;
  /** Key of a service to the objects (`Kind/namespace/name`) that define it. */
  readonly contributors: ShardedMap<readonly string[]>;
  /** Key of a service to the addresses that are given out for it. */
  readonly autoAddresses: ReadonlyMap<string, readonly string[]>;
}

/** Where services are served. Changes often, and alone. */
export interface WorkloadIndex {
  /** By the key of the service: `namespace/hostname`; services without endpoints are absent. */
  readonly endpoints: ShardedMap<ServiceEndpoints>;
  /** Pods by `namespace/name`; those without an address, and those that have ended, are absent. */
  readonly pods: ShardedMap<Workload>;
  /** WorkloadEntries by `namespace/name`. */
  readonly entries: ShardedMap<Workload>;
  /** Address to the keys of the pods that have it: several when pods use the network of their node. */
  readonly podsByAddress: ShardedMap<readonly ObjectKey[]>;
  /** Pods and entries by namespace, and in it by name. */
  readonly podsByNamespace: ShardedMap<ShardedMap<Workload>>;
  readonly entriesByNamespace: ShardedMap<ShardedMap<Workload>>;
  /** Nodes by name. */
  readonly nodes: ShardedMap<Locality>;
  /** EndpointSlices by `namespace/name`. */
  readonly slices: ShardedMap<SliceEndpoints>;
  /** `namespace/name` of a Service to the keys of its slices. */
  readonly slicesByService: ShardedMap<readonly ObjectKey[]>;
  /** Pod, or `@address`, to the keys of the slices that name it. */
  readonly slicesByUse: ShardedMap<readonly ObjectKey[]>;
}

/** Configuration by kind, ready for look-up. */
export interface ConfigIndex {
  /** Roots only, with their delegates joined in; by `namespace/name`. */
  readonly virtualServices: ShardedMap<VirtualServiceIr>;
  /** All, delegates included, as they are written; by `namespace/name`. */
  readonly parsedVirtualServices: ShardedMap<ParsedVirtualService>;
  readonly destinationRules: DestinationRuleIndex;
  /** By `namespace/name`. */
  readonly gateways: ShardedMap<GatewayIr>;
  /** Namespace to its Sidecars: those that select first, then the defaults; each oldest first. */
  readonly sidecars: ByNamespace<SidecarIr>;
  readonly peerAuthentications: ByNamespace<PeerAuthenticationIr>;
  readonly authorizationPolicies: ByNamespace<AuthorizationPolicyIr>;
  readonly requestAuthentications: ByNamespace<RequestAuthenticationIr>;
  readonly envoyFilters: ByNamespace<EnvoyFilterIr>;
  readonly proxyConfigs: ByNamespace<ProxyConfigIr>;
  readonly telemetries: ByNamespace<TelemetryIr>;
}

/** Namespace to objects in their order of precedence: oldest first where nothing else is said. */
export type ByNamespace<T> = ReadonlyMap<string, readonly T[]>;

/** DestinationRules by the namespace that looks for them and by host. */
export interface DestinationRuleIndex {
  /** Each rule as it is written, before those of one host are joined; by `namespace/name`. */
  readonly parsed: ShardedMap<DestinationRuleIr>;
  /** Rules of a namespace for its own clients, private ones included. */
  readonly local: HostRules;
  /** Rules of a namespace that others may see too. */
  readonly exported: HostRules;
  /** Rules that only their own namespace sees: of the root namespace, its own clients use no others. */
  readonly ownOnly: HostRules;
}

/** Namespace to host to the rules for it; of several, all but one have a workload selector or another `exportTo`. */
export type HostRules = ReadonlyMap<string, ReadonlyMap<string, readonly DestinationRuleIr[]>>;
