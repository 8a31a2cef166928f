/** Policies of security, as they hold for one workload. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef } from './object-ref.ts';
import type { PolicyIr } from './policy.ts';

/** A rule of an AuthorizationPolicy as users write it. */
export type AuthorizationRuleSpec = NonNullable<AuthorizationPolicyIr['spec']['rules']>[number];

/** An AuthorizationPolicy. */
export interface AuthorizationPolicyIr
  extends PolicyIr<DeepReadonly<NonNullable<istio.security.AuthorizationPolicy['spec']>>> {
  /** It decides nothing, and it is only counted what it would. */
  readonly isDryRun: boolean;
}
/** A RequestAuthentication. */
export type RequestAuthenticationIr = PolicyIr<DeepReadonly<NonNullable<istio.security.RequestAuthentication['spec']>>>;
/** A PeerAuthentication. */
export type PeerAuthenticationIr = PolicyIr<DeepReadonly<NonNullable<istio.security.PeerAuthentication['spec']>>>;

/** Whether clients must (STRICT), may (PERMISSIVE) or cannot (DISABLE) speak mutual TLS. */
export type MtlsMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

/** The mode of a workload or of one of its ports, and the object that says so; none when it is the default. */
export interface MtlsSetting {
  readonly mode: MtlsMode;
  readonly source?: ObjectRef;
}

/** The modes of a workload. */
export interface EffectiveMtls extends MtlsSetting {
  /** Exceptions by port of the workload, not of the service. */
  readonly ports: ReadonlyMap<number, MtlsSetting>;
}

/** The policies that hold for a workload, by action; the root namespace first, then by age. */
export interface EffectiveAuthorization {
  readonly custom: readonly AuthorizationPolicyIr[];
  readonly deny: readonly AuthorizationPolicyIr[];
  readonly allow: readonly AuthorizationPolicyIr[];
  readonly audit: readonly AuthorizationPolicyIr[];
}
