import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { object } from '../../schema/index.ts';
import { REVIEW_VERBS, userInfo } from './user-info.ts';

/** Asks who the asker is. */
export const selfSubjectReview = defineBuiltin({
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  scope: 'Cluster',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks who the server takes the asker for.',
  fields: {
    status: object(
      'The answer.',
      { userInfo: userInfo('Who the asker is.') },
      { name: 'io.k8s.api.authentication.v1.SelfSubjectReviewStatus' },
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
});

/** Asks who the asker is. */
export type SelfSubjectReview = ObjectOf<typeof selfSubjectReview>;
