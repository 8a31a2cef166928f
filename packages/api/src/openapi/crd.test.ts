import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ApiObject, prepare } from '../kind/index.ts';
import { allKinds } from '../kinds.ts';
import { formatIssue, IssueReport } from '../schema/index.ts';
import { rowOf, tableColumns } from '../table/index.ts';
import { checkCrdSchemas, kindOfCrd } from './crd-kind.ts';
import { crdManifest } from './crd-manifest.ts';
import { type CrdStatus, crdStatus, isCrdEstablished } from './crd-status.ts';
import type { JsonSchema } from './json-schema.ts';

const crd = (schema: JsonSchema | object, version: object = {}, spec: object = {}): ApiObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.example' },
  spec: {
    group: 'test.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
    ...spec,
  },
});
const definitions = allKinds.find((kind) => kind.kind === 'CustomResourceDefinition')!;
const withSpec = (spec: object): object => ({ type: 'object', properties: { spec } });
const issuesOf = (object: ApiObject): string[] => {
  const report = new IssueReport();
  checkCrdSchemas(object, report);
  return report.issues.map((issue) => formatIssue(issue).replace('spec.validation.openAPIV3Schema', 'S'));
};

const rule = (
  x: object,
  type: object = { type: 'object', properties: { a: { type: 'string' }, n: { type: 'integer' } } },
): object => ({ ...type, 'x-kubernetes-validations': [x] });

