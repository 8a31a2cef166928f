import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, required } from '../../schema/index.ts';
import { REVIEW_VERBS } from '../authentication.k8s.io/index.ts';
import { accessReviewStatus, checkAccessQuestion, checkAccessSubject } from './access-fields.ts';
import { subjectAccessReviewSpec } from './subject-access-review-spec.ts';

const specPath = FieldPath.root.child('spec');

/** Asks what somebody may do in one namespace. */
export const localSubjectAccessReview = defineBuiltin({
  group: 'authorization.k8s.io',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  scope: 'Namespaced',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks whether a user or group may do something in one namespace.',
  fields: { spec: required(subjectAccessReviewSpec), status: accessReviewStatus },
  versions: [{ name: 'v1', isStorage: true }],
  check(object, report) {
    const { spec } = object;
    checkAccessQuestion(spec, report);
    checkAccessSubject(spec, report);
    if (spec.nonResourceAttributes !== undefined) {
      report.invalid(
        specPath.child('nonResourceAttributes'),
        spec.nonResourceAttributes,
        'disallowed on this kind of request',
      );
    }
    const asked = spec.resourceAttributes?.namespace ?? '';
    if (spec.resourceAttributes !== undefined && asked !== (object.metadata.namespace ?? '')) {
      report.invalid(specPath.child('resourceAttributes', 'namespace'), asked, 'must match metadata.namespace');
    }
  },
});

/** Asks what somebody may do in one namespace. */
export type LocalSubjectAccessReview = ObjectOf<typeof localSubjectAccessReview>;
