import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiObject, defineKind, integer, object, string } from '@weft/api';
import fc from 'fast-check';
import { ApiStatusError } from '../../shared/status.ts';
import { workloadSchema } from '../test-support/workload-schema.ts';
import { type ApplyResult, applyConfig } from './apply.ts';
import { equalSets } from './field-set.ts';
import { fieldTypeOf } from './field-type.ts';
import { decodeFieldsV1 } from './fields-v1.ts';
import { ownable } from './managed-fields.ts';
import { appliedFields } from './to-field-set.ts';
import { trackUpdate, type WriteContext } from './update.ts';
import { typesOfKind, typesOfSchema } from './versioned-types.ts';

const context: WriteContext = {
  types: typesOfSchema(workloadSchema, 'apps/v1'),
  apiVersion: 'apps/v1',
  manager: 'kubectl-client-side-apply',
  time: '2024-01-01T00:00:00Z',
};

function workload(spec: object, metadata: object = {}): ApiObject {
  return { apiVersion: 'apps/v1', kind: 'Workload', metadata: { name: 'w', ...metadata }, spec };
}

function apply(live: ApiObject | undefined, config: ApiObject, manager: string, isForced = false): ApplyResult {
  return applyConfig({ ...context, live, config, manager, isForced });
}

function applied(live: ApiObject | undefined, config: ApiObject, manager: string, isForced = false): ApiObject {
  const result = apply(live, config, manager, isForced);
  assert.equal(result.kind, 'ok', JSON.stringify(result));
  return result.object;
}

function ownersOf(object: ApiObject): Record<string, unknown> {
  return Object.fromEntries((object.metadata.managedFields ?? []).map((entry) => [entry.manager, entry.fieldsV1]));
}

const conflictOf = (result: ApplyResult) =>
  result.kind === 'conflict' ? result.conflicts.map((one) => `${one.manager} ${one.field}`) : [];

test('the first apply creates the object and owns what it says', () => {
  const object = applied(undefined, workload({ replicas: 1 }), 'a');
  assert.deepEqual(object.spec, { replicas: 1 });
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      time: '2024-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    },
  ]);
});

test('changing what another manager set is a conflict that names manager, version and field', () => {
  const live = trackUpdate(undefined, workload({ replicas: 1 }), context);
  const result = apply(live, workload({ replicas: 2 }), 'b');
  assert.deepEqual(result.kind === 'conflict' ? result.conflicts : [], [
    {
      manager: 'kubectl-client-side-apply',
      operation: 'Update',
      apiVersion: 'apps/v1',
      subresource: '',
      field: '.spec.replicas',
    },
  ]);
});

test('applying the same value makes both owners, and both must let go of it', () => {
  const one = applied(undefined, workload({ replicas: 1 }), 'a');
  const two = applied(one, workload({ replicas: 1 }), 'b');
  assert.deepEqual(ownersOf(two), { a: { 'f:spec': { 'f:replicas': {} } }, b: { 'f:spec': { 'f:replicas': {} } } });
  const three = applied(two, workload({ strategy: {} }), 'a');
  assert.deepEqual(three.spec, { replicas: 1, strategy: {} });
  const four = applied(three, workload({ strategy: {} }), 'b');
  assert.deepEqual(four.spec, { strategy: {} });
});

test('a forced apply takes the field from its owner', () => {
  const one = applied(undefined, workload({ replicas: 1, strategy: { type: 'x' } }), 'a');
  const two = applied(one, workload({ replicas: 2 }), 'b', true);
  assert.deepEqual(ownersOf(two), {
    a: { 'f:spec': { 'f:strategy': { 'f:type': {} } } },
    b: { 'f:spec': { 'f:replicas': {} } },
  });
});

test('what is not applied any more is removed, unless an update has touched it', () => {
  const one = applied(
    undefined,
    workload({ replicas: 1, strategy: { type: 'x' } }, { labels: { a: '1', b: '1' } }),
    'a',
  );
  const touched = { ...one, spec: { replicas: 5, strategy: { type: 'x' } } };
  const two = trackUpdate(one, touched, { ...context, manager: 'hpa' });
  const three = applied(two, workload({}, { labels: { b: '1' } }), 'a');
  assert.deepEqual(three.spec, { replicas: 5 });
  assert.deepEqual(three.metadata.labels, { b: '1' });
});

