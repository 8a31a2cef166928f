/** One attribute of a request or connection that policies look at. */
import type { PermissionJson, PrincipalJson } from '@weft/proto/envoy/config/rbac/v3/rbac';

/** What matching an attribute may depend on beside its values. */
export interface AttributeContext {
  /** Of the policy. */
  readonly namespace: string;
  /** The trust domain of the mesh, then its other names. */
  readonly trustDomains: readonly string[];
}

/** An attribute that is matched as part of what is done. */
export interface OperationAttribute {
  readonly side: 'operation';
  /** There is none on connections that are no HTTP. */
  readonly isHttpOnly: boolean;
  /** Holds when one of the values does; undefined when a value cannot be used. */
  match(values: readonly string[], context: AttributeContext): PermissionJson | undefined;
}

/** An attribute that is matched as part of who does it. */
export interface SourceAttribute {
  readonly side: 'source';
  readonly isHttpOnly: boolean;
  match(values: readonly string[], context: AttributeContext): PrincipalJson | undefined;
}

/** Either. */
export type Attribute = OperationAttribute | SourceAttribute;

/** One of the permissions. */
export function anyOperation(rules: readonly PermissionJson[]): PermissionJson {
  return rules.length === 1 ? rules[0]! : { orRules: { rules: [...rules] } };
}

/** One of the principals. */
export function anySource(ids: readonly PrincipalJson[]): PrincipalJson {
  return ids.length === 1 ? ids[0]! : { orIds: { ids: [...ids] } };
}
