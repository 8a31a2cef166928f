/** The rules of routes that forward whole connections: TCP, TLS and UDP. */
import { list, object, required } from '../../schema/index.ts';
import { backendRef } from './backend-ref.ts';
import { sectionName } from './scalars.ts';

/** Where connections go. */
export const streamRule = object('Where connections go.', {
  name: sectionName('Name of the rule, unique in the route.'),
  backendRefs: required(
    list('Backends that share the connections by weight.', backendRef, {
      listType: 'atomic',
      minItems: 1,
      maxItems: 16,
    }),
  ),
});
