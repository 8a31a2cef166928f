/** DestinationRules, those of one host and namespace joined. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef, RuleRef } from './object-ref.ts';
import type { Visibility } from './visibility.ts';

type Spec = NonNullable<istio.networking.DestinationRule['spec']>;

/** Policies for traffic as users write them. */
export type TrafficPolicySpec = DeepReadonly<NonNullable<Spec['trafficPolicy']>>;
/** A subset as users write it. */
export type SubsetSpec = DeepReadonly<NonNullable<Spec['subsets']>[number]>;

/** A named part of the endpoints of a host. */
export interface SubsetIr {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly trafficPolicy?: TrafficPolicySpec;
  readonly source: RuleRef;
}

/** What clients do when they send to a host. */
export interface DestinationRuleIr {
  /** The objects that were joined, oldest first. */
  readonly sources: readonly ObjectRef[];
  readonly namespace: string;
  readonly createdAtMs: number;
  /** Full name, lower-case; may begin with `*`. */
  readonly host: string;
  readonly visibility: Visibility;
  /** Labels of the clients it is for; absent for all. */
  readonly workloadSelector?: Readonly<Record<string, string>>;
  /** The policy of the first source that has one. */
  readonly trafficPolicy?: TrafficPolicySpec;
  /** The object that the policy comes from. */
  readonly trafficPolicySource?: RuleRef;
  /** Unique by name: of two with one name, that of the older object. */
  readonly subsets: readonly SubsetIr[];
}
