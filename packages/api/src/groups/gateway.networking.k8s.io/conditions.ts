/** Status conditions, with the bounds that CRDs put on them (built-in kinds put none). */
import {
  enumeration,
  type Infer,
  integer,
  type Json,
  list,
  object,
  required,
  type Schema,
  string,
} from '../../schema/index.ts';

const TYPE_PATTERN =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$';

/** One observed aspect of an object. */
export const condition = object('One aspect of the state of the object, as a controller sees it.', {
  type: required(string('Name of the aspect, such as Accepted.', { maxLength: 316, pattern: TYPE_PATTERN })),
  status: required(enumeration('Whether the aspect holds.', ['True', 'False', 'Unknown'])),
  observedGeneration: integer('Generation of the object that the controller looked at.', {
    format: 'int64',
    minimum: 0,
  }),
  lastTransitionTime: required(string('When the status last changed.', { format: 'date-time' })),
  reason: required(
    string('Why the status is what it is, as one word for programs.', {
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    }),
  ),
  message: required(string('Why the status is what it is, for people.', { maxLength: 32768 })),
});

/** A condition. */
export type Condition = Infer<typeof condition>;

/** A list of conditions, one a type. */
export function conditions(
  description: string,
  options: { minItems?: number; default?: Json[] } = {},
): Schema<Condition[]> {
  return list(description, condition, {
    listType: 'map',
    mapKeys: ['type'],
    maxItems: 8,
    ...(options as { minItems?: number; default?: Condition[] & Json }),
  });
}

/** The conditions of an object that no controller has looked at yet; the epoch marks them as such. */
export function waitingConditions(...types: readonly string[]): Json[] {
  return types.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting for controller',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  }));
}
