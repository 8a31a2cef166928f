import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazy, list, map, object, type Schema, string } from '@weft/api';
import { workloadSchema } from '../test-support/workload-schema.ts';
import { fieldTypeOf } from './field-type.ts';
import { encodeFieldsV1 } from './fields-v1.ts';
import { addedFields, appliedFields } from './to-field-set.ts';

const type = fieldTypeOf(workloadSchema);

const workload = {
  metadata: { labels: { app: 'web' }, annotations: {}, finalizers: ['b', 'a'] },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            args: [],
            ports: [{ containerPort: 80 }, { containerPort: 9, protocol: 'UDP' }],
            env: [],
            resources: {},
          },
        ],
        nodeSelector: { a: 'b' },
        volumes: null,
      },
    },
  },
};

test('who applies owns leaves, items with their key defaults, and containers that are empty', () => {
  assert.deepEqual(appliedFields(type, workload), {
    'f:metadata': { 'f:annotations': {}, 'f:finalizers': { 'v:"a"': {}, 'v:"b"': {} }, 'f:labels': { 'f:app': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:selector': {},
      'f:template': {
        'f:spec': {
          'f:containers': {
            'k:{"name":"web"}': {
              '.': {},
              'f:args': {},
              'f:name': {},
              'f:ports': {
                'k:{"containerPort":9,"protocol":"UDP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
              },
              'f:resources': {},
            },
          },
          'f:nodeSelector': {},
          'f:volumes': {},
        },
      },
    },
  });
});

test('who adds owns every container as well', () => {
  assert.deepEqual(addedFields(type, { metadata: { labels: { app: 'web' } }, spec: { template: { spec: {} } } }), {
    'f:metadata': { '.': {}, 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': { '.': {}, 'f:template': { '.': {}, 'f:spec': {} } },
  });
});

test('elements come out in the order of FieldsV1, so that nothing is left to sort', () => {
  for (const set of [appliedFields(type, workload), addedFields(type, workload)]) {
    assert.equal(JSON.stringify(set), JSON.stringify(encodeFieldsV1(set)));
  }
});

test('items that stand twice are owned as a whole', () => {
  const twice = {
    metadata: {
      ownerReferences: [
        { uid: 'a', name: 'x' },
        { uid: 'a', name: 'y' },
      ],
    },
  };
  assert.deepEqual(appliedFields(type, twice), { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"a"}': {} } } });
});

test('without schema objects are owned by member and lists as a whole', () => {
  const free = fieldTypeOf(object('Free.', {}, { preserveUnknown: true }));
  assert.deepEqual(appliedFields(free, { spec: { a: [{ name: 'x' }], b: { c: 1 }, d: null } }), {
    'f:spec': { '.': {}, 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} }, 'f:d': {} },
  });
});

test('keys of maps are owned beside what is below them', () => {
  const maps = fieldTypeOf(object('Maps.', { m: map('M.', object('V.', { a: string('A.') })) }));
  assert.deepEqual(appliedFields(maps, { m: { x: { a: '1' } } }), { 'f:m': { 'f:x': { '.': {}, 'f:a': {} } } });
});

test('a schema may contain itself', () => {
  interface Tree {
    name?: string;
    children?: Tree[];
  }
  const tree: Schema<Tree> = object('Tree.', {
    name: string('Name.'),
    children: list(
      'Children.',
      lazy<Tree>('Tree', 'Child.', () => tree),
      { listType: 'map', mapKeys: ['name'] },
    ),
  });
  assert.deepEqual(
    appliedFields(fieldTypeOf(tree), { name: 'r', children: [{ name: 'c', children: [{ name: 'd' }] }] }),
    {
      'f:children': {
        'k:{"name":"c"}': {
          '.': {},
          'f:children': { 'k:{"name":"d"}': { '.': {}, 'f:name': {} } },
          'f:name': {},
        },
      },
      'f:name': {},
    },
  );
});

test('a member called like one of a prototype is a member', () => {
  const labels = JSON.parse('{"metadata":{"labels":{"__proto__":"a","constructor":"b"}}}');
  assert.deepEqual(appliedFields(type, labels), {
    'f:metadata': { 'f:labels': { 'f:__proto__': {}, 'f:constructor': {} } },
  });
});
