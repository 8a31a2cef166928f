import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, FieldPath, object, required, string } from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';
import { REVIEW_VERBS, userInfo } from './user-info.ts';

/** Asks whose token this is. */
export const tokenReview = defineBuiltin({
  group: 'authentication.k8s.io',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  scope: 'Cluster',
  verbs: REVIEW_VERBS,
  hasGeneration: false,
  description: 'Asks whether a token is valid and whose it is.',
  fields: {
    spec: required(
      object(
        'The question.',
        {
          token: required(string('The token.')),
          audiences: stringList(
            'Audiences, one of which the token must be meant for; the server itself when empty.',
            'An audience.',
          ),
        },
        { name: 'io.k8s.api.authentication.v1.TokenReviewSpec' },
      ),
    ),
    status: object(
      'The answer.',
      {
        authenticated: boolean('The token is valid.'),
        user: userInfo('Whose token it is.'),
        audiences: stringList('Audiences that were asked for and that the token is meant for.', 'An audience.'),
        error: string('Why the token could not be checked.'),
      },
      { name: 'io.k8s.api.authentication.v1.TokenReviewStatus' },
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  check(object, report) {
    if (object.spec.token === '') report.required(FieldPath.root.child('spec', 'token'));
  },
});

/** Asks whose token this is. */
export type TokenReview = ObjectOf<typeof tokenReview>;
