import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { object, required } from '../../schema/index.ts';
import { REVIEW_VERBS } from '../authentication.k8s.io/index.ts';
import { accessReviewStatus, checkAccessQuestion, nonResourceAttributes, resourceAttributes } from './access-fields.ts';

/** Asks what the asker may do. */
export const selfSubjectAccessReview = defineBuiltin({
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  scope: 'Cluster',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks whether the asker may do something.',
  fields: {
    spec: required(
      object(
        'The question.',
        { resourceAttributes, nonResourceAttributes },
        { name: 'io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec' },
      ),
    ),
    status: accessReviewStatus,
  },
  versions: [{ name: 'v1', isStorage: true }],
  check(object, report) {
    checkAccessQuestion(object.spec, report);
  },
});

/** Asks what the asker may do. */
export type SelfSubjectAccessReview = ObjectOf<typeof selfSubjectAccessReview>;
