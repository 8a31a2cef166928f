/** Random values that a schema describes: mostly valid, some at the edge, for tests that compare two judges. */
import fc from 'fast-check';
import { resolve, type Schema } from '../schema/index.ts';

const TEXTS = [
  '',
  'a',
  '*',
  'a*',
  '*a',
  'a.example',
  '*.example',
  'unix:///x',
  'unix://@x',
  'unix:///x/',
  '1.2.3.4',
  '10.0.0.0/8',
  '::1',
  '0s',
  '1s',
  '1h30m',
  '500ms',
  'STATIC',
  'http',
  'x-y',
  '/p',
  '80',
  'a/b',
];
const MAX_DEPTH = 6;

/** Values for a schema. */
export function arbitraryOf(given: Schema, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  if (schema.enum !== undefined && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(
        fc.integer({ min: -2, max: 5 }),
        fc.constantFrom(80, 443, 65535, 65536).filter((n) => inBounds(schema, n)),
        fc.constant(schema.minimum ?? 0),
      );
    case 'number':
      return fc.constantFrom(0, 0.5, 1, 50, 100);
    case 'intOrString':
      return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(...TEXTS));
    case 'string':
      return fc.constantFrom(...textsFor(schema));
    case 'array':
      return schema.items === undefined || depth > MAX_DEPTH
        ? fc.constant([])
        : fc.array(arbitraryOf(schema.items, depth + 1), {
            minLength: schema.minItems ?? 0,
            maxLength: Math.min(schema.maxItems ?? 3, 3),
          });
    case 'object':
      return objectFor(schema, depth);
    case 'any':
      return fc.constantFrom<unknown>(null, 'x', 1, {}, []);
  }
}

function inBounds(schema: Schema, n: number): boolean {
  return n >= (schema.minimum ?? n) && n <= (schema.maximum ?? n);
}

function textsFor(schema: Schema): string[] {
  if (schema.format === 'date-time') return ['2026-01-01T00:00:00Z'];
  if (schema.format === 'byte') return ['', 'YQ=='];
  if (schema.format === 'duration') return ['0s', '1s', '1h30m', '-1s'];
  return TEXTS;
}

function objectFor(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth > MAX_DEPTH) return fc.constant({});
  if (schema.additional !== undefined && schema.properties === undefined) {
    return fc.dictionary(fc.constantFrom('a', 'b', '', 'x*', '80', 'http'), arbitraryOf(schema.additional, depth + 1), {
      maxKeys: 3,
    });
  }
  const members = Object.entries(schema.properties ?? {});
  const requiredKeys = members
    .filter(([name, s]) => s.isRequired === true || schema.required?.includes(name) === true)
    .map(([name]) => name);
  return fc.record(Object.fromEntries(members.map(([name, s]) => [name, arbitraryOf(s, depth + 1)])), {
    requiredKeys,
    noNullPrototype: true,
  });
}
