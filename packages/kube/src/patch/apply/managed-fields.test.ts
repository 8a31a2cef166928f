import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldSetOf } from './field-set.ts';
import {
  capUpdates,
  decodeManagedFields,
  encodeManagedFields,
  entryId,
  isReset,
  type ManagedEntry,
  ownable,
} from './managed-fields.ts';

const entry: ManagedEntry = {
  manager: 'm',
  operation: 'Update',
  apiVersion: 'apps/v1',
  subresource: '',
  time: '2024-01-01T00:00:00Z',
  fields: fieldSetOf(['f:spec', 'f:replicas']),
};

const mapOf = (...entries: readonly ManagedEntry[]) => new Map(entries.map((one) => [entryId(one), one]));

test('entries are written as Kubernetes writes them and read back', () => {
  const written = encodeManagedFields(mapOf({ ...entry, subresource: 'scale' }));
  assert.equal(
    JSON.stringify(written),
    '[{"manager":"m","operation":"Update","apiVersion":"apps/v1","time":"2024-01-01T00:00:00Z","fieldsType":"FieldsV1",' +
      '"fieldsV1":{"f:spec":{"f:replicas":{}}},"subresource":"scale"}]',
  );
  assert.deepEqual(decodeManagedFields(written), mapOf({ ...entry, subresource: 'scale' }));
  assert.equal(encodeManagedFields(new Map()), undefined);
});

test('entries are sorted by operation, time and manager', () => {
  const order = encodeManagedFields(
    mapOf(
      { ...entry, manager: 'b' },
      { ...entry, manager: 'late', time: '2025-01-01T00:00:00Z' },
      { ...entry, manager: 'a' },
      { ...entry, manager: 'timeless', time: undefined },
      { ...entry, manager: 'z', operation: 'Apply' },
    ),
  );
  assert.deepEqual(
    order?.map((one) => one.manager),
    ['z', 'timeless', 'a', 'b', 'late'],
  );
});

test('an applier is the same in every version, an updater is not', () => {
  const applied = { ...entry, operation: 'Apply' } as const;
  assert.equal(entryId(applied), entryId({ ...applied, apiVersion: 'apps/v2' }));
  assert.notEqual(entryId(entry), entryId({ ...entry, apiVersion: 'apps/v2' }));
  assert.notEqual(entryId(entry), entryId({ ...entry, subresource: 'status' }));
});

const WRONG: readonly [unknown, RegExp][] = [
  ['x', /must be a list/],
  [[1], /entry 0 is not an object/],
  [[{}], /operation must be `Apply` or `Update`/],
  [[{ operation: 'Apply' }], /apiVersion must not be empty/],
  [[{ operation: 'Apply', apiVersion: 'v1' }], /missing fieldsType in managed fields entry 0/],
  [[{ operation: 'Apply', apiVersion: 'v1', fieldsType: 'V2' }], /invalid fieldsType "V2"/],
  [[{ operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: [] }], /must consist of objects/],
];

for (const [value, message] of WRONG) {
  test(`refuses ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => decodeManagedFields(value),
      (thrown: unknown) => thrown instanceof SyntaxError && message.test(thrown.message),
    );
  });
}

test('an empty list or one empty entry resets, nothing else does', () => {
  assert.deepEqual([[], [{}], undefined, null, [{}, {}], [{ manager: 'm' }], 'x'].map(isReset), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('nobody owns identity and bookkeeping', () => {
  const fields = fieldSetOf(
    ['f:apiVersion'],
    ['f:kind'],
    ['f:metadata'],
    ['f:metadata', 'f:name'],
    ['f:metadata', 'f:labels'],
  );
  assert.deepEqual(ownable(fields), { 'f:metadata': { 'f:labels': {} } });
});

test('the oldest updates are merged per version until ten are left', () => {
  const many = Array.from({ length: 13 }, (_, i) => ({
    ...entry,
    manager: `u${i}`,
    apiVersion: i === 1 ? 'apps/v2' : 'apps/v1',
    time: `2024-01-${10 + i}T00:00:00Z`,
    fields: fieldSetOf([`f:f${i}`]),
  }));
  const capped = [...capUpdates(mapOf(...many, { ...entry, manager: 'applier', operation: 'Apply' })).values()];
  assert.equal(capped.filter((one) => one.operation === 'Update').length, 10);
  assert.ok(capped.some((one) => one.operation === 'Apply'));
  const ancient = capped.find((one) => one.manager === 'ancient-changes');
  assert.deepEqual(ancient?.fields, { 'f:f0': {}, 'f:f2': {}, 'f:f3': {}, 'f:f4': {} });
  assert.equal(ancient?.time, '2024-01-14T00:00:00Z');
  assert.ok(capped.some((one) => one.manager === 'u1'));
});
