/** What RoleBinding and ClusterRoleBinding have in common. */
import type { ApiObject, Column } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, list, object, required, string } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.ts';
import { ageColumn } from '../meta/index.ts';

/** The API group of roles and of the users and groups they are granted to. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

const subject = object(
  'Somebody to whom a role is granted.',
  {
    kind: required(string('User, Group or ServiceAccount.')),
    apiGroup: string('API group of the subject; follows from the kind when absent.'),
    name: required(string('Name of the subject.')),
    namespace: string('Namespace of a ServiceAccount.'),
  },
  { name: 'io.k8s.api.rbac.v1.Subject', mapType: 'atomic' },
);

const roleRef = object(
  'The role that is granted.',
  {
    apiGroup: string('API group of the role.', { default: RBAC_GROUP }),
    kind: required(string('Role or ClusterRole.')),
    name: required(string('Name of the role.')),
  },
  { name: 'io.k8s.api.rbac.v1.RoleRef', mapType: 'atomic' },
);

/** Somebody to whom a role is granted. */
export type Subject = Infer<typeof subject>;

/** The role that a binding grants. */
export type RoleRef = Infer<typeof roleRef>;

/** Top-level fields of bindings. */
export const bindingFields = {
  subjects: list('To whom the role is granted.', subject, { listType: 'atomic' }),
  roleRef: required(roleRef),
};

/** A binding of either kind. */
export interface BindingObject {
  readonly subjects?: Subject[];
  readonly roleRef: RoleRef;
}

const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];

/** Completes the API groups of subjects, in place. */
export function applyBindingDefaults(binding: BindingObject): void {
  for (const one of binding.subjects ?? []) {
    if ((one.apiGroup ?? '') !== '') continue;
    if (one.kind === 'User' || one.kind === 'Group') one.apiGroup = RBAC_GROUP;
  }
}

/** Refuses bindings that grant nothing or to nobody, and a change of the granted role. */
export function checkBinding(
  binding: BindingObject,
  roleKinds: readonly string[],
  isNamespaced: boolean,
  old: ApiObject | undefined,
  report: IssueReport,
): void {
  const path = FieldPath.root.child('roleRef');
  const { apiGroup = '', kind, name } = binding.roleRef;
  if (apiGroup !== RBAC_GROUP) report.notSupported(path.child('apiGroup'), apiGroup, [RBAC_GROUP]);
  if (!roleKinds.includes(kind)) report.notSupported(path.child('kind'), kind, roleKinds);
  if (name === '') report.required(path.child('name'));
  else for (const problem of pathSegmentProblems(name)) report.invalid(path.child('name'), name, problem);
  for (const [i, one] of (binding.subjects ?? []).entries()) {
    checkSubject(FieldPath.root.child('subjects').index(i), one, isNamespaced, report);
  }
  if (old !== undefined && !deepEqual(old['roleRef'], binding.roleRef)) {
    report.invalid(path, binding.roleRef, 'cannot change roleRef');
  }
}

function checkSubject(path: FieldPath, one: Subject, isNamespaced: boolean, report: IssueReport): void {
  const { kind, name, apiGroup = '', namespace = '' } = one;
  if (name === '') report.required(path.child('name'));
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') {
        for (const problem of dns1123SubdomainProblems(name)) report.invalid(path.child('name'), name, problem);
      }
      if (apiGroup !== '') report.notSupported(path.child('apiGroup'), apiGroup, ['']);
      if (!isNamespaced && namespace === '') report.required(path.child('namespace'));
      return;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) report.notSupported(path.child('apiGroup'), apiGroup, [RBAC_GROUP]);
      return;
    default:
      report.notSupported(path.child('kind'), kind, SUBJECT_KINDS);
  }
}

function subjectsOf(object: ApiObject, kind: string): string {
  const all = (object as unknown as BindingObject).subjects ?? [];
  return all
    .filter((one) => one.kind === kind)
    .map((one) => (kind === 'ServiceAccount' ? `${one.namespace ?? ''}/${one.name}` : one.name))
    .join(', ');
}

/** Columns of both kinds of binding. */
export const bindingColumns: readonly Column[] = [
  {
    name: 'Role',
    type: 'string',
    description: 'The role that is granted.',
    value: (object) => {
      const { kind, name } = (object as unknown as BindingObject).roleRef;
      return `${kind}/${name}`;
    },
  },
  ageColumn,
  { name: 'Users', type: 'string', priority: 1, description: 'Users.', value: (o) => subjectsOf(o, 'User') },
  { name: 'Groups', type: 'string', priority: 1, description: 'Groups.', value: (o) => subjectsOf(o, 'Group') },
  {
    name: 'ServiceAccounts',
    type: 'string',
    priority: 1,
    description: 'Service accounts.',
    value: (o) => subjectsOf(o, 'ServiceAccount'),
  },
];
