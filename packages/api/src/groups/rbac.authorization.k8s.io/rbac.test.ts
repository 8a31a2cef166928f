import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { AnyKind } from '../../kind/index.ts';
import { rowOf } from '../../table/index.ts';
import { judge } from '../../test-support/judge.ts';
import { created, updateErrors } from '../../test-support/judge-update.ts';
import { clusterRole } from './cluster-role.ts';
import { clusterRoleBinding } from './cluster-role-binding.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';

const yaml = (kind: AnyKind, rest: string): string =>
  `{apiVersion: rbac.authorization.k8s.io/v1, kind: ${kind.kind}, metadata: {name: "system:x"}, ${rest}}`;
const errorsOf = (kind: AnyKind, rest: string): readonly string[] => judge(kind, parse(yaml(kind, rest))).errors;

describe('refused', () => {
  const cases: readonly (readonly [AnyKind, string, string])[] = [
    [
      role,
      'rules: [{verbs: [], apiGroups: [""], resources: [pods]}]',
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [role, 'rules: [{apiGroups: [""], resources: [pods]}]', 'rules[0].verbs: Required value'],
    [
      role,
      'rules: [{verbs: [get], resources: [pods]}]',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    ],
    [
      role,
      'rules: [{verbs: [get], apiGroups: [""]}]',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
    [
      role,
      'rules: [{verbs: [get], nonResourceURLs: [/x]}]',
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
    [
      clusterRole,
      'rules: [{verbs: [get], nonResourceURLs: [/x], resources: [pods]}]',
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      clusterRole,
      'aggregationRule: {}',
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
    [roleBinding, 'subjects: []', 'roleRef: Required value'],
    [
      roleBinding,
      'roleRef: {kind: Rule, name: x}',
      'roleRef.kind: Unsupported value: "Rule": supported values: "ClusterRole", "Role"',
    ],
    [
      clusterRoleBinding,
      'roleRef: {kind: Role, name: x}',
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    [
      roleBinding,
      'roleRef: {apiGroup: x, kind: Role, name: x}',
      'roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
    ],
    [
      clusterRoleBinding,
      'roleRef: {kind: ClusterRole, name: x}, subjects: [{kind: ServiceAccount, name: a}]',
      'subjects[0].namespace: Required value',
    ],
    [
      roleBinding,
      'roleRef: {kind: Role, name: x}, subjects: [{kind: Robot, name: a}]',
      'subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    ],
    [roleBinding, 'roleRef: {kind: Role, name: ""}', 'roleRef.name: Required value'],
  ];
  for (const [kind, rest, error] of cases)
    test(`${kind.kind}: ${error}`, () => assert.deepEqual(errorsOf(kind, rest), [error]));
});

describe('a binding', () => {
  const subjects =
    'subjects: [{kind: User, name: u}, {kind: Group, name: g}, {kind: ServiceAccount, name: s, namespace: n}]';
  const stored = created(
    clusterRoleBinding,
    yaml(clusterRoleBinding, `roleRef: {kind: ClusterRole, name: x}, ${subjects}`),
  );
  test('gets the API groups of its parts', () => {
    const apiGroup = 'rbac.authorization.k8s.io';
    assert.deepEqual(stored['roleRef'], { kind: 'ClusterRole', name: 'x', apiGroup });
    assert.deepEqual(stored['subjects'], [
      { kind: 'User', name: 'u', apiGroup },
      { kind: 'Group', name: 'g', apiGroup },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ]);
  });
  test('keeps its role', () => {
    const errors = updateErrors(clusterRoleBinding, stored, (object) =>
      Object.assign(object['roleRef'] as object, { name: 'y' }),
    );
    assert.deepEqual(errors, [
      'roleRef: Invalid value: {"kind":"ClusterRole","name":"y","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ]);
  });
  test('is shown with those to whom it grants', () => {
    assert.deepEqual(rowOf(clusterRoleBinding, 'v1', stored, 0).slice(1), [
      'ClusterRole/x',
      '<unknown>',
      'u',
      'g',
      'n/s',
    ]);
  });
});
