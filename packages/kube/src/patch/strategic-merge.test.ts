import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiStatusError } from '../shared/status.ts';
import { equalJson, type JsonMembers } from './json.ts';
import { applyStrategicMerge } from './strategic-merge.ts';
import { workloadSchema } from './test-support/workload-schema.ts';

const podSpec = (spec: JsonMembers) => ({ spec: { template: { spec } } });

/** Applies a patch to the pod template's spec. */
function patchPod(original: JsonMembers, patch: JsonMembers): unknown {
  const result = applyStrategicMerge(workloadSchema, podSpec(original), podSpec(patch)) as ReturnType<typeof podSpec>;
  return result.spec.template.spec;
}

const a = { name: 'a', image: '1' };
const b = { name: 'b', image: '1' };
const c = { name: 'c', image: '1' };

test('items of a joined list are merged by their key', () => {
  assert.deepEqual(patchPod({ containers: [a, b] }, { containers: [{ name: 'b', image: '2' }] }), {
    containers: [a, { name: 'b', image: '2' }],
  });
});

test('a new item comes first when the patch sets no order', () => {
  assert.deepEqual(patchPod({ containers: [a] }, { containers: [c] }), { containers: [c, a] });
});

test('a list without merge strategy is replaced', () => {
  assert.deepEqual(patchPod({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] }), {
    tolerations: [{ key: 'b' }],
  });
});

test('a map merges by member, and null removes one', () => {
  assert.deepEqual(patchPod({ nodeSelector: { a: '1', b: '2' } }, { nodeSelector: { b: null, c: '3' } }), {
    nodeSelector: { a: '1', c: '3' },
  });
});

test('$patch: delete removes an item of a list, and empties an object', () => {
  assert.deepEqual(patchPod({ containers: [a, b] }, { containers: [{ $patch: 'delete', name: 'a' }] }), {
    containers: [b],
  });
  assert.deepEqual(patchPod({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'delete' } }), {
    nodeSelector: {},
  });
});

test('$patch: replace replaces a list or an object', () => {
  assert.deepEqual(patchPod({ containers: [a, b] }, { containers: [c, { $patch: 'replace' }] }), { containers: [c] });
  assert.deepEqual(patchPod({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'replace', b: '2' } }), {
    nodeSelector: { b: '2' },
  });
});

test('$setElementOrder sorts the named items and keeps the others at their place', () => {
  const patch = {
    '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }],
    containers: [{ name: 'c', image: '2' }],
  };
  assert.deepEqual(patchPod({ containers: [a, b] }, patch), { containers: [{ name: 'c', image: '2' }, a, b] });
  assert.deepEqual(
    patchPod({ containers: [a, b, c] }, { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] }),
    { containers: [b, c, a] },
  );
});

test('lists of scalars are joined as sets, with deletions of their own', () => {
  const patched = applyStrategicMerge(
    workloadSchema,
    { metadata: { finalizers: ['x', 'y'] } },
    {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['x'],
        '$setElementOrder/finalizers': ['y', 'z'],
        finalizers: ['z'],
      },
    },
  );
  assert.deepEqual(patched, { metadata: { finalizers: ['y', 'z'] } });
});

test('$retainKeys drops what it does not name', () => {
  const patched = applyStrategicMerge(
    workloadSchema,
    { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
  );
  assert.deepEqual(patched, { spec: { strategy: { type: 'Recreate' } } });
  assert.deepEqual(
    patchPod(
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'm' } }] },
    ),
    { volumes: [{ name: 'v', configMap: { name: 'm' } }] },
  );
});

test('directives and nulls inside something new leave nothing behind', () => {
  const container = { name: 'n', image: null, '$setElementOrder/env': [{ name: 'e' }], env: [{ name: 'e' }] };
  assert.deepEqual(patchPod({}, { containers: [container], volumes: [{ $patch: 'delete', name: 'v' }] }), {
    containers: [{ name: 'n', env: [{ name: 'e' }] }],
    volumes: [],
  });
});

test('the protocol of a port is not part of its merge key', () => {
  const ports = (list: unknown[]) => ({ containers: [{ name: 'a', ports: list }] });
  assert.deepEqual(
    patchPod(ports([{ containerPort: 53, protocol: 'UDP' }]), ports([{ containerPort: 53, protocol: 'TCP' }])),
    ports([{ containerPort: 53, protocol: 'TCP' }]),
  );
});

