import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workloadSchema } from '../test-support/workload-schema.ts';
import { compareObjects, excludeFields } from './compare.ts';
import { difference, equalSets, fieldSetOf, intersection, isEmptySet, union } from './field-set.ts';
import { fieldTypeOf } from './field-type.ts';
import { addedFields } from './to-field-set.ts';

const type = fieldTypeOf(workloadSchema);

const pod = (spec: object) => ({ spec: { template: { spec } } });

/** What a comparison says below the pod template. */
function comparePods(before: object, after: object) {
  const { added, modified, removed } = compareObjects(type, pod(before), pod(after));
  const below = (set: unknown) =>
    (set as { 'f:spec'?: { 'f:template'?: { 'f:spec'?: unknown } } })['f:spec']?.['f:template']?.['f:spec'] ?? {};
  return { added: below(added), modified: below(modified), removed: below(removed) };
}

test('members that are new, different and gone are told apart', () => {
  assert.deepEqual(
    comparePods({ serviceAccountName: 'a', hostNetwork: true }, { serviceAccountName: 'b', nodeSelector: {} }),
    {
      added: { 'f:nodeSelector': {} },
      modified: { 'f:serviceAccountName': {} },
      removed: { 'f:hostNetwork': {} },
    },
  );
});

test('items are found by key, whatever their place', () => {
  const a = { name: 'a', image: '1' };
  const b = { name: 'b', image: '1' };
  assert.deepEqual(comparePods({ containers: [a, b] }, { containers: [b, { ...a, image: '2' }] }), {
    added: {},
    modified: { 'f:containers': { 'k:{"name":"a"}': { 'f:image': {} } } },
    removed: {},
  });
  assert.deepEqual(comparePods({ containers: [a] }, { containers: [b] }).added, {
    'f:containers': { 'k:{"name":"b"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
  });
});

test('the default of a key is the key', () => {
  const ports = (...list: object[]) => ({ containers: [{ name: 'a', ports: list }] });
  assert.deepEqual(comparePods(ports({ containerPort: 80 }), ports({ containerPort: 80, protocol: 'TCP' })).added, {
    'f:containers': {
      'k:{"name":"a"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:protocol': {} } } },
    },
  });
});

test('what is owned as a whole is modified as a whole', () => {
  assert.deepEqual(
    comparePods({ nodeSelector: { a: '1' }, tolerations: [{}] }, { nodeSelector: { b: '1' }, tolerations: [] }),
    {
      added: {},
      modified: { 'f:nodeSelector': {}, 'f:tolerations': {} },
      removed: {},
    },
  );
});

test('items that come to stand twice are compared as a whole', () => {
  const one = { name: 'a', image: '1' };
  const other = { name: 'a', image: '2' };
  const key = 'k:{"name":"a"}';
  assert.deepEqual(comparePods({ containers: [one] }, { containers: [one, other] }), {
    added: { 'f:containers': { [key]: {} } },
    modified: {},
    removed: { 'f:containers': { [key]: { '.': {}, 'f:image': {}, 'f:name': {} } } },
  });
  assert.deepEqual(comparePods({ containers: [one, other] }, { containers: [other, one] }).modified, {
    'f:containers': { [key]: {} },
  });
  assert.deepEqual(comparePods({ containers: [one, other] }, { containers: [one, other] }).modified, {});
});

test('null is an empty container where the type is one', () => {
  assert.deepEqual(comparePods({ containers: null }, { containers: [{ name: 'a' }] }).modified, {});
  assert.deepEqual(comparePods({ containers: null }, { containers: [] }).modified, { 'f:containers': {} });
});

test('ignored paths are left out with all below them', () => {
  const comparison = compareObjects(type, {}, { status: { replicas: 1 }, spec: { replicas: 1 } });
  assert.deepEqual(excludeFields(comparison, fieldSetOf(['f:status'])).added, {
    'f:spec': { '.': {}, 'f:replicas': {} },
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const record = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[] = []) =>
  fc.record(fields, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Record<string, unknown>>;
const object = record({
  metadata: record({ labels: fc.dictionary(name, name, { noNullPrototype: true }) }),
  spec: record({
    replicas: fc.nat(2),
    template: record({
      spec: record({
        containers: fc.uniqueArray(record({ name, image: name, args: fc.array(name) }, ['name']), {
          maxLength: 3,
          selector: (item) => item['name'],
        }),
        nodeSelector: fc.dictionary(name, name, { noNullPrototype: true }),
      }),
    }),
  }),
});

test('property: no path is in two of the sets, and the way back is the mirror image', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const there = compareObjects(type, before, after);
      const back = compareObjects(type, after, before);
      assert.ok(isEmptySet(intersection(there.added, there.modified)));
      assert.ok(isEmptySet(intersection(there.added, there.removed)));
      assert.ok(isEmptySet(intersection(there.modified, there.removed)));
      assert.ok(equalSets(there.added, back.removed));
      assert.ok(equalSets(there.modified, back.modified));
    }),
  );
});

test('property: from nothing everything is added, and nothing differs from itself', () => {
  fc.assert(
    fc.property(object, (value) => {
      assert.ok(equalSets(compareObjects(type, {}, value).added, addedFields(type, value)));
      const same = compareObjects(type, value, structuredClone(value));
      assert.ok(isEmptySet(union(union(same.added, same.modified), same.removed)));
      assert.ok(isEmptySet(difference(same.added, same.removed)));
    }),
  );
});
