import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  any,
  boolean,
  described,
  enumeration,
  integer,
  intOrString,
  lazy,
  list,
  map,
  number,
  object,
  required,
  string,
} from './build.ts';
import { formatIssue, IssueReport, MAX_REPORTED_ISSUES } from './issue.ts';
import { FieldPath } from './path.ts';
import type { Schema } from './schema.ts';
import { validateSchema } from './validate.ts';

const told = (schema: Schema, value: unknown, old?: unknown): string[] =>
  validateSchema(
    object('x', { f: schema }),
    { f: value },
    new IssueReport(),
    FieldPath.root,
    old === undefined ? undefined : { f: old },
  ).issues.map(formatIssue);

describe('validateSchema', () => {
  const cases: [string, Schema, unknown, string[]][] = [
    ['wrong type', integer('n'), 'a', ['f: Invalid value: "string": f in body must be of type integer: "string"']],
    [
      'fraction for integer',
      integer('n'),
      1.5,
      ['f: Invalid value: "number": f in body must be of type integer: "number"'],
    ],
    [
      'a whole number beyond 64 bits',
      integer('n', { format: 'int64' }),
      1e30,
      ['f: Invalid value: "integer": f in body must be of type integer: "number"'],
    ],
    ['beyond 32 bits', integer('n'), 2 ** 31, ['f: Invalid value: 2147483648: f in body must be a 32-bit integer']],
    ['null', string('s'), null, ['f: Invalid value: "null": f in body must be of type string: "null"']],
    ['allowed null', string('s', { nullable: true }), null, []],
    ['list for object', object('o', {}), [], ['f: Invalid value: "array": f in body must be of type object: "array"']],
    ['int or string', intOrString('p'), 80, []],
    [
      'int or string',
      intOrString('p'),
      true,
      ['f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"'],
    ],
    ['enum', enumeration('e', ['A', 'B']), 'C', ['f: Unsupported value: "C": supported values: "A", "B"']],
    [
      'enum of numbers is quoted',
      { type: 'integer', enum: [1, 2] },
      3,
      ['f: Unsupported value: 3: supported values: "1", "2"'],
    ],
    ['enum of objects', { type: 'any', enum: [{ a: 1, b: 2 }] }, { b: 2, a: 1 }, []],
    [
      'minLength counts characters',
      string('s', { minLength: 2 }),
      '💡',
      ['f: Invalid value: "💡": f in body should be at least 2 chars long'],
    ],
    ['maxLength', string('s', { maxLength: 2 }), 'abc', ['f: Too long: may not be more than 2 bytes']],
    ['maxLength counts characters', string('s', { maxLength: 2 }), '💡💡', []],
    ['pattern', string('s', { pattern: '^a+$' }), 'b', ['f: Invalid value: "b": f in body should match \'^a+$\'']],
    ['RE2 syntax', string('s', { pattern: '^(?i)ab[[:digit:]]$' }), 'AB1', []],
    [
      'minimum',
      integer('n', { minimum: 1 }),
      0,
      ['f: Invalid value: 0: f in body should be greater than or equal to 1'],
    ],
    [
      'exclusive maximum',
      number('n', { maximum: 1, exclusiveMaximum: true }),
      1,
      ['f: Invalid value: 1: f in body should be less than 1'],
    ],
    ['multipleOf', integer('n', { multipleOf: 5 }), 7, ['f: Invalid value: 7: f in body should be a multiple of 5']],
    [
      'format',
      string('s', { format: 'ipv4' }),
      '1.2.3',
      ['f: Invalid value: "1.2.3": f in body must be of type ipv4: "1.2.3"'],
    ],
    [
      'minItems',
      list('l', string('i'), { minItems: 1 }),
      [],
      ['f: Invalid value: 0: f in body should have at least 1 items'],
    ],
    ['maxItems', list('l', string('i'), { maxItems: 1 }), ['a', 'b'], ['f: Too many: 2: must have at most 1 items']],
    [
      'item',
      list('l', string('i')),
      ['a', 1],
      ['f[1]: Invalid value: "integer": f[1] in body must be of type string: "integer"'],
    ],
    ['set', list('l', string('i'), { listType: 'set' }), ['a', 'b', 'a'], ['f[2]: Duplicate value: "a"']],
    [
      'map value',
      map('m', string('v')),
      { a: 1 },
      ['f.a: Invalid value: "integer": f.a in body must be of type string: "integer"'],
    ],
    [
      'maxProperties',
      map('m', string('v'), { maxProperties: 1 }),
      { a: '1', b: '2' },
      ['f: Too many: 2: must have at most 1 items'],
    ],
    [
      'minProperties',
      object('o', {}, { minProperties: 1 }),
      {},
      ['f: Invalid value: 0: f in body should have at least 1 properties'],
    ],
    ['required', object('o', { a: required(string('a')) }), {}, ['f.a: Required value']],
    ['undefined is not given', object('o', { a: required(string('a')) }), { a: undefined }, ['f.a: Required value']],
    [
      'an inherited member is not given',
      object('o', { toString: required(string('a')) }),
      {},
      ['f.toString: Required value'],
    ],
    [
      'embedded object',
      { type: 'object', embeddedResource: true, preserveUnknown: true },
      { kind: 1 },
      [
        'f.apiVersion: Required value: must not be empty',
        'f.kind: Invalid value: "integer": must be of type string: "integer"',
      ],
    ],
  ];
  for (const [name, schema, value, expected] of cases) {
    it(`${name}: ${JSON.stringify(value)}`, () => assert.deepEqual(told(schema, value), expected));
  }

  it('finds two items with the same keys, whatever the order of members', () => {
    const ports = list('l', object('p', { port: integer('p'), protocol: string('p') }), {
      listType: 'map',
      mapKeys: ['port', 'protocol'],
    });
    assert.deepEqual(
      told(ports, [
        { port: 1, protocol: 'TCP' },
        { protocol: 'TCP', port: 1 },
      ]),
      ['f[1]: Duplicate value: {"port":1,"protocol":"TCP"}'],
    );
  });

  it('judges alternatives that only demand members', () => {
    const either = object(
      'o',
      { a: string('a'), b: string('b') },
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    );
    assert.deepEqual(told(either, { a: '1' }), []);
    assert.deepEqual(told(either, {}), [
      'f: Invalid value: "": "f" must validate one and only one schema (oneOf). Found none valid',
    ]);
    assert.deepEqual(told(either, { a: '1', b: '2' }), [
      'f: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ]);
  });

  it('judges assertions over values of another type as holding', () => {
    const schema: Schema = {
      type: 'any',
      anyOf: [{ required: ['a'] }, { minItems: 2 }],
      not: { properties: { a: { type: 'string' } }, required: ['a'] },
    };
    assert.deepEqual(told(schema, 'text'), ['f: Invalid value: "text": "f" must not validate the schema (not)']);
    assert.deepEqual(told({ type: 'any', allOf: [{ minLength: 3 }, { maxItems: 1 }] }, ['a', 'b']), [
      'f: Too many: 2: must have at most 1 items',
    ]);
  });

  it('warns of deprecated fields, once per place', () => {
    const report = validateSchema(object('o', { a: string('a', { deprecated: 'use b' }) }), { a: '1' });
    assert.deepEqual(report.warnings, ['a: use b']);
  });

  it('follows recursive schemas and a nullable reference', () => {
    interface Node {
      child?: Node;
      n?: number;
    }
    const tree: Schema<Node> = object('t', { n: integer('n'), child: lazy<Node>('tree', 'child', () => tree) });
    assert.deepEqual(told(tree, { child: { child: { n: 'x' } } }), [
      'f.child.child.n: Invalid value: "string": f.child.child.n in body must be of type integer: "string"',
    ]);
    assert.deepEqual(
      told(
        described(
          lazy<Node>('tree', 'd', () => tree),
          'd',
          { nullable: true },
        ),
        null,
      ),
      [],
    );
  });

  it('refuses what is nested too deep with one issue, and does not overflow the stack', () => {
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? { child: deep } : [deep];
    const report = validateSchema(any('a'), deep);
    assert.deepEqual(report.issues.map(formatIssue), [
      '<nil>: Invalid value: "array": must not be nested deeper than 200 levels',
    ]);
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    assert.equal(validateSchema(any('a'), cyclic).issues.length, 1);
  });

  it('bounds what it reports', () => {
    const report = validateSchema(list('l', string('s')), new Array(100_000).fill(1));
    assert.equal(report.issues.length, MAX_REPORTED_ISSUES + 1);
    assert.match(formatIssue(report.issues.at(-1)!), /only the first 256 problems are listed$/);
    assert.ok(report.isFull);
  });

  it('correlates 20,000 items of a map list without comparing all with all', () => {
    const items = Array.from({ length: 20_000 }, (_, i) => ({ name: `n${i}` }));
    const schema = list('l', object('i', { name: string('n') }), { listType: 'map', mapKeys: ['name'] });
    const started = performance.now();
    assert.deepEqual(told(schema, items, items), []);
    assert.ok(performance.now() - started < 2000);
  });

  it('a hostile pattern takes linear time', () => {
    const started = performance.now();
    assert.equal(told(string('s', { pattern: '^(a+)+$' }), `${'a'.repeat(5000)}!`).length, 1);
    assert.ok(performance.now() - started < 1000);
  });

  it('takes a member named like a part of every object from the object only', () => {
    const schema = object('o', { constructor: string('c'), ['__proto__']: string('p') });
    assert.deepEqual(validateSchema(schema, JSON.parse('{"__proto__":1}')).issues.map(formatIssue), [
      '__proto__: Invalid value: "integer": __proto__ in body must be of type string: "integer"',
    ]);
    assert.deepEqual(validateSchema(schema, {}, new IssueReport(), FieldPath.root, {}).issues, []);
  });

  it('checks booleans', () => assert.deepEqual(told(boolean('b'), true), []));
});

describe('rules', () => {
  const rule = {
    message: 'must not shrink',
    check: (self: number, old: number | undefined) => self >= (old ?? 0),
    isTransition: true,
  };

  it('runs a transition rule only with an old value, found by key in map lists', () => {
    const item = object('i', { name: string('n'), size: integer('s', { rules: [rule] }) });
    const schema = list('l', item, { listType: 'map', mapKeys: ['name'] });
    assert.deepEqual(told(schema, [{ name: 'a', size: 1 }]), []);
    assert.deepEqual(
      told(
        schema,
        [
          { name: 'b', size: 1 },
          { name: 'a', size: 1 },
        ],
        [{ name: 'a', size: 2 }],
      ),
      ['f[1].size: Invalid value: "integer": must not shrink'],
    );
    assert.deepEqual(told(list('l', item), [{ name: 'a', size: 1 }], [{ name: 'a', size: 2 }]), []);
  });

  it('does not follow objects that are owned as a whole', () => {
    const schema = object('o', { size: integer('s', { rules: [rule] }) }, { mapType: 'atomic' });
    assert.deepEqual(told(schema, { size: 1 }, { size: 2 }), []);
  });

  it('only warns of a broken rule whose value an update leaves alone', () => {
    const schema = object(
      'o',
      { a: string('a') },
      { rules: [{ message: 'a must be x', check: (o) => o.a === 'x', fieldPath: '.a', reason: 'forbidden' }] },
    );
    const report = validateSchema(schema, { a: 'y' }, new IssueReport(), FieldPath.root, { a: 'y' });
    assert.deepEqual([report.issues, report.warnings], [[], ['a: Forbidden: a must be x']]);
    assert.deepEqual(
      validateSchema(schema, { a: 'y' }, new IssueReport(), FieldPath.root, { a: 'z' }).issues.map(formatIssue),
      ['a: Forbidden: a must be x'],
    );
  });

  it('places a failure at a path with brackets', () => {
    const schema = map('m', string('v'), { rules: [{ message: 'no', check: () => false, fieldPath: "['a.b']" }] });
    assert.deepEqual(told(schema, {}), ['f[a.b]: Invalid value: "object": no']);
  });

  it('is not asked about values of a wrong structure', () => {
    let asked = 0;
    const schema = object('o', { a: string('a') }, { rules: [{ message: 'no', check: () => ++asked > 0 }] });
    validateSchema(schema, { a: 1 });
    assert.equal(asked, 0);
  });
});
