/** TokenReview: whose token is this? */
import { checkToken, type TokenChecker } from '../auth/bearer.ts';
import type { ReviewHandler } from '../rest/reviews.ts';

/** The token review. */
export function tokenReview(tokens: readonly TokenChecker[]): ReviewHandler {
  return {
    group: 'authentication.k8s.io',
    kind: 'TokenReview',
    answer(review) {
      const spec = review['spec'] as { readonly token: string; readonly audiences?: readonly string[] };
      const { token, audiences: wanted = [] } = spec;
      const result = checkToken(tokens, token, wanted.length === 0 ? undefined : wanted);
      // The token itself is not repeated: reviews end up in logs.
      const shown = { ...review, spec: { ...spec, token: undefined } };
      if (result.kind !== 'user') {
        const error = result.kind === 'refused' ? result.reason : 'the token is not known';
        return { ...shown, status: { authenticated: false, error } };
      }
      const { username, uid, groups, extra } = result.user;
      const audiences = result.audiences ?? wanted;
      return { ...shown, status: { authenticated: true, user: { username, uid, groups, extra }, audiences } };
    },
  };
}
