import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatIssue, integer, list, map, object, required, string } from '../schema/index.ts';
import { deepFreeze } from '../test-support/freeze.ts';
import { convertObject } from './convert.ts';
import { type ApiObject, defineBuiltin, defineKind, schemaOf } from './define.ts';
import { prepare } from './pipeline.ts';
import { KindRegistry } from './registry.ts';

const widget = defineKind({
  group: 'test.example',
  kind: 'Widget',
  plural: 'widgets',
  shortNames: ['wd'],
  scope: 'Namespaced',
  description: 'A widget.',
  fields: {
    spec: required(
      object('Wanted.', {
        size: integer('s', { default: 1 }),
        tags: list('t', string('t')),
        extra: map('e', string('v')),
      }),
    ),
  },
  versions: [
    { name: 'v1', isStorage: true },
    {
      name: 'v1beta1',
      deprecationWarning: 'test.example/v1beta1 Widget is deprecated; use v1',
      fields: { spec: object('Wanted.', { width: integer('w') }) },
      toStorage: (o) => ({ ...o, spec: { size: (o['spec'] as { width: number }).width } }),
      fromStorage: (o) => ({ ...o, spec: { width: (o['spec'] as { size: number }).size } }),
    },
  ],
  applyDefaults(o) {
    o.spec.tags ??= [`size-${o.spec.size}`];
  },
  check(o, report) {
    if (o.spec.size === 13) report.warn('spec.size: 13 brings bad luck');
  },
});

const node = defineBuiltin({
  group: '',
  kind: 'Thing',
  plural: 'things',
  scope: 'Cluster',
  description: 'A thing.',
  fields: { spec: object('s', { a: string('a'), b: string('b', { nullable: true }) }) },
  versions: [{ name: 'v1', isStorage: true }],
});

const make = (more: object = {}): ApiObject => ({
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: { name: 'a', namespace: 'd' },
  spec: {},
  ...more,
});
const issuesOf = (o: unknown, old?: ApiObject): string[] =>
  prepare(widget, 'v1', o as ApiObject, old === undefined ? {} : { old }).issues.map(formatIssue);

describe('prepare', () => {
  it('prunes, defaults (also across fields) and validates without changing what it is given', () => {
    const given = deepFreeze(make({ spec: { bogus: 1 }, other: 1 }));
    const done = prepare(widget, 'v1', given);
    assert.deepEqual(done.object['spec'], { size: 1, tags: ['size-1'] });
    assert.deepEqual(done.unknownFields, ['spec.bogus', 'other']);
    assert.deepEqual(done.issues, []);
  });

  it('tells warnings of the version and of the kind', () => {
    assert.deepEqual(prepare(widget, 'v1', make({ spec: { size: 13 } })).warnings, ['spec.size: 13 brings bad luck']);
    const old = prepare(widget, 'v1beta1', { ...make({ spec: {} }), apiVersion: 'test.example/v1beta1' }).warnings;
    assert.deepEqual(old, ['test.example/v1beta1 Widget is deprecated; use v1']);
  });

  it('never throws, whatever takes the place of an object', () => {
    for (const broken of [
      {},
      { metadata: null },
      { metadata: 'x' },
      { metadata: [] },
      { spec: null, metadata: {} },
      { spec: 7 },
      { kind: 1 },
    ]) {
      assert.ok(prepare(widget, 'v1', broken as unknown as ApiObject).issues.length > 0);
    }
  });

  it('refuses metadata of the wrong shape', () => {
    assert.deepEqual(
      issuesOf(make({ metadata: { name: 'A_' } })).map((t) => t.slice(0, 43)),
      ['metadata.name: Invalid value: "A_": a lower'],
    );
    assert.deepEqual(issuesOf(make({ metadata: {} })), [
      'metadata.name: Required value: name or generateName is required',
    ]);
    assert.deepEqual(issuesOf(make({ metadata: { generateName: 'web-' } })), []);
    assert.equal(issuesOf(make({ metadata: { generateName: 'Web-' } })).length, 1);
    assert.deepEqual(issuesOf(make({ metadata: { name: 'a', annotations: { big: 'ä'.repeat(140_000) } } })), [
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
    assert.deepEqual(issuesOf(make({ metadata: { name: 'a', labels: { a: 1 } } })), [
      'metadata.labels.a: Invalid value: "integer": metadata.labels.a in body must be of type string: "integer"',
    ]);
  });

  it('refuses to change what is fixed', () => {
    const old = make({ metadata: { name: 'a', namespace: 'd', uid: 'u1' } });
    assert.deepEqual(issuesOf(make({ metadata: { name: 'a', namespace: 'd', uid: 'u2' } }), old), [
      'metadata.uid: Invalid value: "u2": field is immutable',
    ]);
  });

  it('reads null as not given in metadata, and in all of a built-in kind, but not in other kinds', () => {
    assert.deepEqual(
      issuesOf(make({ metadata: { name: 'a', labels: null, annotations: null, creationTimestamp: null } })),
      [],
    );
    assert.equal(issuesOf(make({ spec: { extra: null } })).length, 1);
    const done = prepare(node, 'v1', {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'a' },
      spec: { a: null, b: null },
    });
    assert.deepEqual([done.issues, done.object['spec']], [[], { b: null }]);
  });
});

describe('versions', () => {
  it('converts both ways and keeps the rest', () => {
    const beta: ApiObject = { ...make({ spec: { width: 4 } }), apiVersion: 'test.example/v1beta1' };
    const stored = convertObject(widget, beta, 'v1');
    assert.deepEqual(stored, make({ spec: { size: 4 } }));
    assert.deepEqual(convertObject(widget, stored, 'v1beta1'), beta);
    assert.equal(convertObject(widget, stored, 'v1'), stored);
    assert.throws(() => convertObject(widget, stored, 'v9'), /no conversion from test.example\/v1 to test.example\/v9/);
  });
  it('has one schema per version', () => {
    assert.equal(schemaOf(widget, 'v1'), schemaOf(widget, 'v1'));
    assert.notEqual(schemaOf(widget, 'v1'), schemaOf(widget, 'v1beta1'));
    assert.throws(() => schemaOf(widget, 'v2'), /has no version v2/);
  });
  it('refuses a kind without exactly one storage version', () => {
    assert.throws(
      () => defineKind({ ...widget, versions: [{ name: 'v1' }] }),
      /exactly one version must be the storage version/,
    );
  });
});

describe('KindRegistry', () => {
  const registry = new KindRegistry([widget, node]);
  it('finds kinds by every name that users give them', () => {
    for (const name of ['widgets', 'Widget', 'wd', 'widgets.test.example', 'WIDGET.test']) {
      assert.deepEqual(registry.find(name), [widget], name);
    }
    assert.deepEqual(registry.find('widgets.tes'), []);
    assert.equal(registry.byApiVersion('test.example/v9', 'Widget'), widget);
    assert.equal(registry.byApiVersion('v1', 'Widget'), undefined);
    assert.equal(registry.byPlural('', 'things'), node);
  });
});
