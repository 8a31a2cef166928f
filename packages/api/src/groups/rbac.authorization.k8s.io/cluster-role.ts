import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, list, object } from '../../schema/index.ts';
import { checkLabelSelector, labelSelector } from '../../validation/label-selector.ts';
import { createdAtColumn } from '../meta/index.ts';
import { RBAC_GROUP } from './binding-fields.ts';
import { checkPolicyRules, policyRules } from './policy-rule.ts';

const selectorsPath = FieldPath.root.child('aggregationRule', 'clusterRoleSelectors');

/** Permissions anywhere, to be granted in one namespace or in all. */
export const clusterRole = defineBuiltin({
  group: RBAC_GROUP,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  scope: 'Cluster',
  nameRule: 'path-segment',
  description: 'Permissions on anything, to be granted in one namespace or in all.',
  fields: {
    rules: policyRules('The permissions; filled in by the server when aggregationRule is set.'),
    aggregationRule: object(
      'Collects the permissions of other cluster roles.',
      {
        clusterRoleSelectors: list(
          'Selects the roles; one matching selector is enough.',
          labelSelector('Selects roles by their labels.'),
          {
            listType: 'atomic',
          },
        ),
      },
      { name: 'io.k8s.api.rbac.v1.AggregationRule' },
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [createdAtColumn],
  check(object, report) {
    checkPolicyRules(object.rules, false, report);
    const { aggregationRule } = object;
    if (aggregationRule === undefined) return;
    const selectors = aggregationRule.clusterRoleSelectors ?? [];
    if (selectors.length === 0) {
      report.required(selectorsPath, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
    }
    for (const [i, selector] of selectors.entries()) checkLabelSelector(selectorsPath.index(i), selector, report);
  },
});

/** Permissions anywhere. */
export type ClusterRole = ObjectOf<typeof clusterRole>;
