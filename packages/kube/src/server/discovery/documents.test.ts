import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineKind } from '@weft/api';
import fc from 'fast-check';
import { CatalogSnapshot } from '../catalog.ts';
import { aggregatedDiscovery, compareVersions, groupDocument, groupList, groupsOf, resourceList } from './documents.ts';

const thing = defineKind({
  group: 'example.com',
  kind: 'Thing',
  plural: 'things',
  shortNames: ['th'],
  scope: 'Cluster',
  description: 'A thing.',
  fields: {},
  hasStatus: true,
  versions: [{ name: 'v1', isStorage: true }, { name: 'v2beta1' }, { name: 'v0', isServed: false }],
});
const unserved = defineKind({
  ...thing,
  group: 'old.example.com',
  versions: [{ name: 'v1', isStorage: true, isServed: false }],
});
const catalog = new CatalogSnapshot([thing, unserved], [], 1);

test('versions are ordered as Kubernetes orders them', () => {
  const names = ['foo10', 'v1', 'v11alpha2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11beta2', 'foo1', 'v10', 'v2'];
  assert.deepEqual(names.toSorted(compareVersions), [
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v10beta3',
    'v3beta1',
    'v12alpha1',
    'v11alpha2',
    'foo1',
    'foo10',
  ]);
});

test('property: the order of versions is an order', () => {
  const name = fc.oneof(fc.stringMatching(/^v[1-9]\d?((alpha|beta)[1-9])?$/), fc.stringMatching(/^[a-z]{1,3}\d$/));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
      const sorted = names.toSorted(compareVersions);
      assert.deepEqual(names.toReversed().toSorted(compareVersions), sorted);
      for (const one of names) assert.equal(compareVersions(one, one), 0);
    }),
  );
});

test('only what is served is listed', () => {
  assert.deepEqual([...groupsOf(catalog)], [['example.com', ['v1', 'v2beta1']]]);
  assert.equal(groupDocument(catalog, 'old.example.com'), undefined);
  assert.equal(groupDocument(catalog, ''), undefined);
  assert.equal(resourceList(catalog, 'example.com', 'v0'), undefined);
  assert.deepEqual(groupList(catalog), {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [
      {
        name: 'example.com',
        versions: [
          { groupVersion: 'example.com/v1', version: 'v1' },
          { groupVersion: 'example.com/v2beta1', version: 'v2beta1' },
        ],
        preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
      },
    ],
  });
});

test('a kind that is being removed offers no creation', () => {
  const custom = { kind: thing, isTerminating: true, definedAt: 0 };
  const document = resourceList(new CatalogSnapshot([], [custom], 1), 'example.com', 'v1') as {
    resources: { name: string; verbs: string[] }[];
  };
  assert.deepEqual(
    document.resources.map(({ name }) => name),
    ['things', 'things/status'],
  );
  assert.deepEqual(document.resources[0]!.verbs, [
    'delete',
    'deletecollection',
    'get',
    'list',
    'patch',
    'update',
    'watch',
  ]);
});

test('the core group stands alone in the aggregated form', () => {
  const { items } = aggregatedDiscovery(catalog, true, 'apidiscovery.k8s.io/v2') as { items: unknown[] };
  assert.deepEqual(items, []);
});
