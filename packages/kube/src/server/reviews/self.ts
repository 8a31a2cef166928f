/** SelfSubjectReview: who am I? */
import type { ReviewHandler } from '../rest/reviews.ts';

/** Answers with the caller's own identity. */
export const selfSubjectReview: ReviewHandler = {
  group: 'authentication.k8s.io',
  kind: 'SelfSubjectReview',
  answer(review, call) {
    const { username, uid, groups, extra } = call.user;
    return { ...review, status: { userInfo: { username, uid, groups, extra } } };
  },
};
