/** All reviews that the server answers, one file each. */

import type { TokenChecker } from '../auth/bearer.ts';
import type { RbacAuthorizer } from '../auth/rbac/authorizer.ts';
import { ReviewHandlers } from '../rest/reviews.ts';
import { accessReviews } from './access.ts';
import { rulesReview } from './rules.ts';
import { selfSubjectReview } from './self.ts';
import { tokenReview } from './token.ts';

/** The reviews of one server. */
export function createReviews(authorizer: RbacAuthorizer, tokens: readonly TokenChecker[]): ReviewHandlers {
  return new ReviewHandlers([
    ...accessReviews(authorizer),
    rulesReview(authorizer),
    selfSubjectReview,
    tokenReview(tokens),
  ]);
}
