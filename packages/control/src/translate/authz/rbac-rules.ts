/** The AuthorizationPolicies of one action as rules of RBAC. */
import type { PolicyJson, RBACJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { AuthorizationPolicyIr, Finding, MeshSnapshot } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import { rulePolicy } from './rule-policy.ts';

/** What is made of them. */
export type RbacAction = 'ALLOW' | 'DENY' | 'LOG';

/** Rules that decide, and those that are only tried out. */
export interface RbacRules {
  readonly enforced: RBACJson | undefined;
  readonly dryRun: RBACJson | undefined;
}

/** Matches nothing; beside an ALLOW without any other rule it denies everything (SEMANTICS 26). */
const NOTHING: PolicyJson = {
  permissions: [{ notRule: { any: true } }],
  principals: [{ notId: { any: true } }],
};

/** The rules of all policies of an action; what is wrong with them goes to `findings`. */
export function rbacRules(
  policies: readonly AuthorizationPolicyIr[],
  action: RbacAction,
  isHttp: boolean,
  snapshot: MeshSnapshot,
  findings: Finding[],
): RbacRules {
  const { trustDomain, config } = snapshot.settings;
  const trustDomains = [trustDomain, ...(config.trustDomainAliases ?? [])];
  const enforced: Record<string, PolicyJson> = {};
  const dryRun: Record<string, PolicyJson> = {};
  for (const { ref, spec, isDryRun } of policies) {
    const { namespace, name } = ref;
    const to = isDryRun ? dryRun : enforced;
    const rules = spec.rules ?? [];
    const nameOf = (i: number) => `ns[${namespace}]-policy[${name}]-rule[${i}]`;
    if (rules.length === 0 && action === 'ALLOW') to[nameOf(0)] = NOTHING;
    for (const [i, rule] of rules.entries()) {
      const use = { namespace, trustDomains, isHttp, isAllowing: action === 'ALLOW' };
      const { policy, problems } = rulePolicy(rule, use);
      for (const { code, path, message } of problems) {
        findings.push(findingAt(code, { object: ref, path: `spec.rules[${i}]` }, path, message));
      }
      if (policy !== undefined) to[nameOf(i)] = policy;
      else if (action === 'ALLOW') to[nameOf(i)] = NOTHING;
    }
  }
  return { enforced: asRules(action, enforced), dryRun: asRules(action, dryRun) };
}

function asRules(action: RbacAction, policies: Record<string, PolicyJson>): RBACJson | undefined {
  return Object.keys(policies).length === 0 ? undefined : { action, policies };
}
