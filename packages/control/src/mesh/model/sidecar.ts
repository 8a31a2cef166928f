/** Sidecar objects: what proxies accept and what they can reach. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef, RuleRef } from './object-ref.ts';

type Spec = NonNullable<istio.networking.Sidecar['spec']>;

/** A port on which the workload is reached, as users write it. */
export type IngressListenerSpec = DeepReadonly<NonNullable<Spec['ingress']>[number]>;
/** Hosts that the workload reaches, as users write them. */
export type EgressListenerSpec = DeepReadonly<NonNullable<Spec['egress']>[number]>;
/** What happens to requests for unknown hosts, as users write it. */
export type OutboundTrafficPolicySpec = DeepReadonly<NonNullable<Spec['outboundTrafficPolicy']>>;
/** Limits of connections, as users write them. */
export type ConnectionPoolSpec = DeepReadonly<NonNullable<Spec['inboundConnectionPool']>>;

/** Hosts by namespace. */
export interface ImportedHosts {
  /** Namespace to its hosts, which may be `*` or begin with `*.`; `*` is any namespace, and `.` that of the proxy. */
  readonly included: Readonly<Record<string, readonly string[]>>;
  /** What `~namespace/host` takes out again. */
  readonly excluded: Readonly<Record<string, readonly string[]>>;
}

/** Hosts that are reached on one port, or on all. */
export interface EgressIr {
  readonly spec: EgressListenerSpec;
  readonly hosts: ImportedHosts;
  readonly source: RuleRef;
}

/** A Sidecar. */
export interface SidecarIr {
  readonly ref: ObjectRef;
  readonly createdAtMs: number;
  /** Absent for the default of the namespace. */
  readonly workloadSelector?: Readonly<Record<string, string>>;
  readonly ingress: readonly IngressListenerSpec[];
  /** Empty: all that is visible is imported. */
  readonly egress: readonly EgressIr[];
  readonly outboundTrafficPolicy?: OutboundTrafficPolicySpec;
  readonly inboundConnectionPool?: ConnectionPoolSpec;
}
