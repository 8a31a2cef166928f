/** Permission to refer to objects of another namespace. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { list, object, required } from '../../schema/index.ts';
import { ageColumn } from './columns.ts';
import { groupName, kindName, namespaceName, objectName } from './scalars.ts';

const from = object('Objects that may refer.', {
  group: required(groupName('API group of the objects; empty for the core group.')),
  kind: required(kindName('Kind of the objects.')),
  namespace: required(namespaceName('Namespace of the objects.')),
});

const to = object('Objects that may be referred to.', {
  group: required(groupName('API group of the objects; empty for the core group.')),
  kind: required(kindName('Kind of the objects.')),
  name: objectName('Name of the one object; all of the kind when absent.'),
});

/** Lets objects of other namespaces refer to objects of this one. */
export const referenceGrant = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'ReferenceGrant',
  plural: 'referencegrants',
  shortNames: ['refgrant'],
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Lets objects of other namespaces refer to objects of this one.',
  fields: {
    spec: object('Who may refer to what.', {
      from: required(
        list('Objects that may refer, each entry on its own.', from, { listType: 'atomic', minItems: 1, maxItems: 16 }),
      ),
      to: required(
        list('Objects that may be referred to, each entry on its own.', to, {
          listType: 'atomic',
          minItems: 1,
          maxItems: 16,
        }),
      ),
    }),
  },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }],
  columns: [ageColumn],
});

/** A ReferenceGrant. */
export type ReferenceGrant = ObjectOf<typeof referenceGrant>;
