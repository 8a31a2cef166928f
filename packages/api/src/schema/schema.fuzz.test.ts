/** Random schemas meet random values: nothing throws, nothing given is changed, and the steps agree with each other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepFreeze } from '../test-support/freeze.ts';
import { readAsBuiltin } from './builtin-values.ts';
import { withDefaults } from './defaults.ts';
import { formatIssue } from './issue.ts';
import { prune } from './prune.ts';
import type { Json, Schema, SchemaAssertion } from './schema.ts';
import { validateSchema } from './validate.ts';

const NAMES = ['a', 'b', 'spec', '__proto__', 'constructor', 'toString', 'x.y/z', ''];
const name = fc.constantFrom(...NAMES);

const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('1.2.3.4', '2026-01-01T00:00:00Z', 'A'),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const assertion: fc.Arbitrary<SchemaAssertion> = fc.letrec((tie) => ({
  node: fc.record(
    {
      required: fc.array(name, { maxLength: 2 }),
      properties: fc.dictionary(
        name,
        tie('node').map((n) => ({ ...(n as SchemaAssertion), type: 'any' as const })),
        { maxKeys: 2 },
      ),
      minLength: fc.nat(3),
      maximum: fc.nat(5),
      minItems: fc.nat(2),
      enum: fc.array(json, { maxLength: 2 }) as fc.Arbitrary<Json[]>,
      not: tie('node'),
    },
    { requiredKeys: [] },
  ),
})).node as fc.Arbitrary<SchemaAssertion>;

const schemas: fc.Arbitrary<Schema> = fc.letrec((tie) => {
  const common = {
    nullable: fc.boolean(),
    default: json as fc.Arbitrary<Json>,
    isRequired: fc.boolean(),
    deprecated: fc.constant('old'),
    oneOf: fc.array(assertion, { maxLength: 2 }),
    anyOf: fc.array(assertion, { maxLength: 2 }),
    allOf: fc.array(assertion, { maxLength: 2 }),
    not: assertion,
    rules: fc.constant([{ message: 'rule', check: (self: unknown, old: unknown) => self !== old }] as const),
  };
  return {
    node: fc.oneof(
      { depthSize: 'small' },
      fc.record(
        {
          type: fc.constantFrom('string', 'integer', 'number', 'boolean', 'intOrString', 'any'),
          format: fc.constantFrom('date-time', 'ipv4', 'ipv6', 'byte', 'duration', 'uri', 'int32', 'quantity', 'nope'),
          pattern: fc.constantFrom('^a*$', '^(a|b)+$', '\\d'),
          minLength: fc.nat(3),
          maxLength: fc.nat(3),
          minimum: fc.integer({ min: -5, max: 5 }),
          multipleOf: fc.integer({ min: 1, max: 3 }),
          enum: fc.array(json, { maxLength: 3 }) as fc.Arbitrary<Json[]>,
          ...common,
        },
        { requiredKeys: ['type'] },
      ),
      fc.record(
        {
          type: fc.constant('array'),
          items: tie('node'),
          minItems: fc.nat(2),
          maxItems: fc.nat(3),
          listType: fc.constantFrom('set', 'map', 'atomic'),
          mapKeys: fc.array(name, { minLength: 1, maxLength: 2 }),
          ...common,
        },
        { requiredKeys: ['type'] },
      ),
      fc.record(
        {
          type: fc.constantFrom('object', 'any'),
          properties: fc.dictionary(name, tie('node'), { maxKeys: 4 }),
          additional: tie('node'),
          preserveUnknown: fc.boolean(),
          embeddedResource: fc.boolean(),
          mapType: fc.constantFrom('atomic', 'granular'),
          required: fc.array(name, { maxLength: 2 }),
          minProperties: fc.nat(2),
          maxProperties: fc.nat(3),
          ...common,
        },
        { requiredKeys: ['type'] },
      ),
    ),
  };
}).node as fc.Arbitrary<Schema>;

const RUNS = { numRuns: 100 };

describe('any schema over any value', () => {
  it('never throws and never changes what it is given', () => {
    fc.assert(
      fc.property(schemas, json, json, (schema, value, old) => {
        deepFreeze(schema);
        deepFreeze(value);
        const pruned = prune(schema, value);
        const filled = withDefaults(schema, readAsBuiltin(schema, pruned.value));
        for (const issue of validateSchema(schema, filled, undefined, undefined, old).issues)
          assert.ok(formatIssue(issue).length > 0);
      }),
      RUNS,
    );
  });

  it('has nothing left to prune or to fill in after one pass', () => {
    fc.assert(
      fc.property(schemas, json, (schema, value) => {
        const pruned = prune(schema, value);
        const again = prune(schema, pruned.value);
        assert.equal(again.value, pruned.value);
        assert.deepEqual(again.unknown, []);
        assert.equal(pruned.unknown.length === 0, pruned.value === value);
        const filled = withDefaults(schema, value);
        assert.deepEqual(withDefaults(schema, filled), filled);
      }),
      RUNS,
    );
  });

  it('judges the same value the same way twice', () => {
    fc.assert(
      fc.property(schemas, json, (schema, value) => {
        const told = (given: unknown): string[] => validateSchema(schema, given).issues.map(formatIssue);
        assert.deepEqual(told(value), told(structuredClone(value)));
      }),
      { numRuns: 60 },
    );
  });
});
