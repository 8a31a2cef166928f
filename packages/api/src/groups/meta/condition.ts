import { type Infer, integer, list, object, required, type Schema, string } from '../../schema/index.ts';
import { timestamp } from './fields.ts';

const condition = object(
  'One aspect of the current state of the object.',
  {
    type: required(string('What the condition is about, in CamelCase.', { maxLength: 316 })),
    status: required(string('Whether the condition holds: True, False or Unknown.')),
    observedGeneration: integer('Generation of the object that the condition was made for.', {
      format: 'int64',
      minimum: 0,
    }),
    lastTransitionTime: required(timestamp('When the status last changed.')),
    reason: required(string('Why the condition last changed, as one CamelCase word.', { maxLength: 1024 })),
    message: required(string('The reason in a sentence for people.', { maxLength: 32768 })),
  },
  { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.Condition' },
);

/** One aspect of the current state of an object. */
export type Condition = Infer<typeof condition>;

/** The list of conditions that newer kinds have. */
export function conditions(description: string): Schema<Condition[]> {
  return list(description, condition, {
    listType: 'map',
    mapKeys: ['type'],
    patch: { strategy: 'merge', mergeKey: 'type' },
  });
}
