import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, list } from '../../schema/index.ts';
import { ageColumn } from '../meta/index.ts';
import { localObjectReference, objectReference } from './references.ts';

/** An identity for the processes of pods. */
export const serviceAccount = defineBuiltin({
  group: '',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  description: 'An identity that pods run as and that policies name.',
  fields: {
    secrets: list('Secrets that pods of this account may mount.', objectReference('A Secret.'), {
      listType: 'map',
      mapKeys: ['name'],
      patch: { strategy: 'merge', mergeKey: 'name' },
      uniqueItems: false,
    }),
    imagePullSecrets: list('Secrets with which images are pulled.', localObjectReference('A Secret.'), {
      listType: 'atomic',
    }),
    automountServiceAccountToken: boolean('Pods of this account get a token mounted unless they say otherwise.'),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Secrets',
      type: 'integer',
      declaredType: 'string',
      description: 'Number of listed secrets.',
      value: (object) => ((object['secrets'] as unknown[] | undefined) ?? []).length,
    },
    ageColumn,
  ],
});

/** An identity for the processes of pods. */
export type ServiceAccount = ObjectOf<typeof serviceAccount>;
