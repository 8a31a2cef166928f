import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiate.ts';

test('chooses what clients ask for', () => {
  const table =
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
  const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const cases: [string | undefined, string | undefined][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    [table, 'table'],
    ['application/vnd.kubernetes.protobuf,application/json', 'json'],
    ['application/vnd.kubernetes.protobuf', undefined],
    [
      `${v2},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
      'aggregatedDiscoveryV2',
    ],
    [
      'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
      'aggregatedDiscoveryV2beta1',
    ],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'partialMetadataList'],
    ['application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json', 'json'],
    ['application/json;q=0', undefined],
    ['application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9', 'table'],
    ['text/html', undefined],
  ];
  for (const [accept, shape] of cases) assert.equal(negotiate(accept)?.shape, shape, accept);
});

test('a YAML reader gets YAML', () => {
  assert.deepEqual(negotiate('application/yaml'), { shape: 'json', version: 'v1', isYaml: true });
});
