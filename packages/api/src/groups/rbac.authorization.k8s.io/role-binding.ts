import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { applyBindingDefaults, bindingColumns, bindingFields, checkBinding, RBAC_GROUP } from './binding-fields.ts';

/** Grants a role within one namespace. */
export const roleBinding = defineBuiltin({
  group: RBAC_GROUP,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
  nameRule: 'path-segment',
  description: 'Grants a role to users, groups or service accounts within one namespace.',
  fields: bindingFields,
  versions: [{ name: 'v1', isStorage: true }],
  columns: bindingColumns,
  applyDefaults(object) {
    applyBindingDefaults(object);
  },
  check(object, report, context) {
    checkBinding(object, ['ClusterRole', 'Role'], true, context.old, report);
  },
});

/** Grants a role within one namespace. */
export type RoleBinding = ObjectOf<typeof roleBinding>;
