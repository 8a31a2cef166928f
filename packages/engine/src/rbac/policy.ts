import type { Policy } from '@weft/proto/envoy/config/rbac/v3/rbac';
import { compileCelCondition } from '../cel/condition.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { MatchView } from '../view/match-view.ts';
import { compilePermissions } from './permission.ts';
import { compilePrincipals } from './principal.ts';
import type { RbacContext } from './rbac-context.ts';
import { leaf, oneOf, type Rule } from './rule.ts';

/** What is supported of policies. */
export const POLICY_SUPPORT = [
  supports<Policy>('envoy.config.rbac.v3.Policy', {
    permissions: true,
    principals: true,
    condition: true,
    checkedCondition: true,
    celConfig: 'what it would allow is in the language always: leave it out',
  }),
];

/** A compiled policy: it matches what is permitted to one of its principals. */
export interface PolicyRuntime {
  readonly name: string;
  readonly permissions: Rule;
  readonly principals: Rule;
  /** Undefined where nothing more is asked. */
  readonly condition: Rule | undefined;
}

/** Compiles a policy; undefined when there was a problem. */
export function compilePolicy(
  name: string,
  message: Policy,
  path: string,
  context: RbacContext,
): PolicyRuntime | undefined {
  const before = context.problems.count;
  if (message.permissions.length === 0) isMissing(path, 'at least one of permissions', context);
  if (message.principals.length === 0) isMissing(path, 'at least one of principals', context);
  const permissions = compilePermissions(message.permissions, `${path}.permissions`, context);
  const principals = compilePrincipals(message.principals, `${path}.principals`, context);
  const condition = compileCondition(message, path, context);
  if (context.problems.count !== before || permissions === undefined || principals === undefined) return undefined;
  return { name, permissions: oneOf(permissions), principals: oneOf(principals), condition };
}

function compileCondition(message: Policy, path: string, context: RbacContext): Rule | undefined {
  const { condition, checkedCondition } = message;
  if (condition !== undefined && checkedCondition !== undefined) {
    context.problems.add(path, 'condition and checked_condition may not both be set');
    return undefined;
  }
  const expression = condition ?? checkedCondition?.expr;
  if (expression === undefined) return undefined;
  const at = condition === undefined ? `${path}.checked_condition.expr` : `${path}.condition`;
  const compiled = compileCelCondition(expression, at, context);
  return compiled && leaf((view) => compiled.holds(view), `condition ${compiled.describe()}`);
}

/** Whether a policy matches. */
export function matchesPolicy({ permissions, principals, condition }: PolicyRuntime, view: MatchView): boolean {
  return permissions.matches(view) && principals.matches(view) && (condition === undefined || condition.matches(view));
}

/** Why a policy does not match. */
export function whyNotPolicy({ permissions, principals, condition }: PolicyRuntime, view: MatchView): string {
  if (!permissions.matches(view)) return `permission: ${permissions.whyNot(view)}`;
  if (!principals.matches(view)) return `principal: ${principals.whyNot(view)}`;
  return condition?.whyNot(view) ?? '';
}
