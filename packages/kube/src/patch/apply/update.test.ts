import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiObject } from '@weft/api';
import { workloadSchema } from '../test-support/workload-schema.ts';
import { fieldSetOf } from './field-set.ts';
import { trackUpdate, type WriteContext } from './update.ts';
import { typesOfSchema } from './versioned-types.ts';

const context: WriteContext = {
  types: typesOfSchema(workloadSchema, 'apps/v1', 'apps/v2'),
  apiVersion: 'apps/v1',
  manager: 'kubectl',
  time: '2024-01-01T00:00:00Z',
};
const later = '2024-02-02T00:00:00Z';

function workload(spec: object, metadata: object = {}): ApiObject {
  return { apiVersion: 'apps/v1', kind: 'Workload', metadata: { name: 'w', uid: 'u', ...metadata }, spec };
}

function managers(object: ApiObject): unknown[] {
  return (object.metadata.managedFields ?? []).map((entry) => [entry.manager, entry.time, entry.fieldsV1]);
}

/** The next state as a client would write it: with what the server has stored, managed fields included. */
function changed(live: ApiObject, spec: object): ApiObject {
  return { ...live, spec };
}

test('all of a new object belongs to who created it', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }, { labels: { a: 'b' } }), context);
  assert.deepEqual(created.metadata.managedFields, [
    {
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: '2024-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } }, 'f:spec': { '.': {}, 'f:replicas': {} } },
    },
  ]);
});

test('an object without anything to own has no managed fields', () => {
  assert.equal(trackUpdate(undefined, { ...workload({}), spec: undefined }, context).metadata.managedFields, undefined);
});

test('what changed goes to the writer, what is gone belongs to nobody', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1, strategy: { type: 'a' } }), context);
  const next = trackUpdate(created, changed(created, { replicas: 2 }), { ...context, manager: 'hpa', time: later });
  assert.deepEqual(managers(next), [
    ['kubectl', context.time, { 'f:spec': {} }],
    ['hpa', later, { 'f:spec': { 'f:replicas': {} } }],
  ]);
});

test('a write that changes nothing changes no entry and no time', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const again = {
    ...changed(created, { replicas: 1 }),
    metadata: { ...created.metadata, resourceVersion: '7', generation: 3 },
  };
  const next = trackUpdate(created, again, { ...context, manager: 'other', time: later });
  assert.deepEqual(next.metadata.managedFields, created.metadata.managedFields);
});

test('a second write of the same manager joins its entry and moves its time', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const next = trackUpdate(created, changed(created, { replicas: 1, strategy: {} }), { ...context, time: later });
  assert.deepEqual(managers(next), [['kubectl', later, { 'f:spec': { '.': {}, 'f:replicas': {}, 'f:strategy': {} } }]]);
});

test('a subresource has an entry of its own, and managed fields sent through it are ignored', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const scaled = { ...changed(created, { replicas: 3 }), metadata: { ...created.metadata, managedFields: [] } };
  const next = trackUpdate(created, scaled, { ...context, subresource: 'scale' });
  assert.deepEqual(
    next.metadata.managedFields?.map((entry) => [entry.subresource, entry.fieldsV1]),
    [
      [undefined, { 'f:spec': { '.': {} } }].map((value, i) => (i === 1 ? { 'f:spec': {} } : value)),
      ['scale', { 'f:spec': { 'f:replicas': {} } }],
    ],
  );
});

test('fields that this way of writing ignores are not owned', () => {
  const created = trackUpdate(
    undefined,
    { ...workload({ replicas: 1 }), status: { replicas: 1 } },
    {
      ...context,
      ignored: fieldSetOf(['f:status']),
    },
  );
  assert.deepEqual(managers(created), [['kubectl', context.time, { 'f:spec': { '.': {}, 'f:replicas': {} } }]]);
});

test('a reset forgets all owners, and nobody is tracked until the first apply', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  for (const managedFields of [[], [{}]] as const) {
    const reset = {
      ...workload({ replicas: 2 }),
      metadata: { ...created.metadata, managedFields: managedFields as never },
    };
    const next = trackUpdate(created, reset, context);
    assert.equal(next.metadata.managedFields, undefined);
    assert.equal(trackUpdate(next, workload({ replicas: 3 }), context).metadata.managedFields, undefined);
  }
});

test('a client that drops managed fields or sends nonsense does not lose them', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  for (const managedFields of [undefined, null, [{ operation: 'Nonsense' }]]) {
    const sent = { ...created, metadata: { ...created.metadata, managedFields: managedFields as never } };
    assert.deepEqual(trackUpdate(created, sent, context).metadata.managedFields, created.metadata.managedFields);
  }
});

test('a client may edit managed fields, as kubectl does when it migrates from client-side apply', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const [entry] = created.metadata.managedFields!;
  const managedFields = [{ ...entry, manager: 'kubectl', operation: 'Apply' }];
  const next = trackUpdate(created, { ...created, metadata: { ...created.metadata, managedFields } }, context);
  assert.deepEqual(next.metadata.managedFields, managedFields);
});

test('owners in a version that does not exist any more are forgotten', () => {
  const created = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const [entry] = created.metadata.managedFields!;
  const live = {
    ...created,
    metadata: {
      ...created.metadata,
      managedFields: [
        { ...entry, apiVersion: 'apps/v0' },
        { ...entry, apiVersion: 'apps/v2' },
      ],
    },
  };
  const next = trackUpdate(live, changed(live, { replicas: 1, strategy: {} }), { ...context, manager: 'other' });
  assert.deepEqual(
    next.metadata.managedFields?.map((one) => one.apiVersion),
    ['apps/v2', 'apps/v1'],
  );
});

test('field sets from before a list became atomic own the list as a whole', () => {
  const live = workload(
    { selector: { matchLabels: { a: 'b' } } },
    {
      managedFields: [
        {
          manager: 'old',
          operation: 'Apply',
          apiVersion: 'apps/v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:selector': { 'f:matchLabels': { 'f:a': {} } } } },
        },
      ],
    },
  );
  const next = trackUpdate(live, changed(live, { selector: { matchLabels: { a: 'b' } }, replicas: 1 }), context);
  assert.deepEqual(managers(next)[0], ['old', undefined, { 'f:spec': { 'f:selector': {} } }]);
});
