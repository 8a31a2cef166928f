import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, enumeration, FieldPath, integer, string } from '../../schema/index.ts';
import { ageColumn } from '../meta/index.ts';

/** Larger numbers are kept for the system. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';

/** How important pods are. */
export const priorityClass = defineBuiltin({
  group: 'scheduling.k8s.io',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  hasGeneration: true,
  description: 'How important pods are, compared with others.',
  fields: {
    value: integer('The priority; higher is more important. Cannot be changed.', { default: 0 }),
    globalDefault: boolean('Pods that name no class get this one.'),
    description: string('What the class is for.'),
    preemptionPolicy: enumeration('Whether pods of the class may displace others.', ['Never', 'PreemptLowerPriority'], {
      default: 'PreemptLowerPriority',
    }),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Value', type: 'integer', value: '.value', description: 'The priority.' },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods that name no class get this one.',
      value: (object) => object['globalDefault'] === true,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description: 'Whether pods of the class may displace others.',
      value: '.preemptionPolicy',
    },
  ],
  check(object, report, context) {
    const { value = 0, metadata, preemptionPolicy } = object;
    const name = metadata.name ?? '';
    const isSystem = name === 'system-cluster-critical' || name === 'system-node-critical';
    if (name.startsWith(SYSTEM_PREFIX) && !isSystem) {
      const message = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
      report.forbidden(FieldPath.root.child('metadata', 'name'), message);
    }
    if (!isSystem && value > HIGHEST_USER_PRIORITY) {
      report.forbidden(
        FieldPath.root.child('value'),
        `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`,
      );
    }
    const { old } = context;
    if (old === undefined) return;
    if ((old['value'] ?? 0) !== value)
      report.forbidden(FieldPath.root.child('value'), 'may not be changed in an update.');
    if (old['preemptionPolicy'] !== preemptionPolicy) {
      report.invalid(FieldPath.root.child('preemptionPolicy'), preemptionPolicy, 'field is immutable');
    }
  },
});

/** How important pods are. */
export type PriorityClass = ObjectOf<typeof priorityClass>;
