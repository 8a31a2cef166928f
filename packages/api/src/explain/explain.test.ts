import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineKind } from '../kind/index.ts';
import { allKinds } from '../kinds.ts';
import {
  described,
  enumeration,
  integer,
  lazy,
  list,
  map,
  object,
  required,
  type Schema,
  string,
} from '../schema/index.ts';
import { explain, parseExplainTarget, UnknownFieldError } from './explain.ts';
import { renderExplanation } from './render.ts';

interface Tree {
  kids?: Tree[];
  n?: number;
}
const tree: Schema<Tree> = object(
  'A tree.',
  {
    kids: list(
      'Children.',
      lazy<Tree>('test.Tree', 'A child.', () => tree),
    ),
    n: integer('Number.'),
  },
  { name: 'test.Tree' },
);
const port = object(
  'A port.',
  { number: required(integer('Number of the port.', { minimum: 1, maximum: 65535, default: 80 })) },
  { name: 'test.v1.Port' },
);
const kind = defineKind({
  group: 'test.example',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  description: 'A widget is a thing that is good for a long description, which has to be broken at the end of a line.',
  fields: {
    spec: required(
      object(
        'What is wanted.',
        {
          mode: enumeration('How it works.', ['A', 'B'], { default: 'A', deprecated: 'Use ports.' }),
          ports: required(list('Its ports.', port, { maxItems: 3 })),
          byName: map('Ports by name.', described(port, 'One.')),
          tree,
          tags: map('Tags.', string('Tag.')),
        },
        { rules: [{ message: 'ports or tags', check: () => true, cel: 'has(self.ports)' }] },
      ),
    ),
  },
  versions: [
    { name: 'v1', isStorage: true },
    { name: 'v2', fields: { spec: object('Other.', {}) } },
  ],
});

describe('explain', () => {
  it('tells what is known of a field', () => {
    const { fields, ...spec } = explain(kind, ['spec']);
    assert.deepEqual(spec, {
      group: 'test.example',
      version: 'v1',
      kind: 'Widget',
      fieldPath: ['spec'],
      type: 'Object',
      description: 'What is wanted.',
      isRequired: true,
      bounds: [],
      rules: [{ rule: 'has(self.ports)', message: 'ports or tags' }],
    });
    assert.deepEqual(
      fields.map((f) => [f.name, f.type, f.isRequired]),
      [
        ['byName', 'map[string]Port', false],
        ['mode', 'string', false],
        ['ports', '[]Port', true],
        ['tags', 'map[string]string', false],
        ['tree', 'Tree', false],
      ],
    );
    assert.deepEqual(explain(kind, ['spec', 'mode']), {
      group: 'test.example',
      version: 'v1',
      kind: 'Widget',
      fieldPath: ['spec', 'mode'],
      type: 'string',
      description: 'How it works.',
      isRequired: false,
      enum: ['A', 'B'],
      default: 'A',
      deprecated: 'Use ports.',
      bounds: [],
      rules: [],
      fields: [],
    });
  });
  it('steps over lists and maps', () => {
    assert.deepEqual(explain(kind, ['spec', 'ports', 'number']).bounds, ['format int32', 'minimum 1', 'maximum 65535']);
    assert.equal(explain(kind, ['spec', 'byName', 'number']).default, 80);
    assert.equal(explain(kind, ['spec', 'tree', 'kids', 'kids', 'n']).type, 'integer');
  });
  it('names a field that does not exist, and those that do', () => {
    assert.throws(
      () => explain(kind, ['spec', 'prots']),
      (error: Error) =>
        error instanceof UnknownFieldError &&
        error.message === 'field "prots" does not exist in Widget.spec: it has byName, mode, ports, tags, tree',
    );
    assert.throws(
      () => explain(kind, ['spec', 'mode', 'x']),
      /field "x" does not exist in Widget.spec.mode: it has no named fields/,
    );
    assert.throws(() => explain(kind, ['constructor']), UnknownFieldError);
    assert.throws(() => explain(kind, ['spec', 'ports'], { version: 'v2' }), UnknownFieldError);
  });
  it('reads what the user asks for', () => {
    assert.deepEqual(parseExplainTarget('vs.spec.http'), { resource: 'vs', fieldPath: ['spec', 'http'] });
    assert.deepEqual(parseExplainTarget('vs'), { resource: 'vs', fieldPath: [] });
  });
  it('explains every field of every built-in kind, and all have a description', () => {
    for (const builtin of allKinds) {
      for (const { name } of builtin.versions) {
        const visit = (fields: ReturnType<typeof explain>['fields'], path: string): void => {
          for (const field of fields) {
            assert.notEqual(field.description, '', `${builtin.kind} ${name} ${path}.${field.name}`);
            visit(field.fields ?? [], `${path}.${field.name}`);
          }
        };
        visit(explain(builtin, [], { version: name, isRecursive: true }).fields, '');
      }
    }
  });
});

describe('renderExplanation', () => {
  it('writes what kubectl writes', () => {
    assert.equal(
      renderExplanation(explain(kind, ['spec', 'ports'])),
      [
        'GROUP:      test.example',
        'KIND:       Widget',
        'VERSION:    v1',
        '',
        'FIELD: ports <[]Port> -required-',
        '',
        'BOUNDS:',
        '    maximum items 3',
        '',
        'DESCRIPTION:',
        '    Its ports.',
        '',
        'FIELDS:',
        '  number\t<integer> -required-',
        '    Number of the port.',
        '',
      ].join('\n'),
    );
    const spec = renderExplanation(explain(kind, ['spec']));
    assert.match(spec, /RULES:\n {4}ports or tags\n/);
    assert.match(spec, / {2}mode\t<string>\n {2}enum: A, B\n {4}How it works\.\n/);
    assert.match(
      renderExplanation(explain(kind, ['spec', 'mode'])),
      /ENUM:\n {4}A\n {4}B\n\nDEFAULT:\n {4}A\n\nDEPRECATED:\n {4}Use ports\.\n/,
    );
  });
  it('breaks long lines', () => {
    for (const line of renderExplanation(explain(kind)).split('\n')) assert.ok(line.length <= 80);
    assert.match(renderExplanation(explain(kind)), /broken at\n {4}the end of a line\.|\n {4}[a-z]+/);
  });
  it('writes the tree of all fields, ending where a schema contains itself', () => {
    const text = renderExplanation(explain(kind, ['spec'], { isRecursive: true }));
    assert.match(text, /FIELDS:\n {2}byName\t<map\[string\]Port>\n {4}number\t<integer> -required-\n/);
    assert.match(text, / {2}tree\t<Tree>\n {4}kids\t<\[\]Tree>\n {4}n\t<integer>\n/);
  });
});
