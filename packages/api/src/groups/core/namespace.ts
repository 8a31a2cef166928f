import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { enumeration, list, object, required, string } from '../../schema/index.ts';
import { ageColumn, alwaysPresent, stringList, timestamp } from '../meta/index.ts';

const namespaceCondition = object(
  'One aspect of how far the deletion of the namespace has come.',
  {
    type: required(string('What the condition is about.')),
    status: required(string('True, False or Unknown.')),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: 'io.k8s.api.core.v1.NamespaceCondition' },
);

/** The finalizer by which the server itself empties a namespace before it goes. */
export const NAMESPACE_FINALIZER = 'kubernetes';

/** A scope for names. */
export const namespace = defineBuiltin({
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  nameRule: 'dns-label',
  hasGeneration: false,
  hasStatus: true,
  description: 'A scope for names: objects in different namespaces may have the same name.',
  fields: {
    spec: alwaysPresent(
      object(
        'What keeps the namespace.',
        { finalizers: stringList('Names that must be removed through finalize before the namespace goes.') },
        { name: 'io.k8s.api.core.v1.NamespaceSpec' },
      ),
    ),
    status: object(
      'Where the namespace is in its life.',
      {
        phase: enumeration('Active, or Terminating while its objects are deleted.', ['Active', 'Terminating']),
        conditions: list('What stands in the way of deletion.', namespaceCondition, {
          listType: 'map',
          mapKeys: ['type'],
          patch: { strategy: 'merge', mergeKey: 'type' },
        }),
      },
      { name: 'io.k8s.api.core.v1.NamespaceStatus' },
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Status', type: 'string', value: '.status.phase', description: 'Where the namespace is in its life.' },
    ageColumn,
  ],
  initialStatus: () => ({ phase: 'Active' }),
  applyDefaults(object, context) {
    if (context.old === undefined) {
      const finalizers = object.spec?.finalizers ?? [];
      if (!finalizers.includes(NAMESPACE_FINALIZER)) {
        object.spec = { ...object.spec, finalizers: [...finalizers, NAMESPACE_FINALIZER] };
      }
    }
    object.status = { ...object.status, phase: object.status?.phase ?? 'Active' };
    // Selectors on namespaces rely on this label, so the server keeps it true.
    const { name } = object.metadata;
    if (name !== undefined) {
      object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': name };
    }
  },
});

/** A scope for names. */
export type Namespace = ObjectOf<typeof namespace>;
