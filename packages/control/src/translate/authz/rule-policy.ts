/** One rule of an AuthorizationPolicy as a policy of RBAC. */
import type { PermissionJson, PolicyJson, PrincipalJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { AuthorizationRuleSpec } from '../../mesh/index.ts';
import type { Attribute, AttributeContext } from './attributes/attribute.ts';
import { CONDITION_KEYS, findAttribute } from './attributes/find-attribute.ts';
import { destinationPort, host, method, requestPath } from './attributes/operation.ts';
import { requestPrincipal } from './attributes/request-auth.ts';
import { remoteIp, sourceIp, sourceNamespace, sourcePrincipal, sourceServiceAccount } from './attributes/source.ts';

/** What a rule becomes. */
export interface RuleOutcome {
  /** Undefined: the rule has no effect. */
  readonly policy: PolicyJson | undefined;
  /** What was left out, and why. */
  readonly problems: readonly RuleProblem[];
}

/** A part of a rule that is left out. */
export interface RuleProblem {
  readonly code: 'UncheckedCondition' | 'ConditionForHttp';
  /** In the rule. */
  readonly path: string;
  readonly message: string;
}

/** What a rule is for. */
export interface RuleUse extends AttributeContext {
  /** Whether there are requests, rather than bytes. */
  readonly isHttp: boolean;
  /** Whether requests that match are let in: what cannot be checked must not widen that. */
  readonly isAllowing: boolean;
}

type Values = readonly string[] | undefined;
type Operation = NonNullable<NonNullable<AuthorizationRuleSpec['to']>[number]['operation']>;
type Source = NonNullable<NonNullable<AuthorizationRuleSpec['from']>[number]['source']>;

/** Attribute, name of the field, name of the field with the values that must not be. */
const OPERATION_FIELDS = [
  [host, 'hosts', 'notHosts'],
  [destinationPort, 'ports', 'notPorts'],
  [method, 'methods', 'notMethods'],
  [requestPath, 'paths', 'notPaths'],
] as const satisfies readonly (readonly [Attribute, keyof Operation, keyof Operation])[];

const SOURCE_FIELDS = [
  [sourceIp, 'ipBlocks', 'notIpBlocks'],
  [remoteIp, 'remoteIpBlocks', 'notRemoteIpBlocks'],
  [sourceNamespace, 'namespaces', 'notNamespaces'],
  [sourceServiceAccount, 'serviceAccounts', 'notServiceAccounts'],
  [requestPrincipal, 'requestPrincipals', 'notRequestPrincipals'],
  [sourcePrincipal, 'principals', 'notPrincipals'],
] as const satisfies readonly (readonly [Attribute, keyof Source, keyof Source])[];

/** See the file's head. */
export function rulePolicy(rule: AuthorizationRuleSpec, use: RuleUse): RuleOutcome {
  return new RuleReading(use).read(rule);
}

/** What must hold together. */
interface Conditions {
  readonly operations: PermissionJson[];
  readonly sources: PrincipalJson[];
}

class RuleReading {
  readonly #use: RuleUse;
  readonly #problems: RuleProblem[] = [];
  /** A part of the rule cannot be checked, and without it too much would match. */
  #isDropped = false;

  constructor(use: RuleUse) {
    this.#use = use;
  }

  read({ from, to, when }: AuthorizationRuleSpec): RuleOutcome {
    const common: Conditions = { operations: [], sources: [] };
    for (const [i, { key, values, notValues }] of (when ?? []).entries()) {
      const attribute = findAttribute(key);
      if (attribute === undefined) this.#leaveOut(`when[${i}].key`, `${key} is none of ${CONDITION_KEYS.join(', ')}`);
      else this.#add(common, attribute, values, notValues, `when[${i}]`);
    }
    const permissions = (to ?? [{}]).map(({ operation }, i) =>
      this.#operation(operation ?? {}, common, `to[${i}].operation`),
    );
    const principals = (from ?? [{}]).map(({ source }, i) => this.#source(source ?? {}, common, `from[${i}].source`));
    return { policy: this.#isDropped ? undefined : { permissions, principals }, problems: this.#problems };
  }

  #operation(operation: Operation, common: Conditions, path: string): PermissionJson {
    const own: Conditions = { operations: [], sources: [] };
    for (const [attribute, field, notField] of OPERATION_FIELDS) {
      this.#add(own, attribute, operation[field], operation[notField], `${path}.${field}`);
    }
    const rules = [...own.operations, ...common.operations];
    return rules.length === 0 ? { any: true } : { andRules: { rules } };
  }

  #source(source: Source, common: Conditions, path: string): PrincipalJson {
    const own: Conditions = { operations: [], sources: [] };
    for (const [attribute, field, notField] of SOURCE_FIELDS) {
      this.#add(own, attribute, source[field], source[notField], `${path}.${field}`);
    }
    const ids = [...own.sources, ...common.sources];
    return ids.length === 0 ? { any: true } : { andIds: { ids } };
  }

  /** One of `values`, and none of `notValues`. */
  #add(to: Conditions, attribute: Attribute, values: Values, notValues: Values, path: string): void {
    for (const [list, isNegated] of [[values, false] as const, [notValues, true] as const]) {
      if (list === undefined || list.length === 0) continue;
      if (attribute.isHttpOnly && !this.#use.isHttp) {
        this.#leaveOut(path, 'is for HTTP, which other ports do not speak', 'ConditionForHttp');
        continue;
      }
      const isUsable =
        attribute.side === 'operation'
          ? push(to.operations, attribute.match(list, this.#use), (notRule) => ({ notRule }), isNegated)
          : push(to.sources, attribute.match(list, this.#use), (notId) => ({ notId }), isNegated);
      if (!isUsable) this.#leaveOut(path, `${JSON.stringify(list)} has a value that cannot be used`);
    }
  }

  /** SEMANTICS 27: an ALLOW rule that cannot be checked matches nothing, all others match without what cannot be. Neither lets more in. */
  #leaveOut(path: string, why: string, code: RuleProblem['code'] = 'UncheckedCondition'): void {
    const effect = this.#use.isAllowing ? 'the rule matches nothing' : 'the rule matches without it';
    this.#problems.push({ code, path, message: `${why}: ${effect}` });
    if (this.#use.isAllowing) this.#isDropped = true;
  }
}

function push<T>(to: T[], match: T | undefined, negate: (match: T) => T, isNegated: boolean): boolean {
  if (match === undefined) return false;
  to.push(isNegated ? negate(match) : match);
  return true;
}
