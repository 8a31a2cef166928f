/** What one proxy, or rather all with the same namespace and Sidecar, can see. */
import type { DestinationRuleIr } from './destination-rule.ts';
import type { ObjectRef, RuleRef } from './object-ref.ts';
import type { MeshService, MeshServicePort } from './service.ts';
import type {
  ConnectionPoolSpec,
  EgressListenerSpec,
  IngressListenerSpec,
  OutboundTrafficPolicySpec,
} from './sidecar.ts';
import type { VirtualServiceIr } from './virtual-service.ts';

/** What is reached through one listener, or through all capture. */
export interface EgressScope {
  /** Absent for the listener that proxies have without a Sidecar. */
  readonly spec?: EgressListenerSpec;
  readonly source?: RuleRef;
  /** One of each hostname; ports that the listener does not serve are taken out. */
  readonly services: readonly MeshService[];
  /** Those for sidecars, in order of precedence: private, exported to the namespace, public; each oldest first. */
  readonly virtualServices: readonly VirtualServiceIr[];
}

/** What proxies of a namespace with one Sidecar (or none) see. Shared by all of them. */
export interface SidecarScope {
  readonly namespace: string;
  /** The Sidecar; absent when none applies. */
  readonly sidecar?: ObjectRef;
  /** All services of all listeners, and destinations of VirtualServices that no listener names; one of each hostname. */
  readonly services: readonly MeshService[];
  readonly servicesByHost: ReadonlyMap<string, MeshService>;
  readonly egress: readonly EgressScope[];
  /** Takes the place of all ports that services give; absent when the Sidecar has none. */
  readonly ingress?: readonly IngressListenerSpec[];
  /** Candidates by hostname of a service: rules for selected workloads first, then the one for all. */
  readonly destinationRules: ReadonlyMap<string, readonly DestinationRuleIr[]>;
  readonly outboundTrafficPolicy: OutboundTrafficPolicySpec;
  readonly inboundConnectionPool?: ConnectionPoolSpec;
}

/** A port of a service that a workload serves. */
export interface ServiceTarget {
  readonly service: MeshService;
  readonly port: MeshServicePort;
  /** Number of the port of the workload. */
  readonly targetPort: number;
}
