/** Objects that apply to workloads: by labels, to a namespace, or to the whole mesh. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef } from './object-ref.ts';

/** An object that a policy is attached to instead of workloads. */
export interface TargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** A policy of any kind. */
export interface PolicyIr<Spec> {
  readonly ref: ObjectRef;
  readonly createdAtMs: number;
  /** Labels of the workloads it is for; absent for all of the namespace, or of the mesh in the root namespace. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Sidecars ignore policies that have some. */
  readonly targetRefs: readonly TargetRef[];
  readonly spec: Spec;
}

/** A Telemetry object. */
export type TelemetryIr = PolicyIr<DeepReadonly<NonNullable<istio.telemetry.Telemetry['spec']>>>;
/** A ProxyConfig object. */
export type ProxyConfigIr = PolicyIr<DeepReadonly<NonNullable<istio.networking.ProxyConfig['spec']>>>;
/** An EnvoyFilter object. */
export interface EnvoyFilterIr extends PolicyIr<DeepReadonly<NonNullable<istio.networking.EnvoyFilter['spec']>>> {
  /** Lower ones are applied first. */
  readonly priority: number;
}