describe('structural schemas', () => {
  const cases: [string, object, string[]][] = [
    ['no type at the root', {}, ['S.type: Required value: must not be empty at the root']],
    ['another type at the root', { type: 'string' }, ['S.type: Invalid value: "string": must be object at the root']],
    [
      'no type of a field',
      withSpec({}),
      ['S.properties[spec].type: Required value: must not be empty for specified object fields'],
    ],
    [
      'no type of items',
      withSpec({ type: 'array', items: {} }),
      ['S.properties[spec].items.type: Required value: must not be empty for specified array items'],
    ],
    ['no items', withSpec({ type: 'array' }), ['S.properties[spec].items: Required value: must be specified']],
    [
      'unknown type',
      withSpec({ type: 'text' }),
      [
        'S.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [
      'type null',
      withSpec({ type: 'null' }),
      ['S.properties[spec].type: Forbidden: type cannot be set to null, use nullable as an alternative'],
    ],
    [
      'a reference',
      withSpec({ type: 'object', $ref: '#/x' }),
      ['S.properties[spec].$ref: Forbidden: $ref is not supported'],
    ],
    [
      'uniqueItems',
      withSpec({ type: 'array', uniqueItems: true, items: { type: 'string' } }),
      [
        'S.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ],
    ],
    [
      'additionalProperties false',
      withSpec({ type: 'object', additionalProperties: false }),
      ['S.properties[spec].additionalProperties: Forbidden: additionalProperties cannot be set to false'],
    ],
    [
      'both forms',
      withSpec({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
      ['S.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    ],
    [
      'additionalProperties at the root',
      { type: 'object', additionalProperties: { type: 'string' } },
      ['S.additionalProperties: Forbidden: must not be used at the root'],
    ],
    [
      'a bad pattern',
      withSpec({ type: 'string', pattern: '(' }),
      [
        'S.properties[spec].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
      ],
    ],
    [
      'a pattern that is not RE2',
      withSpec({ type: 'string', pattern: '^(?!x)' }),
      [
        'S.properties[spec].pattern: Invalid value: "^(?!x)": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
      ],
    ],
    [
      'structure in a junctor',
      withSpec({
        type: 'object',
        properties: { a: { type: 'string' } },
        anyOf: [{ type: 'object', description: 'x', properties: { a: { default: 'b', minLength: 1 } } }],
      }),
      [
        'S.properties[spec].anyOf[0].properties[a].default: Forbidden: must be undefined to be structural',
        'S.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural',
        'S.properties[spec].anyOf[0].description: Forbidden: must be empty to be structural',
      ],
    ],
    [
      'a field only in a junctor',
      withSpec({ type: 'object', oneOf: [{ properties: { b: { minLength: 1 } } }] }),
      [
        'S.properties[spec].properties[b]: Required value: because it is defined in spec.validation.openAPIV3Schema.properties[spec].oneOf[0].properties[b]',
      ],
    ],
    [
      'int or string with its choice',
      withSpec({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
      [],
    ],
    [
      'int or string with its choice in allOf',
      withSpec({
        'x-kubernetes-int-or-string': true,
        allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { maxLength: 3 }],
      }),
      [],
    ],
    [
      'int or string with another choice',
      withSpec({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'string' }, { type: 'integer' }] }),
      [
        'S.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural',
        'S.properties[spec].anyOf[1].type: Forbidden: must be empty to be structural',
      ],
    ],
    [
      'int or string that is open',
      withSpec({ 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true }),
      [
        'S.properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
      ],
    ],
    [
      'an embedded object without a type',
      withSpec({ 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }),
      ['S.properties[spec].type: Required value: must be object if x-kubernetes-embedded-resource is true'],
    ],
    [
      'metadata',
      { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
      [
        'S.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    [
      'the name in metadata',
      {
        type: 'object',
        properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } } },
      },
      [],
    ],
    [
      'kind of another type',
      { type: 'object', properties: { kind: { type: 'integer' } } },
      ['S.properties[kind].type: Invalid value: "integer": must be string'],
    ],
    [
      'map list without keys',
      withSpec({ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } }),
      [
        'S.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      'a key that may be missing',
      withSpec({
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      }),
      [
        'S.properties[spec].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ],
    ],
    [
      'a key that does not exist',
      withSpec({
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['q'],
        items: { type: 'object' },
      }),
      [
        'S.properties[spec].x-kubernetes-list-map-keys[0]: Invalid value: "q": entries must all be names of item properties',
      ],
    ],
    [
      'list type of no list',
      withSpec({ type: 'string', 'x-kubernetes-list-type': 'bag' }),
      [
        'S.properties[spec].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
        'S.properties[spec].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
      ],
    ],
    [
      'a set of objects',
      withSpec({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } }),
      [
        'S.properties[spec].items.x-kubernetes-map-type: Invalid value: "": must be atomic as item of a list with x-kubernetes-list-type=set',
      ],
    ],
    [
      'a default of the wrong type',
      withSpec({ type: 'integer', default: 'x' }),
      [
        'S.properties[spec].default: Invalid value: "string": S.properties[spec].default in body must be of type integer: "string"'
          .replaceAll('S.', 'spec.validation.openAPIV3Schema.')
          .replace('spec.validation.openAPIV3Schema', 'S'),
      ],
    ],
    [
      'a default with unknown fields',
      withSpec({ type: 'object', default: { b: 1 } }),
      ['S.properties[spec].default: Invalid value: {"b":1}: must not have fields that the schema does not specify: b'],
    ],
    [
      'a rule that does not compile',
      withSpec(rule({ rule: 'self.zzz == 1' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].rule: Invalid value: "self.zzz == 1": compilation failed: ERROR: <input>:1:5: undefined field \'zzz\'\n | self.zzz == 1\n | ....^',
      ],
    ],
    [
      'a rule of another type',
      withSpec(rule({ rule: 'self.n' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].rule: Invalid value: "self.n": compilation failed: must evaluate to a bool, but is of type int',
      ],
    ],
    [
      'an empty rule',
      withSpec(rule({ rule: ' ' })),
      ['S.properties[spec].x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    ],
    [
      'a message with lines',
      withSpec(rule({ rule: 'true', message: 'a\nb' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      ],
    ],
    [
      'a rule with lines but no message',
      withSpec(rule({ rule: 'true ||\nfalse' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks',
      ],
    ],
    [
      'a message expression of another type',
      withSpec(rule({ rule: 'true', messageExpression: '1' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].messageExpression: Invalid value: "1": messageExpression compilation failed: must evaluate to a string, but is of type int',
      ],
    ],
    [
      'a field path to nowhere',
      withSpec(rule({ rule: 'true', fieldPath: '.zzz' })),
      [
        'S.properties[spec].x-kubernetes-validations[0].fieldPath: Invalid value: ".zzz": fieldPath must be a valid path: does not refer to a valid field',
      ],
    ],
    [
      'optionalOldSelf without oldSelf',
      withSpec(rule({ rule: 'true', optionalOldSelf: true })),
      [
        'S.properties[spec].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
      ],
    ],
    [
      'oldSelf below an atomic list',
      withSpec({ type: 'array', items: rule({ rule: 'self.n > oldSelf.n' }) }),
      [
        'S.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self.n > oldSelf.n": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[spec]',
      ],
    ],
  ];
  for (const [name, schema, expected] of cases) it(name, () => assert.deepEqual(issuesOf(crd(schema)), expected));

  it('refuses conversion by webhook and a column whose path cannot be read', () => {
    const columns = { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a[' }] };
    assert.deepEqual(issuesOf(crd({ type: 'object' }, columns, { conversion: { strategy: 'Webhook' } })), [
      'spec.conversion.strategy: Unsupported value: "Webhook": supported values: "None"',
      'spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: ".a[": invalid JSONPath ".a[" at character 4: ] is missing',
    ]);
  });

  it('warns of formats that nobody checks', () => {
    const report = new IssueReport();
    checkCrdSchemas(crd(withSpec({ type: 'string', format: 'frob' })), report);
    assert.match(report.warnings[0]!, /properties\[spec\]\.format: unrecognized format "frob"$/);
  });

  it('never throws, whatever a schema says', () => {
    const node = fc.letrec((tie) => ({
      s: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constant({ type: 'string' }),
        fc.record(
          {
            type: fc.constantFrom('object', 'array', 'string', 'integer', 'x', ''),
            properties: fc.dictionary(fc.constantFrom('a', 'metadata', '__proto__', 'spec'), tie('s'), { maxKeys: 3 }),
            items: tie('s'),
            additionalProperties: fc.oneof(tie('s'), fc.boolean()),
            default: fc.jsonValue(),
            pattern: fc.constantFrom('(', 'a'),
            anyOf: fc.array(tie('s'), { maxLength: 2 }),
            allOf: fc.array(tie('s'), { maxLength: 2 }),
            not: tie('s'),
            required: fc.array(fc.constant('a'), { maxLength: 1 }),
            nullable: fc.boolean(),
            'x-kubernetes-list-type': fc.constantFrom('map', 'set', 'atomic', 'q'),
            'x-kubernetes-list-map-keys': fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
            'x-kubernetes-map-type': fc.constantFrom('atomic', 'q'),
            'x-kubernetes-preserve-unknown-fields': fc.boolean(),
            'x-kubernetes-embedded-resource': fc.boolean(),
            'x-kubernetes-int-or-string': fc.boolean(),
            'x-kubernetes-validations': fc.array(
              fc.record(
                {
                  rule: fc.constantFrom('self == oldSelf', 'self.a', 'size(self) > 0', '('),
                  fieldPath: fc.constantFrom('.a', 'x'),
                },
                { requiredKeys: ['rule'] },
              ),
              { maxLength: 2 },
            ),
          },
          { requiredKeys: ['type'] },
        ),
      ),
    })).s as fc.Arbitrary<JsonSchema>;
    fc.assert(
      fc.property(node, fc.jsonValue(), (schema, value) => {
        const object = crd({ ...schema, type: 'object' });
        if (issuesOf(object).length > 0) return;
        prepare(kindOfCrd(object), 'v1', {
          apiVersion: 'test.example/v1',
          kind: 'Widget',
          metadata: { name: 'a', namespace: 'b' },
          spec: value,
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe('kindOfCrd', () => {
  const schema = {
    type: 'object',
    description: 'A widget.',
    required: ['spec'],
    'x-kubernetes-validations': [{ rule: "self.metadata.name != 'bad'", message: 'bad name' }],
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } },
      spec: {
        type: 'object',
        required: ['size'],
        properties: {
          size: { type: 'integer', minimum: 1 },
          mode: { type: 'string', enum: ['A', 'B'], default: 'A' },
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          template: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: {
              type: 'object',
              required: ['name'],
              properties: {
                name: { type: 'string' },
                n: {
                  type: 'integer',
                  'x-kubernetes-validations': [
                    { rule: 'self >= oldSelf', messageExpression: "'%d is less than %d'.format([self, oldSelf])" },
                  ],
                },
              },
            },
          },
        },
        'x-kubernetes-validations': [
          {
            rule: "self.mode == 'B' || self.size < 10",
            message: 'size must be below 10 in mode A',
            fieldPath: '.size',
            reason: 'FieldValueForbidden',
          },
          {
            rule: '!oldSelf.hasValue() || oldSelf.value().mode == self.mode',
            message: 'mode is immutable',
            optionalOldSelf: true,
          },
        ],
      },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  const object = crd(
    schema,
    {
      subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
      additionalPrinterColumns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 1 }],
    },
    { names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] } },
  );
  const kind = kindOfCrd(object);
  const widget = (spec: object, name = 'a'): ApiObject => ({
    apiVersion: 'test.example/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'd' },
    spec,
  });
  const told = (given: ApiObject, old?: ApiObject): string[] =>
    prepare(kind, 'v1', given, old === undefined ? {} : { old }).issues.map(formatIssue);

  it('is valid, and has the names, columns and subresources of the CRD', () => {
    assert.deepEqual(issuesOf(object), []);
    assert.deepEqual(
      [
        kind.plural,
        kind.singular,
        kind.listKind,
        kind.shortNames,
        kind.scope,
        kind.hasStatus,
        kind.scale?.specReplicasPath,
      ],
      ['widgets', 'widget', 'WidgetList', ['wd'], 'Namespaced', true, '.spec.size'],
    );
    assert.deepEqual(
      tableColumns(kind, 'v1').map((column) => column.name),
      ['Name', 'Mode'],
    );
    assert.deepEqual(rowOf(kind, 'v1', widget({ mode: 'B' }), 0), ['a', 'B']);
  });

  it('prunes, defaults and validates objects', () => {
    const done = prepare(
      kind,
      'v1',
      widget({
        size: 1,
        bogus: 2,
        template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', zzz: 1 }, spec: {} },
      }),
    );
    assert.deepEqual(done.issues, []);
    assert.deepEqual(done.unknownFields, ['spec.bogus', 'spec.template.metadata.zzz']);
    assert.deepEqual(done.object['spec'], {
      size: 1,
      mode: 'A',
      template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} },
    });
    assert.deepEqual(told(widget({})), ['spec.size: Required value']);
    assert.deepEqual(told({ ...widget({}), spec: undefined }), ['spec: Required value']);
    assert.deepEqual(told(widget({ size: 1, mode: 'C', port: 1.5 })), [
      'spec.mode: Unsupported value: "C": supported values: "A", "B"',
      'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"',
    ]);
    assert.deepEqual(told(widget({ size: 1, template: { kind: '' } })), [
      'spec.template.apiVersion: Required value: must not be empty',
      'spec.template.kind: Required value: must not be empty',
    ]);
    assert.deepEqual(told(widget({ size: 1 }, 'toolong')), ['metadata.name: Too long: may not be more than 5 bytes']);
  });

  it('runs the rules', () => {
    assert.deepEqual(told(widget({ size: 12 })), ['spec.size: Forbidden: size must be below 10 in mode A']);
    assert.deepEqual(told(widget({ size: 12, mode: 'B' })), []);
    assert.deepEqual(told(widget({ size: 1 }, 'bad')), ['<nil>: Invalid value: "object": bad name']);
    assert.deepEqual(told(widget({ size: 1, mode: 'B' }), widget({ size: 1, mode: 'A' })), [
      'spec: Invalid value: "object": mode is immutable',
    ]);
    assert.deepEqual(
      told(
        widget({
          size: 1,
          mode: 'A',
          ports: [
            { name: 'q', n: 1 },
            { name: 'p', n: 3 },
          ],
        }),
        widget({ size: 1, mode: 'A', ports: [{ name: 'p', n: 4 }] }),
      ),
      ['spec.ports[1].n: Invalid value: "integer": 3 is less than 4'],
    );
  });

  it('tells an evaluation that fails, and one that costs too much, in the words of the API server', () => {
    const check = (rules: object[], value: object): string[] => {
      const made = kindOfCrd(
        crd(
          withSpec({
            type: 'object',
            properties: {
              m: { type: 'object', additionalProperties: { type: 'string' } },
              l: { type: 'array', items: { type: 'integer' } },
              p: { 'x-kubernetes-int-or-string': true },
            },
            'x-kubernetes-validations': rules,
          }),
        ),
      );
      return prepare(made, 'v1', widget(value)).issues.map(formatIssue);
    };
    assert.deepEqual(check([{ rule: "self.m.a == 'x'" }], { m: {} }), [
      'spec: Invalid value: "object": no such key: a evaluating rule: self.m.a == \'x\'',
    ]);
    assert.deepEqual(check([{ rule: 'self.p > 1', message: 'p must be large' }], { p: 'x' }), [
      'spec: Invalid value: "object": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: p must be large',
    ]);
    assert.deepEqual(check([{ rule: 'self.l.size() == 9' }], { l: [] }), [
      'spec: Invalid value: "object": failed rule: self.l.size() == 9',
    ]);
    const costly = { rule: 'self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))', message: 'costly' };
    const l = Array.from({ length: 500 }, (_, i) => i);
    assert.deepEqual(check([costly], { l }), [
      'spec: Invalid value: "object": \'operation cancelled: actual cost limit exceeded\': no further validation rules will be run due to call cost exceeds limit for rule: costly',
    ]);
    const many = check(
      Array.from({ length: 12 }, (_, i) => ({ ...costly, rule: `${costly.rule} || ${i} < 0` })),
      { l },
    );
    assert.equal(
      many.at(-1),
      'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    );
  });

  it('warns users of deprecated versions', () => {
    const old = kindOfCrd(crd({ type: 'object' }, { deprecated: true }));
    assert.deepEqual(prepare(old, 'v1', widget({})).warnings, ['test.example/v1 Widget is deprecated']);
  });
});

describe('crdStatus', () => {
  const one = crd({ type: 'object' });
  it('accepts free names once and for all', () => {
    const first = crdStatus(one, [], '2026-01-01T00:00:00Z');
    assert.deepEqual(first, {
      acceptedNames: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      storedVersions: ['v1'],
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
    const established = { ...one, status: first };
    assert.equal(isCrdEstablished(established), true);
    assert.equal(crdStatus(established, [], '2027-01-01T00:00:00Z'), first);
  });
  it('refuses names that another CRD or a built-in kind of the group has', () => {
    const other = {
      ...crd({ type: 'object' }, {}, { names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['widget'] } }),
      metadata: { name: 'gadgets.test.example' },
    };
    const taken = { ...other, status: crdStatus(other, [], 't') };
    const status: CrdStatus = crdStatus(one, [taken], 't');
    assert.deepEqual(
      status.conditions.map((c) => [c.type, c.status, c.reason, c.message]),
      [
        ['NamesAccepted', 'False', 'SingularConflict', '"widget" is already in use'],
        ['Established', 'False', 'NotAccepted', 'not all names are accepted'],
      ],
    );
    assert.equal(status.acceptedNames.singular, '');
    assert.equal(crdStatus(one, [], 't', [{ plural: 'x', kind: 'Widget' }]).conditions[0]!.reason, 'KindConflict');
    assert.equal(
      crdStatus(
        one,
        [{ ...taken, spec: { ...(taken as unknown as { spec: object }).spec, group: 'other.example' } }],
        't',
      ).conditions[0]!.status,
      'True',
    );
  });
});

describe('manifests of built-in kinds', () => {
  for (const kind of allKinds.filter((k) => k.isBuiltin !== true)) {
    const manifest = crdManifest(kind) as unknown as ApiObject;

    it(`${kind.group} ${kind.kind} is a definition that an API server takes, costs of rules included`, () => {
      const { issues, unknownFields } = prepare(definitions, 'v1', manifest);
      assert.deepEqual({ issues: issues.map(formatIssue), unknownFields }, { issues: [], unknownFields: [] });
    });

    it(`${kind.group} ${kind.kind} has the same schema when it is read back`, () => {
      const again = crdManifest({ ...kindOfCrd(manifest), versions: kindOfCrd(manifest).versions });
      assert.deepEqual(schemasOf(again), schemasOf(manifest));
    });
  }
});

function schemasOf(manifest: unknown): unknown {
  return (manifest as { spec: { versions: { schema: object }[] } }).spec.versions.map(({ schema }) => schema);
}