const HEAD = 'the server rejected our request due to an error in our request: ';
const REFUSED: readonly [string, JsonMembers, JsonMembers, number, string][] = [
  [
    'an unknown directive',
    { nodeSelector: {} },
    { nodeSelector: { $patch: 'add' } },
    422,
    `${HEAD}unknown patch type: add in map: map[$patch:add]`,
  ],
  [
    'an unknown directive in a list',
    { containers: [a] },
    { containers: [{ $patch: 'x', name: 'a' }] },
    422,
    `${HEAD}unknown patch type: x in map: map[$patch:x name:a]`,
  ],
  [
    'merge as a directive in a list',
    { containers: [a] },
    { containers: [{ $patch: 'merge', name: 'a' }] },
    422,
    `${HEAD}merging lists cannot yet be specified in the patch`,
  ],
  [
    'an item without key',
    { containers: [a] },
    { containers: [{ image: '2' }] },
    422,
    `${HEAD}map: map[image:2] does not contain declared merge key: name`,
  ],
  [
    'an item with an object for a key',
    { containers: [a] },
    { containers: [{ name: {} }] },
    422,
    `${HEAD}map: map[name:map[]] has no scalar at declared merge key: name`,
  ],
  ['lists of lists', { containers: [a] }, { containers: [[]] }, 422, `${HEAD}lists of lists are not supported`],
  [
    'a retainKeys that misses a key',
    { volumes: [{ name: 'v' }] },
    { volumes: [{ $retainKeys: ['name'], name: 'v', emptyDir: {} }] },
    400,
    'invalid patch format of retainKeys',
  ],
  [
    'a retainKeys that is no list',
    { nodeSelector: {} },
    { nodeSelector: { $retainKeys: 'a' } },
    400,
    'invalid patch format of retainKeys',
  ],
  [
    'an order that is no list',
    { containers: [a] },
    { '$setElementOrder/containers': 'a' },
    400,
    'invalid patch format of setElementOrder list',
  ],
  [
    'an order that contradicts the list',
    { containers: [a] },
    { '$setElementOrder/containers': [{ name: 'b' }], containers: [c] },
    422,
    `${HEAD}The order in patch list:\n[map[image:1 name:c]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n`,
  ],
  [
    'a deletion that is no list',
    { containers: [a] },
    { '$deleteFromPrimitiveList/containers': 'a' },
    400,
    'invalid patch format of primitive list',
  ],
];

for (const [what, original, patch, code, message] of REFUSED) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => patchPod(original, patch),
      (thrown: unknown) => {
        assert.ok(thrown instanceof ApiStatusError, String(thrown));
        assert.deepEqual([thrown.statusCode, thrown.message], [code, message]);
        return true;
      },
    );
  });
}

test('a patch that is no object, or too deep, is refused', () => {
  assert.throws(() => applyStrategicMerge(workloadSchema, {}, []), /must be a JSON object/);
  let deep: JsonMembers = {};
  for (let i = 0; i < 100_000; i++) deep = { a: deep };
  assert.throws(() => applyStrategicMerge(workloadSchema, {}, deep), ApiStatusError);
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const record = <T extends JsonMembers>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, requiredKeys: string[] = []) =>
  fc.record<T>(fields, { requiredKeys: requiredKeys as never[], noNullPrototype: true });
const keyed = <T extends { name: string }>(item: fc.Arbitrary<T>) =>
  fc.uniqueArray(item, { maxLength: 4, selector: (one) => one.name });
const variable = record<{ name: string; value: string }>({ name, value: name }, ['name']);
const container = record<{ name: string; image: string; args: string[]; env: object[] }>(
  { name, image: name, args: fc.array(name, { maxLength: 2 }), env: keyed(variable) },
  ['name'],
);
const pod = record<JsonMembers>({
  containers: keyed(container),
  nodeSelector: fc.dictionary(name, name, { noNullPrototype: true }),
});

test('property: a patch applied twice is a patch applied once, and nothing given is changed', () => {
  fc.assert(
    fc.property(pod, pod, (original, patch) => {
      const before = JSON.stringify([original, patch]);
      const once = applyStrategicMerge(workloadSchema, podSpec(original), podSpec(patch));
      const twice = applyStrategicMerge(workloadSchema, once, podSpec(patch));
      assert.ok(equalJson(once, twice), JSON.stringify([once, twice]));
      assert.equal(JSON.stringify([original, patch]), before);
    }),
  );
});

test('property: every item of the patch is there, in the order of the patch, and no item is lost', () => {
  fc.assert(
    fc.property(keyed(container), keyed(container), (original, patch) => {
      const patched = patchPod({ containers: original }, { containers: patch }) as { containers: { name: string }[] };
      const names = patched.containers.map((one) => one.name);
      const inPatch = patch.map((one) => one.name);
      assert.deepEqual(names.toSorted(), [...new Set([...original.map((one) => one.name), ...inPatch])].sort());
      assert.deepEqual(
        names.filter((one) => inPatch.includes(one)),
        inPatch,
      );
    }),
  );
});

test('fuzz: any JSON as a patch is applied or refused with a status, and pollutes nothing', () => {
  const key = fc.constantFrom(
    'metadata',
    'spec',
    'template',
    'containers',
    'volumes',
    'env',
    'name',
    'finalizers',
    '$patch',
    '$retainKeys',
    '$setElementOrder/containers',
    '$setElementOrder/finalizers',
    '$deleteFromPrimitiveList/finalizers',
    '__proto__',
    'constructor',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>('delete', 'replace', 'merge', 'a', 1, null, true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(fc.tuple(key, tie('value')), { maxLength: 4 })
        .map((entries) => JSON.parse(`{${entries.map(([k, v]) => `"${k}":${JSON.stringify(v)}`).join()}}`)),
    ),
  }));
  fc.assert(
    fc.property(value, value, (original, patch) => {
      const document = typeof original === 'object' && original !== null && !Array.isArray(original) ? original : {};
      const before = JSON.stringify([document, patch]);
      try {
        const result = applyStrategicMerge(workloadSchema, document as JsonMembers, patch);
        applyStrategicMerge(
          workloadSchema,
          podSpec({ containers: [{ name: 'a' }] }),
          podSpec({ containers: [result] }),
        );
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String((thrown as Error).stack));
      }
      assert.equal(JSON.stringify([document, patch]), before);
      assert.equal(({} as { a?: unknown }).a, undefined);
    }),
    { numRuns: 3000 },
  );
});
