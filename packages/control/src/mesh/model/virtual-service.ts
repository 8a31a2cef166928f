/** VirtualServices with all names resolved and delegates joined in. */
import type { istio } from '@weft/api';
import type { DeepReadonly } from '@weft/core';
import type { ObjectRef, RuleRef } from './object-ref.ts';
import type { Visibility } from './visibility.ts';

type Spec = NonNullable<istio.networking.VirtualService['spec']>;

/** A rule for HTTP requests as users write it. */
export type HttpRouteSpec = DeepReadonly<NonNullable<Spec['http']>[number]>;
/** A rule for TLS connections as users write it. */
export type TlsRouteSpec = DeepReadonly<NonNullable<Spec['tls']>[number]>;
/** A rule for TCP connections as users write it. */
export type TcpRouteSpec = DeepReadonly<NonNullable<Spec['tcp']>[number]>;
/** One kind of requests that a rule is for. */
export type HttpMatchSpec = NonNullable<HttpRouteSpec['match']>[number];

/** One rule, and where it was written. Names of hosts are full, names of gateways `namespace/name` or `mesh`. */
export interface RouteIr<T> {
  /** Never has `delegate`: what a delegate says stands here itself, joined with the rule that led to it. */
  readonly spec: T;
  /** The rule that the user wrote; for a rule of a delegate, the one in the delegate. */
  readonly source: RuleRef;
  /** The rule of the root that led to a delegate. */
  readonly via?: RuleRef;
}

/** A VirtualService before its delegates are joined in: rules may still have `delegate`. A delegate has no hosts. */
export type ParsedVirtualService = VirtualServiceIr;

/** Rules for hosts. */
export interface VirtualServiceIr {
  readonly ref: ObjectRef;
  readonly createdAtMs: number;
  /** Full names, lower-case; may begin with `*`. */
  readonly hosts: readonly string[];
  /** `namespace/name`, or `mesh` for sidecars; never empty. */
  readonly gateways: readonly string[];
  readonly visibility: Visibility;
  readonly http: readonly RouteIr<HttpRouteSpec>[];
  readonly tls: readonly RouteIr<TlsRouteSpec>[];
  readonly tcp: readonly RouteIr<TcpRouteSpec>[];
}
