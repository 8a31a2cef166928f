import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBuiltin, defineKind, KindRegistry } from '../kind/index.ts';
import {
  any,
  anyObject,
  described,
  enumeration,
  integer,
  intOrString,
  type JsonObject,
  lazy,
  list,
  map,
  object,
  required,
  type Schema,
  string,
} from '../schema/index.ts';
import { crdManifest } from './crd-manifest.ts';
import { openApiDocument, openApiIndex } from './document.ts';
import { OpenApiWriter, toCrdSchema } from './to-openapi.ts';

const port = object(
  'A port.',
  { port: required(integer('Number.', { minimum: 1 })), protocol: string('Protocol.', { default: 'TCP' }) },
  { name: 'test.Port' },
);
interface Tree {
  kids?: Tree[];
}
const tree: Schema<Tree> = object(
  'A tree.',
  {
    kids: list(
      'Children.',
      lazy<Tree>('test.Tree', 'A child.', () => tree),
    ),
  },
  { name: 'test.Tree' },
);

const write = (schema: Schema): [JsonObject, JsonObject] => {
  const writer = new OpenApiWriter();
  const body = writer.write(schema);
  return [body, Object.fromEntries(writer.components)];
};

describe('OpenAPI schemas', () => {
  it('says bounds, defaults, lists and merge keys in the words of Kubernetes', () => {
    const schema = object(
      'O.',
      {
        ports: list('Ports.', integer('p'), { listType: 'set', patch: { strategy: 'merge', mergeKey: 'x' } }),
        mode: required(enumeration('Mode.', ['A', 'B'], { default: 'A', deprecated: 'use x' })),
        free: anyObject('Free.'),
        any: any('Any.'),
        labels: map('Labels.', string('v'), { mapType: 'atomic' }),
      },
      {
        rules: [{ message: 'no', check: () => true, cel: 'self.mode == "A"', fieldPath: '.mode', reason: 'required' }],
      },
    );
    assert.deepEqual(write(schema), [
      {
        description: 'O.',
        type: 'object',
        required: ['mode'],
        properties: {
          ports: {
            description: 'Ports.',
            type: 'array',
            items: { description: 'p', type: 'integer', format: 'int32' },
            'x-kubernetes-list-type': 'set',
            'x-kubernetes-patch-strategy': 'merge',
            'x-kubernetes-patch-merge-key': 'x',
          },
          mode: { description: 'Mode.', type: 'string', enum: ['A', 'B'], default: 'A', deprecated: true },
          free: { description: 'Free.', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          any: { description: 'Any.', 'x-kubernetes-preserve-unknown-fields': true },
          labels: {
            description: 'Labels.',
            type: 'object',
            additionalProperties: { description: 'v', type: 'string' },
            'x-kubernetes-map-type': 'atomic',
          },
        },
        'x-kubernetes-validations': [
          { rule: 'self.mode == "A"', message: 'no', fieldPath: '.mode', reason: 'FieldValueRequired' },
        ],
      },
      {},
    ]);
  });

  it('names shared pieces once, and says around the reference what holds of the place', () => {
    const [body, components] = write(
      object('O.', {
        a: described(port, 'First.'),
        b: required(described(port, 'Second.')),
        n: intOrString('Either.', { default: 1 }),
      }),
    );
    assert.deepEqual(body['properties'], {
      a: { allOf: [{ $ref: '#/components/schemas/test.Port' }], description: 'First.' },
      b: { allOf: [{ $ref: '#/components/schemas/test.Port' }], description: 'Second.' },
      n: {
        allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }],
        description: 'Either.',
        default: 1,
      },
    });
    assert.equal((components['test.Port'] as JsonObject)['description'], 'A port.');
    assert.deepEqual(Object.keys(components), ['test.Port', 'io.k8s.apimachinery.pkg.util.intstr.IntOrString']);
  });

  it('ends at a schema that contains itself', () => {
    const [body, components] = write(tree);
    assert.deepEqual(body, { $ref: '#/components/schemas/test.Tree' });
    assert.match(JSON.stringify(components), /"items":\{"allOf":\[\{"\$ref":"#\/components\/schemas\/test.Tree"\}\]/);
  });

  it('writes everything in place for a CRD, open where a schema contains itself', () => {
    const schema = object(
      'O.',
      {
        a: described(port, 'First.'),
        t: tree,
        n: intOrString('Either.'),
        u: list('U.', string('u'), { uniqueItems: true, patch: { strategy: 'merge' } }),
        d: string('D.', { deprecated: 'use a.' }),
      },
      {
        oneOf: [{ required: ['a'] }, { properties: { t: required(object('x', { kids: any('k') })) } }],
      },
    );
    assert.deepEqual(toCrdSchema(schema), {
      description: 'O.',
      type: 'object',
      oneOf: [{ required: ['a'] }, { properties: { t: { properties: { kids: {} } } }, required: ['t'] }],
      properties: {
        a: {
          description: 'First.',
          type: 'object',
          required: ['port'],
          properties: {
            port: { description: 'Number.', type: 'integer', format: 'int32', minimum: 1 },
            protocol: { description: 'Protocol.', type: 'string', default: 'TCP' },
          },
        },
        t: {
          description: 'A tree.',
          type: 'object',
          properties: {
            kids: {
              description: 'Children.',
              type: 'array',
              items: { description: 'A child.', type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
        n: {
          description: 'Either.',
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          'x-kubernetes-int-or-string': true,
        },
        u: {
          description: 'U.',
          type: 'array',
          items: { description: 'u', type: 'string' },
          'x-kubernetes-list-type': 'set',
        },
        d: { description: 'D. Deprecated: use a.', type: 'string' },
      },
    });
  });
});

const widget = defineKind({
  group: 'test.example',
  kind: 'Widget',
  plural: 'widgets',
  shortNames: ['wd'],
  categories: ['all'],
  scope: 'Namespaced',
  description: 'A widget.',
  fields: {
    spec: object('Wanted.', { ports: list('Ports.', port, { listType: 'map', mapKeys: ['port'] }) }),
    status: anyObject('Seen.'),
  },
  hasStatus: true,
  scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' },
  columns: [
    { name: 'Ports', type: 'string', value: '.spec.ports', priority: 1 },
    { name: 'Fn', type: 'string', value: () => 1 },
    { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' },
  ],
  versions: [
    { name: 'v1', isStorage: true },
    { name: 'v1beta1', deprecationWarning: 'old' },
    { name: 'v0', isServed: false },
  ],
});
const review = defineBuiltin({
  group: 'authentication.k8s.io',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  scope: 'Cluster',
  description: 'A review.',
  fields: { spec: object('s', {}) },
  verbs: ['create'],
  versions: [{ name: 'v1', isStorage: true }],
});
const thing = defineBuiltin({
  group: '',
  kind: 'Thing',
  plural: 'things',
  scope: 'Cluster',
  description: 'A thing.',
  fields: {},
  versions: [{ name: 'v1', isStorage: true }],
});
const registry = new KindRegistry([widget, review, thing]);

interface Document {
  paths: Record<string, Record<string, JsonObject & { parameters: { name: string }[] }>>;
  components: { schemas: Record<string, JsonObject> };
}
const documentOf = (group: string, version: string): Document =>
  JSON.parse(openApiDocument(registry, group, version)!) as Document;

describe('OpenAPI documents', () => {
  it('has what kubectl looks for: the kind at its paths, and the query parameters of writes', () => {
    const doc = documentOf('test.example', 'v1');
    const gvk = { group: 'test.example', version: 'v1', kind: 'Widget' };
    const base = '/apis/test.example/v1/namespaces/{namespace}/widgets';
    assert.deepEqual(Object.keys(doc.paths), [
      base,
      `${base}/{name}`,
      '/apis/test.example/v1/widgets',
      `${base}/{name}/status`,
    ]);
    assert.deepEqual(doc.paths[base]!['get']!['x-kubernetes-group-version-kind'], gvk);
    assert.equal(doc.paths[base]!['get']!['x-kubernetes-action'], 'list');
    const names = (path: string, method: string): string[] => doc.paths[path]![method]!.parameters.map((p) => p.name);
    assert.deepEqual(names(`${base}/{name}`, 'patch'), ['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    assert.deepEqual(names(base, 'post'), ['dryRun', 'fieldManager', 'fieldValidation']);
    assert.deepEqual(names(`${base}/{name}`, 'put'), ['dryRun', 'fieldManager', 'fieldValidation']);
    assert.deepEqual(doc.components.schemas['example.test.v1.Widget']!['x-kubernetes-group-version-kind'], [gvk]);
    assert.deepEqual(doc.components.schemas['example.test.v1.WidgetList']!['x-kubernetes-group-version-kind'], [
      { ...gvk, kind: 'WidgetList' },
    ]);
    const patch = JSON.stringify(doc.paths[`${base}/{name}`]!['patch']!['requestBody']);
    assert.equal(patch.includes('strategic'), false);
    assert.equal(patch.includes('apply-patch+yaml'), true);
  });

  it('lists every component that anything refers to', () => {
    for (const [group, version] of [
      ['test.example', 'v1'],
      ['', 'v1'],
      ['authentication.k8s.io', 'v1'],
    ] as const) {
      const text = openApiDocument(registry, group, version)!;
      const doc = documentOf(group, version);
      for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
        assert.ok(doc.components.schemas[name!], name);
      for (const name of ['ListMeta', 'Status', 'DeleteOptions', 'Patch', 'WatchEvent', 'ObjectMeta']) {
        assert.ok(doc.components.schemas[`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`], name);
      }
    }
  });

  it('lists only the verbs that a kind has', () => {
    const doc = documentOf('authentication.k8s.io', 'v1');
    assert.deepEqual(
      Object.entries(doc.paths).map(([path, item]) => [path, Object.keys(item)]),
      [['/apis/authentication.k8s.io/v1/tokenreviews', ['post']]],
    );
    assert.equal('io.k8s.api.authentication.v1.TokenReviewList' in doc.components.schemas, false);
  });

  it('is made once, and indexed with a hash', () => {
    assert.equal(openApiDocument(registry, 'test.example', 'v1'), openApiDocument(registry, 'test.example', 'v1'));
    assert.equal(openApiDocument(registry, 'test.example', 'v0'), undefined);
    assert.equal(openApiDocument(registry, 'no.such', 'v1'), undefined);
    const { paths } = openApiIndex(registry) as { paths: Record<string, { serverRelativeURL: string }> };
    assert.deepEqual(Object.keys(paths), [
      'apis/test.example/v1',
      'apis/test.example/v1beta1',
      'apis/authentication.k8s.io/v1',
      'api/v1',
    ]);
    assert.match(paths['api/v1']!.serverRelativeURL, /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{16}$/);
  });
});

describe('crdManifest', () => {
  it('says all of the kind that a CRD can say', () => {
    const crd = crdManifest(widget) as { metadata: object; spec: { names: object; versions: JsonObject[] } };
    assert.deepEqual(crd.metadata, { name: 'widgets.test.example' });
    assert.deepEqual(crd.spec.names, {
      kind: 'Widget',
      listKind: 'WidgetList',
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wd'],
      categories: ['all'],
    });
    const [v1, beta, v0] = crd.spec.versions;
    assert.deepEqual(v1!['additionalPrinterColumns'], [
      { name: 'Ports', type: 'string', jsonPath: '.spec.ports', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ]);
    assert.deepEqual(v1!['subresources'], {
      status: {},
      scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' },
    });
    assert.deepEqual(
      [v1!['served'], v1!['storage'], beta!['deprecationWarning'], v0!['served']],
      [true, true, 'old', false],
    );
    const root = (v1!['schema'] as { openAPIV3Schema: { properties: JsonObject } }).openAPIV3Schema;
    assert.deepEqual(root.properties['metadata'], { type: 'object' });
    assert.equal(JSON.stringify(crd).includes('$ref'), false);
  });
  it('refuses what no CRD can say', () => {
    assert.throws(() => crdManifest(thing), /needs an API group/);
    const both: Schema<object> = { type: 'object', properties: { a: string('a') }, additional: string('b') };
    const mixed = defineKind({ ...widget, fields: { spec: both as never, status: anyObject('x') } });
    assert.throws(() => crdManifest(mixed), /kind Widget: spec has named and free members together/);
  });
});
