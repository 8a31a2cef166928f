import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ApiObject, apiVersionOf, KindRegistry, prepare } from '../../kind/index.ts';
import { resolve, type Schema } from '../../schema/index.ts';
import { arbitraryValue, damaged } from '../../test-support/arbitrary-value.ts';
import { networkingIstioKinds } from './kinds.ts';
import { virtualService } from './virtual-service.ts';

test('names, versions and columns are those that tools expect', () => {
  const facts = networkingIstioKinds.map((kind) => [
    kind.plural,
    kind.shortNames.join(),
    kind.versions.map((v) => v.name).join(),
    kind.storageVersion,
    kind.columns!.map((column) => column.name).join(),
  ]);
  assert.deepEqual(facts, [
    ['virtualservices', 'vs', 'v1,v1beta1,v1alpha3', 'v1', 'Gateways,Hosts,Age'],
    ['destinationrules', 'dr', 'v1,v1beta1,v1alpha3', 'v1', 'Host,Age'],
    ['gateways', 'gw', 'v1,v1beta1,v1alpha3', 'v1', 'Age'],
    ['serviceentries', 'se', 'v1,v1beta1,v1alpha3', 'v1', 'Hosts,Location,Resolution,Age'],
    ['sidecars', '', 'v1,v1beta1,v1alpha3', 'v1', 'Age'],
    ['workloadentries', 'we', 'v1,v1beta1,v1alpha3', 'v1', 'Age,Address'],
    ['workloadgroups', 'wg', 'v1,v1beta1,v1alpha3', 'v1', 'Age'],
    ['envoyfilters', '', 'v1alpha3', 'v1alpha3', 'Age'],
    ['proxyconfigs', '', 'v1beta1', 'v1beta1', 'Age'],
  ]);
});

test('kinds are found by their short names', () => {
  const registry = new KindRegistry(networkingIstioKinds);
  assert.deepEqual(
    registry.find('vs').map((kind) => kind.kind),
    ['VirtualService'],
  );
  assert.deepEqual(
    registry.find('gateways.networking.istio.io').map((kind) => kind.kind),
    ['Gateway'],
  );
});

test('every field has a description', () => {
  for (const kind of networkingIstioKinds) {
    for (const [name, field] of Object.entries(kind.fields)) assertDescribed(field, `${kind.kind}.${name}`);
  }
});

function assertDescribed(given: Schema, path: string): void {
  const schema = resolve(given);
  assert.ok((schema.description ?? '').length > 3, path);
  if (schema.items !== undefined) assertDescribed(schema.items, `${path}[]`);
  if (schema.additional !== undefined) assertDescribed(schema.additional, `${path}.*`);
  for (const [name, property] of Object.entries(schema.properties ?? {})) assertDescribed(property, `${path}.${name}`);
}

for (const kind of networkingIstioKinds) {
  test(`any object is judged without a failure, and is not changed: ${kind.kind}`, () => {
    fc.assert(
      fc.property(
        arbitraryValue(kind.fields['spec']!, { maxItems: 3 }).chain((spec) =>
          fc.oneof(fc.constant(spec), damaged(spec)),
        ),
        (spec) => {
          const object = {
            apiVersion: apiVersionOf(kind.group, kind.storageVersion),
            kind: kind.kind,
            metadata: { name: 'a', namespace: 'ns' },
            spec,
          } as ApiObject;
          const before = JSON.stringify(object);
          const { issues } = prepare(kind, kind.storageVersion, object);
          assert.equal(JSON.stringify(object), before);
          for (const issue of issues) assert.ok(issue.field.startsWith('spec'), issue.field);
        },
      ),
      { numRuns: 80 },
    );
  });
}

test('a VirtualService of 100 routes is prepared in well under a millisecond', (t) => {
  const object: ApiObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'big', namespace: 'ns', labels: { team: 'a' } },
    spec: {
      hosts: ['api.example.com'],
      gateways: ['ns/gw', 'mesh'],
      http: Array.from({ length: 100 }, (_, i) => ({
        name: `route-${i}`,
        match: [
          {
            uri: { prefix: `/v1/things-${i}/` },
            headers: { 'x-tenant': { exact: `t${i}` } },
            method: { exact: 'GET' },
          },
          { uri: { regex: `^/v2/things-${i}/[0-9]+$` } },
        ],
        route: [
          { destination: { host: 'things', subset: 'v1', port: { number: 8080 } }, weight: 90 },
          { destination: { host: 'things', subset: 'v2' }, weight: 10 },
        ],
        timeout: '10s',
        retries: { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,reset,connect-failure' },
        corsPolicy: { allowOrigins: [{ exact: 'https://example.com' }], allowMethods: ['GET'], maxAge: '24h' },
        headers: { request: { set: { 'x-route': '%START_TIME%' } } },
      })),
    },
  };
  assert.deepEqual(prepare(virtualService, 'v1', object).issues, []);
  const times: number[] = [];
  for (let i = 0; i < 400; i++) {
    const start = performance.now();
    prepare(virtualService, 'v1', object);
    times.push(performance.now() - start);
  }
  const median = times.slice(-100).sort((a, b) => a - b)[50]!;
  t.diagnostic(`median ${median.toFixed(3)} ms`);
  // Generous, as the machine may be busy; the aim is 1 ms.
  assert.ok(median < 3, `median ${median} ms`);
});
