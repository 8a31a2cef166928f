import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { required } from '../../schema/index.ts';
import { REVIEW_VERBS } from '../authentication.k8s.io/index.ts';
import { accessReviewStatus, checkAccessQuestion, checkAccessSubject } from './access-fields.ts';
import { subjectAccessReviewSpec } from './subject-access-review-spec.ts';

/** Asks what somebody may do. */
export const subjectAccessReview = defineBuiltin({
  group: 'authorization.k8s.io',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  scope: 'Cluster',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks whether a user or group may do something.',
  fields: { spec: required(subjectAccessReviewSpec), status: accessReviewStatus },
  versions: [{ name: 'v1', isStorage: true }],
  check(object, report) {
    checkAccessQuestion(object.spec, report);
    checkAccessSubject(object.spec, report);
  },
});

/** Asks what somebody may do. */
export type SubjectAccessReview = ObjectOf<typeof subjectAccessReview>;