test('items of map lists are owned one by one and keep the place of the live list', () => {
  const containers = (...names: string[]) => ({
    template: { spec: { containers: names.map((name) => ({ name, image: 'i' })) } },
  });
  const one = applied(undefined, workload(containers('app', 'log')), 'a');
  const two = applied(one, workload(containers('mesh')), 'injector');
  const spec = two.spec as ReturnType<typeof containers>;
  assert.deepEqual(
    spec.template.spec.containers.map((c) => c.name),
    ['app', 'log', 'mesh'],
  );
  const three = applied(two, workload(containers('log')), 'a').spec as ReturnType<typeof containers>;
  assert.deepEqual(
    three.template.spec.containers.map((c) => c.name),
    ['log', 'mesh'],
  );
});

test('an object without owners on record is guarded by before-first-apply', () => {
  const live = workload({ replicas: 1 }, { uid: 'u' });
  assert.deepEqual(conflictOf(apply(live, workload({ replicas: 2 }), 'a')), ['before-first-apply .spec.replicas']);
  const object = applied(live, workload({ strategy: { type: 'x' } }), 'a');
  assert.deepEqual(ownersOf(object), {
    a: { 'f:spec': { 'f:strategy': { 'f:type': {} } } },
    'before-first-apply': { 'f:spec': { '.': {}, 'f:replicas': {} } },
  });
});

test('applying nothing new changes nothing, not even the time', () => {
  const one = applied(undefined, workload({ replicas: 1 }), 'a');
  const result = applyConfig({
    ...context,
    live: one,
    config: workload({ replicas: 1 }),
    manager: 'a',
    time: '2025-01-01T00:00:00Z',
    isForced: false,
  });
  assert.deepEqual(result, { kind: 'ok', object: one });
});

test('applying null gives the value up, and what pruning empties is gone', () => {
  const one = applied(undefined, workload({ replicas: 1, strategy: { type: 'x' } }), 'a');
  assert.deepEqual(applied(one, workload({ replicas: null }), 'a').spec, {});
  const emptied = applied(one, { ...workload({}), spec: undefined }, 'a');
  assert.equal(emptied.spec, undefined);
});

const LAST = 'kubectl.kubernetes.io/last-applied-configuration';

test('kubectl takes over from client-side apply without conflict, and keeps the annotation up to date', () => {
  const config = workload({ replicas: 1, strategy: { type: 'x' } });
  const annotated = workload(config['spec'] as object, { annotations: { [LAST]: JSON.stringify(config) } });
  const live = trackUpdate(undefined, annotated, context);
  const next = workload({ replicas: 3, strategy: { type: 'x' } });
  assert.deepEqual(conflictOf(apply(live, next, 'other')), ['kubectl-client-side-apply .spec.replicas']);
  const object = applied(live, next, 'kubectl');
  assert.deepEqual(object.spec, next['spec']);
  assert.equal(object.metadata.annotations?.[LAST], `${JSON.stringify(next)}\n`);
});

test('what somebody changed since the last client-side apply still is a conflict for kubectl', () => {
  const config = workload({ replicas: 1, strategy: { type: 'x' } });
  const annotated = workload(config['spec'] as object, { annotations: { [LAST]: JSON.stringify(config) } });
  const live = trackUpdate(undefined, annotated, context);
  const scaled = trackUpdate(
    live,
    { ...live, spec: { replicas: 5, strategy: { type: 'x' } } },
    { ...context, manager: 'hpa' },
  );
  const next = workload({ replicas: 1, strategy: { type: 'y' } });
  assert.deepEqual(conflictOf(apply(scaled, next, 'kubectl')), ['hpa .spec.replicas']);
});

test('an annotation that cannot be used allows nothing', () => {
  for (const text of ['', '{', '[]', '{"apiVersion":"apps/v0"}']) {
    const live = trackUpdate(undefined, workload({ replicas: 1 }, { annotations: { [LAST]: text } }), context);
    assert.equal(apply(live, workload({ replicas: 2 }), 'kubectl').kind, 'conflict');
  }
});

test('the annotation is dropped when it would not fit any more', () => {
  const live = trackUpdate(
    undefined,
    workload({ replicas: 1 }, { annotations: { [LAST]: '{}', big: 'x'.repeat(262_000) } }),
    context,
  );
  const object = applied(live, workload({ strategy: { type: 'x'.repeat(2000) } }), 'kubectl', true);
  assert.deepEqual(Object.keys(object.metadata.annotations ?? {}), ['big']);
});

