/** SubjectAccessReview and its relatives: may somebody do something? */
import { type ApiObject, isPlainObject } from '@weft/api';
import type { Attributes, Authorizer } from '../auth/types.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Call } from '../rest/context.ts';
import type { ReviewHandler } from '../rest/reviews.ts';

const GROUP = 'authorization.k8s.io';

/** The three access reviews; that a question can be answered, its kind has checked. */
export function accessReviews(authorizer: Authorizer): ReviewHandler[] {
  const handler = (kind: string, userOf: (review: ApiObject, call: Call) => UserInfo): ReviewHandler => ({
    group: GROUP,
    kind,
    answer: (review, call) => decide(authorizer, review, userOf(review, call)),
  });
  return [
    handler('SelfSubjectAccessReview', (_review, call) => call.user),
    handler('SubjectAccessReview', namedUser),
    handler('LocalSubjectAccessReview', namedUser),
  ];
}

function decide(authorizer: Authorizer, review: ApiObject, user: UserInfo): ApiObject {
  const decision = authorizer.authorize(attributesOf(specOf(review), user));
  return {
    ...review,
    status: { allowed: decision.isAllowed, ...(decision.reason === '' ? {} : { reason: decision.reason }) },
  };
}

function attributesOf(spec: Record<string, unknown>, user: UserInfo): Attributes {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if (isPlainObject(path)) return { kind: 'path', user, verb: text(path['verb']), path: text(path['path']) };
  const given = resource as Record<string, unknown>;
  return {
    kind: 'resource',
    user,
    verb: text(given['verb']),
    group: text(given['group']),
    version: text(given['version']),
    resource: text(given['resource']),
    subresource: text(given['subresource']),
    namespace: text(given['namespace']),
    name: text(given['name']),
  };
}

function namedUser(review: ApiObject): UserInfo {
  const spec = specOf(review);
  const username = text(spec['user']);
  const groups = Array.isArray(spec['groups']) ? spec['groups'].map(String) : [];
  return { username, groups };
}

function specOf(review: ApiObject): Record<string, unknown> {
  return isPlainObject(review['spec']) ? review['spec'] : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
