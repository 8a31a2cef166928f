/** SelfSubjectRulesReview: everything that the caller may do in a namespace, as `kubectl auth can-i --list` shows it. */
import type { RbacAuthorizer } from '../auth/rbac/authorizer.ts';
import type { ReviewHandler } from '../rest/reviews.ts';

/** The rules review. */
export function rulesReview(authorizer: RbacAuthorizer): ReviewHandler {
  return {
    group: 'authorization.k8s.io',
    kind: 'SelfSubjectRulesReview',
    answer(review, call) {
      const { namespace } = review['spec'] as { namespace: string };
      const rules = authorizer.rulesFor(call.user, namespace);
      const resourceRules = rules
        .filter((rule) => rule.nonResourceURLs === undefined)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames }));
      const nonResourceRules = rules
        .filter((rule) => rule.nonResourceURLs !== undefined)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
      return { ...review, status: { resourceRules, nonResourceRules, incomplete: false } };
    },
  };
}
