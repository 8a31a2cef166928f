import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { applyBindingDefaults, bindingColumns, bindingFields, checkBinding, RBAC_GROUP } from './binding-fields.ts';

/** Grants a cluster role everywhere. */
export const clusterRoleBinding = defineBuiltin({
  group: RBAC_GROUP,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
  nameRule: 'path-segment',
  description: 'Grants a cluster role to users, groups or service accounts in every namespace.',
  fields: bindingFields,
  versions: [{ name: 'v1', isStorage: true }],
  columns: bindingColumns,
  applyDefaults(object) {
    applyBindingDefaults(object);
  },
  check(object, report, context) {
    checkBinding(object, ['ClusterRole'], false, context.old, report);
  },
});

/** Grants a cluster role everywhere. */
export type ClusterRoleBinding = ObjectOf<typeof clusterRoleBinding>;
