/** One immutable picture of the mesh. Parts that did not change are the same objects as in the snapshot before. */
import type { ShardedMap } from '../collections/sharded-map.ts';
import type { DestinationRuleIr } from './destination-rule.ts';
import type { ServiceEndpoints } from './endpoint.ts';
import type { Finding } from './finding.ts';
import type { GatewayIr } from './gateway.ts';
import type { ChangeReason, MeshObjects, ObjectKey } from './mesh-objects.ts';
import type { EnvoyFilterIr, PolicyIr, ProxyConfigIr, TelemetryIr } from './policy.ts';
import type { AuthorizationPolicyIr, PeerAuthenticationIr, RequestAuthenticationIr } from './security.ts';
import type { MeshService } from './service.ts';
import type { MeshSettings } from './settings.ts';
import type { SidecarIr } from './sidecar.ts';
import type { VirtualServiceIr } from './virtual-service.ts';
import type { Workload } from './workload.ts';

/** Everything that is known about the mesh at one moment. */
export interface MeshSnapshot {
  /** Counts snapshots of this process, from 1. */
  readonly version: number;
  /** What changed since the snapshot before; bounded, see `reasonCount`. */
  readonly reasons: readonly ChangeReason[];
  /** How many changes there were, also when not all are listed. */
  readonly reasonCount: number;
  readonly objects: MeshObjects;
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
  readonly findings: ShardedMap<readonly Finding[]>;
}

/** Where services are served. Changes often, and alone. */
export interface WorkloadIndex {
  /** By the key of the service: `namespace/hostname`. */
  readonly endpoints: ShardedMap<ServiceEndpoints>;
  /** Pods by `namespace/name`. */
  readonly pods: ShardedMap<Workload>;
  /** WorkloadEntries by `namespace/name`. */
  readonly entries: ShardedMap<Workload>;
  /** Address to the keys of the pods that have it. */
  readonly podsByAddress: ShardedMap<readonly ObjectKey[]>;
}

/** Configuration by kind, ready for look-up. */
export interface ConfigIndex {
  /** Roots only, with their delegates joined in; by `namespace/name`. */
  readonly virtualServices: ShardedMap<VirtualServiceIr>;
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
  readonly findings: ShardedMap<readonly Finding[]>;
}

/** Namespace to objects in their order of precedence: oldest first where nothing else is said. */
export type ByNamespace<T> = ReadonlyMap<string, readonly T[]>;

/** Policies of any kind by namespace. */
export type PoliciesByNamespace = ByNamespace<PolicyIr<unknown>>;

/** DestinationRules by the namespace that looks for them and by host. */
export interface DestinationRuleIndex {
  /** Rules of a namespace for its own clients, private ones included. */
  readonly local: HostRules;
  /** Rules of a namespace that others may see too. */
  readonly exported: HostRules;
  /** Private rules of the root namespace, for proxies in it. */
  readonly rootLocal: HostRules;
}

/** Namespace to host to the rules for it; of several, all but one have a workload selector or another `exportTo`. */
export type HostRules = ReadonlyMap<string, ReadonlyMap<string, readonly DestinationRuleIr[]>>;
