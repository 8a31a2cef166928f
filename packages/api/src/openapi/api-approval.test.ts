import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApiObject, prepare } from '../kind/index.ts';
import { allKinds } from '../kinds.ts';
import { formatIssue } from '../schema/index.ts';
import { isProtectedGroup } from './api-approval.ts';
import { crdStatus } from './crd-status.ts';

const definitions = allKinds.find((kind) => kind.kind === 'CustomResourceDefinition')!;
const DEMAND = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

function definition(group: string, approval?: string): ApiObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `widgets.${group}`,
      ...(approval === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': approval } }),
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
}

const issuesOf = (crd: ApiObject, old?: ApiObject): string[] =>
  prepare(definitions, 'v1', crd, old === undefined ? {} : { old }).issues.map(formatIssue);

describe('groups of the Kubernetes community', () => {
  it('are told by their domain', () => {
    for (const group of ['k8s.io', 'a.k8s.io', 'kubernetes.io', 'x.kubernetes.io']) assert.ok(isProtectedGroup(group));
    for (const group of ['a.x-k8s.io', 'notk8s.io', 'k8s.io.example.com']) assert.ok(!isProtectedGroup(group));
  });

  /** Annotation, refusal and condition, as a real API server has them. */
  const cases: readonly (readonly [annotation: string | undefined, refusal: string | undefined, reason: string])[] = [
    [undefined, `Required value: ${DEMAND}, ${SEE}`, 'MissingAnnotation'],
    ['', `Required value: ${DEMAND}, ${SEE}`, 'MissingAnnotation'],
    [
      'yes',
      `Invalid value: "yes": ${DEMAND} with either a URL or a reason starting with "unapproved", ${SEE}`,
      'InvalidAnnotation',
    ],
    [
      '/path',
      `Invalid value: "/path": ${DEMAND} with either a URL or a reason starting with "unapproved", ${SEE}`,
      'InvalidAnnotation',
    ],
    ['unapproved, experimental', undefined, 'UnapprovedAnnotation'],
    ['https://github.com/kubernetes/enhancements/pull/1111', undefined, 'ApprovedAnnotation'],
  ];
  for (const [annotation, refusal, reason] of cases) {
    it(`with ${annotation === undefined ? 'no annotation' : JSON.stringify(annotation)}`, () => {
      const crd = definition('a.k8s.io', annotation);
      const path = 'metadata.annotations[api-approved.kubernetes.io]';
      assert.deepEqual(issuesOf(crd), refusal === undefined ? [] : [`${path}: ${refusal}`]);
      const condition = crdStatus(crd, [], 't').conditions.find(
        ({ type }) => type === 'KubernetesAPIApprovalPolicyConformant',
      );
      assert.deepEqual(
        [condition?.status, condition?.reason],
        [reason === 'ApprovedAnnotation' ? 'True' : 'False', reason],
      );
    });
  }

  it('need no approval again on an update that leaves it as it was', () => {
    const wrong = definition('a.k8s.io', 'yes');
    assert.deepEqual(issuesOf(wrong, definition('a.k8s.io', 'no')), []);
    assert.equal(issuesOf(wrong, definition('a.k8s.io', 'unapproved')).length, 1);
  });

  it('are the only ones with the condition', () => {
    assert.deepEqual(
      crdStatus(definition('a.example'), [], 't').conditions.map(({ type }) => type),
      ['NamesAccepted', 'Established'],
    );
  });
});
