import { FieldPath, type Infer, type IssueReport, list, object, required, type Schema } from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';

const policyRule = object(
  'A permission: which verbs on which things.',
  {
    verbs: required(stringList('What may be done; * for everything.', 'A verb.')),
    apiGroups: stringList('API groups of the resources; empty text for the core group, * for all.', 'A group.'),
    resources: stringList('Resources, optionally with a subresource (pods/log); * for all.', 'A resource.'),
    resourceNames: stringList('Names of the objects; any object when empty.', 'A name.'),
    nonResourceURLs: stringList('Paths outside the resources, with an optional * at the end.', 'A path.'),
  },
  { name: 'io.k8s.api.rbac.v1.PolicyRule' },
);

/** A permission: which verbs on which things. */
export type PolicyRule = Infer<typeof policyRule>;

/** The rules of a role. */
export function policyRules(description: string): Schema<PolicyRule[]> {
  return list(description, policyRule, { listType: 'atomic' });
}

const rulesPath = FieldPath.root.child('rules');

/** Refuses rules that could never apply. */
export function checkPolicyRules(
  rules: readonly PolicyRule[] | undefined,
  isNamespaced: boolean,
  report: IssueReport,
): void {
  for (const [i, rule] of (rules ?? []).entries()) checkPolicyRule(rulesPath.index(i), rule, isNamespaced, report);
}

function checkPolicyRule(path: FieldPath, rule: PolicyRule, isNamespaced: boolean, report: IssueReport): void {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) report.required(path.child('verbs'), 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const at = path.child('nonResourceURLs');
    if (isNamespaced) report.invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      report.invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs');
    }
    return;
  }
  if (apiGroups.length === 0)
    report.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  if (resources.length === 0)
    report.required(path.child('resources'), 'resource rules must supply at least one resource');
}
