import { type Infer, list, map, object, type Schema, string } from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';

const info = object(
  'Who somebody is.',
  {
    username: string('Name that is unique among all users.'),
    uid: string('Identity that survives a change of name.'),
    groups: stringList('Groups that the user is in.', 'A group.'),
    extra: map('Further facts that the authenticator gives.', list('Values of the fact.', string('A value.'))),
  },
  { name: 'io.k8s.api.authentication.v1.UserInfo' },
);

/** Who somebody is. */
export type UserInfo = Infer<typeof info>;

/** Who somebody is. */
export function userInfo(description: string): Schema<UserInfo> {
  return { ...info, description };
}

/** Verbs of kinds that are answered and not stored. */
export const REVIEW_VERBS: readonly string[] = ['create'];