const REFUSED: readonly [string, ApiObject, string][] = [
  [
    'another version',
    { ...workload({}), apiVersion: 'apps/v9' },
    'Incorrect version specified in apply patch. Specified patch version: apps/v9, expected: apps/v1',
  ],
  ['managed fields', workload({}, { managedFields: [] }), 'metadata.managedFields must be nil'],
  [
    'an unknown field',
    workload({ replicaz: 1 }, { namespace: 'ns' }),
    'failed to create typed patch object (ns/w; apps/v1, Kind=Workload): .spec.replicaz: field not declared in schema',
  ],
  [
    'an item that stands twice',
    workload({ template: { spec: { containers: [{ name: 'a' }, { name: 'a' }] } } }),
    'failed to create typed patch object (/w; apps/v1, Kind=Workload): .spec.template.spec.containers: duplicate entries for key [name="a"]',
  ],
  [
    'an item without key',
    workload({ template: { spec: { containers: [{ image: 'a' }] } } }),
    'failed to create typed patch object (/w; apps/v1, Kind=Workload): .spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  ],
  [
    'several mistakes at once',
    workload({ strategy: 'x', template: [] }),
    'failed to create typed patch object (/w; apps/v1, Kind=Workload): errors:\n  .spec.strategy: expected map, got "x"\n  .spec.template: expected map, got []',
  ],
];

for (const [what, config, message] of REFUSED) {
  test(`refuses a configuration with ${what}`, () => {
    assert.throws(
      () => apply(undefined, config, 'a'),
      (thrown: unknown) => {
        assert.ok(thrown instanceof ApiStatusError, String(thrown));
        assert.deepEqual([thrown.statusCode, thrown.message], [400, message]);
        return true;
      },
    );
  });
}

test('a configuration that is nested too deep is refused', () => {
  let deep: object = {};
  for (let i = 0; i < 50_000; i++) deep = { a: deep };
  assert.throws(() => apply(undefined, workload(deep), 'a'), ApiStatusError);
});

const renamed = defineKind({
  group: 'example.com',
  kind: 'Thing',
  plural: 'things',
  scope: 'Namespaced',
  description: 'A thing.',
  fields: { spec: object('Spec.', { size: integer('Size.'), color: string('Color.') }) },
  versions: [
    { name: 'v2', isStorage: true },
    {
      name: 'v1',
      fields: { spec: object('Spec.', { width: integer('Size.'), color: string('Color.') }) },
      toStorage: (o) => ({ ...o, spec: rename(o['spec'], 'width', 'size') }),
      fromStorage: (o) => ({ ...o, spec: rename(o['spec'], 'size', 'width') }),
    },
  ],
});

function rename(spec: unknown, from: string, to: string): object {
  const { [from]: value, ...rest } = (spec ?? {}) as Record<string, unknown>;
  return value === undefined ? rest : { ...rest, [to]: value };
}

test('owners are found across versions, each in the names of its own version', () => {
  const types = typesOfKind(renamed);
  const thing = (version: string, spec: object): ApiObject => ({
    apiVersion: `example.com/${version}`,
    kind: 'Thing',
    metadata: { name: 't' },
    spec,
  });
  const write = { ...context, types };
  const v1 = { ...write, apiVersion: 'example.com/v1' };
  const v2 = { ...write, apiVersion: 'example.com/v2' };
  const first = applyConfig({
    ...v1,
    manager: 'a',
    live: undefined,
    config: thing('v1', { width: 1, color: 'red' }),
    isForced: false,
  });
  assert.equal(first.kind, 'ok');
  const live = types.convert(first.object, 'example.com/v2');
  const clash = applyConfig({ ...v2, manager: 'b', live, config: thing('v2', { size: 2 }), isForced: false });
  assert.deepEqual(conflictOf(clash), ['a .spec.width']);
  const moved = applyConfig({ ...v2, manager: 'a', live, config: thing('v2', { size: 3 }), isForced: false });
  assert.equal(moved.kind, 'ok');
  assert.deepEqual(moved.object['spec'], { size: 3 });
  assert.deepEqual(
    moved.object.metadata.managedFields?.map((entry) => [entry.manager, entry.apiVersion, entry.fieldsV1]),
    [['a', 'example.com/v2', { 'f:spec': { 'f:size': {} } }]],
  );
});

const name = fc.constantFrom('a', 'b', 'c');
const record = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[] = []) =>
  fc.record(fields, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Record<string, unknown>>;
const labels = fc.dictionary(name, name, { noNullPrototype: true });
const config = fc
  .tuple(
    record({ labels, finalizers: fc.uniqueArray(name) }),
    record({
      replicas: fc.nat(2),
      strategy: record({ type: name }),
      template: record({
        spec: record({
          containers: fc.uniqueArray(
            record(
              {
                name,
                image: name,
                env: fc.uniqueArray(record({ name, value: name }, ['name']), { selector: (e) => e['name'] }),
              },
              ['name'],
            ),
            { maxLength: 3, selector: (c) => c['name'] },
          ),
          nodeSelector: labels,
        }),
      }),
    }),
  )
  .map(([metadata, spec]) => workload(spec, metadata));
const steps = fc.array(fc.record({ config, manager: name, isUpdate: fc.boolean() }), { maxLength: 4 });

/** Some live object with some owners. */
function history(given: readonly { config: ApiObject; manager: string; isUpdate: boolean }[]): ApiObject | undefined {
  let live: ApiObject | undefined;
  for (const step of given) {
    if (step.isUpdate) {
      const next = { ...step.config, metadata: { ...step.config.metadata, uid: 'u' } };
      live = trackUpdate(live, next, { ...context, manager: `u-${step.manager}` });
    } else live = applied(live, step.config, step.manager, true);
  }
  return live;
}

test('property: a forced apply always wins, and says so in its entry', () => {
  const type = fieldTypeOf(workloadSchema);
  fc.assert(
    fc.property(steps, config, (past, wanted) => {
      const live = history(past);
      const before = JSON.stringify([live, wanted]);
      const object = applied(live, wanted, 'x', true);
      assert.equal(applied(object, wanted, 'y').kind, 'Workload', 'all values are as applied, so nothing conflicts');
      const entry = object.metadata.managedFields?.find((one) => one.manager === 'x');
      const expected = ownable(appliedFields(type, wanted));
      assert.ok(equalSets(decodeFieldsV1(entry?.fieldsV1 ?? {}), expected));
      assert.equal(JSON.stringify([live, wanted]), before);
    }),
  );
});

test('property: applying twice is applying once', () => {
  fc.assert(
    fc.property(steps, config, (past, wanted) => {
      const once = applied(history(past), wanted, 'x', true);
      assert.deepEqual(applied(once, wanted, 'x'), once);
    }),
  );
});

test('property: an unforced apply either changes nothing that others own, or is refused', () => {
  fc.assert(
    fc.property(steps, config, (past, wanted) => {
      const live = history(past);
      const result = apply(live, wanted, 'x');
      if (result.kind === 'conflict') {
        assert.ok(result.conflicts.length > 0);
        return;
      }
      const others = (object: ApiObject | undefined) =>
        Object.entries(object === undefined ? {} : ownersOf(object)).filter(([manager]) => manager !== 'x');
      // Removing what only "x" had applied may take fields from nobody else.
      for (const [manager, fields] of others(live)) {
        assert.ok(equalSets(decodeFieldsV1(ownersOf(result.object)[manager] ?? {}), decodeFieldsV1(fields)), manager);
      }
    }),
  );
});

test('property: a manager that applies nothing leaves nothing of its own behind', () => {
  // Nobody owns an empty list of items, so nobody can take it away again.
  const filled = config.filter((one) => !JSON.stringify(one).includes('[]'));
  fc.assert(
    fc.property(filled, (wanted) => {
      const object = applied(applied(undefined, wanted, 'x'), { ...workload({}), spec: undefined }, 'x');
      assert.deepEqual(object, { apiVersion: 'apps/v1', kind: 'Workload', metadata: { name: 'w' } });
    }),
  );
});

test('fuzz: any configuration is applied, in conflict, or refused with a status; nothing is polluted', () => {
  const key = fc.constantFrom(
    'metadata',
    'spec',
    'template',
    'containers',
    'name',
    'labels',
    'finalizers',
    '__proto__',
    'constructor',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>('a', 1, null, true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(fc.tuple(key, tie('value')), { maxLength: 4 })
        .map((entries) => JSON.parse(`{${entries.map(([k, v]) => `"${k}":${JSON.stringify(v)}`).join()}}`)),
    ),
  }));
  const types = typesOfSchema(object('Free.', {}, { preserveUnknown: true }), 'apps/v1');
  fc.assert(
    fc.property(value, value, fc.boolean(), (one, two, isFree) => {
      const free = isFree ? { types } : {};
      try {
        const first = applyConfig({
          ...context,
          ...free,
          live: undefined,
          config: { ...workload({}), ...(one as object) },
          isForced: false,
        });
        if (first.kind === 'ok') {
          applyConfig({
            ...context,
            ...free,
            manager: 'b',
            live: first.object,
            config: { ...workload({}), spec: two },
            isForced: true,
          });
          trackUpdate(first.object, { ...first.object, spec: two }, { ...context, ...free });
        }
      } catch (thrown) {
        assert.ok(thrown instanceof ApiStatusError, String((thrown as Error).stack));
      }
      assert.equal(({} as { name?: unknown }).name, undefined);
    }),
    { numRuns: 2000 },
  );
});
