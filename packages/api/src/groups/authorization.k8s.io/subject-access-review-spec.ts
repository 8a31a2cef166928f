import { list, map, object, string } from '../../schema/index.ts';
import { stringList } from '../meta/index.ts';
import { nonResourceAttributes, resourceAttributes } from './access-fields.ts';

/** A question about what somebody may do. */
export const subjectAccessReviewSpec = object(
  'The question.',
  {
    resourceAttributes,
    nonResourceAttributes,
    user: string('Name of the user that is asked about.'),
    groups: stringList('Groups of the user.', 'A group.'),
    extra: map('Further facts about the user.', list('Values of the fact.', string('A value.'))),
    uid: string('Identity of the user.'),
  },
  { name: 'io.k8s.api.authorization.v1.SubjectAccessReviewSpec' },
);
