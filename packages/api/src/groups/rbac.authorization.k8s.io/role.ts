import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { createdAtColumn } from '../meta/index.ts';
import { RBAC_GROUP } from './binding-fields.ts';
import { checkPolicyRules, policyRules } from './policy-rule.ts';

/** Permissions within one namespace. */
export const role = defineBuiltin({
  group: RBAC_GROUP,
  kind: 'Role',
  plural: 'roles',
  scope: 'Namespaced',
  nameRule: 'path-segment',
  description: 'Permissions within one namespace.',
  fields: { rules: policyRules('The permissions.') },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [createdAtColumn],
  check(object, report) {
    checkPolicyRules(object.rules, true, report);
  },
});

/** Permissions within one namespace. */
export type Role = ObjectOf<typeof role>;
