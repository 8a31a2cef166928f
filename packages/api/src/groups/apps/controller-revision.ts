import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { anyObject, FieldPath, integer, required } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { ageColumn, NONE } from '../meta/index.ts';

/** One earlier state of a stateful or daemon set. */
export const controllerRevision = defineBuiltin({
  group: 'apps',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  description: 'One earlier state of a StatefulSet or DaemonSet, for a rollback.',
  fields: {
    data: anyObject('The state; cannot be changed.', { mapType: 'atomic' }),
    revision: required(integer('Number of the state.', { format: 'int64', default: 0 })),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Controller',
      type: 'string',
      description: 'Set that the state belongs to.',
      value: ({ metadata }) => {
        const owner = (metadata.ownerReferences ?? []).find((one) => one.controller === true);
        if (owner === undefined) return NONE;
        const slash = owner.apiVersion.indexOf('/');
        const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
        return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
      },
    },
    {
      name: 'Revision',
      type: 'integer',
      declaredType: 'string',
      value: '.revision',
      description: 'Number of the state.',
    },
    ageColumn,
  ],
  check(object, report, context) {
    const path = FieldPath.root.child('data');
    if (object.data === undefined) report.required(path, 'data is mandatory');
    if (object.revision < 0) {
      report.invalid(FieldPath.root.child('revision'), object.revision, 'must be greater than or equal to 0');
    }
    const { old } = context;
    if (old !== undefined && !deepEqual(old['data'], object.data))
      report.invalid(path, object.data, 'field is immutable');
  },
});

/** One earlier state of a stateful or daemon set. */
export type ControllerRevision = ObjectOf<typeof controllerRevision>;
