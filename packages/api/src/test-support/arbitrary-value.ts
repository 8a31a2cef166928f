/** Random values that fit a schema, and random damage to them, for property tests over kinds. */
import fc from 'fast-check';
import { isPlainObject, resolve, type Schema, validateSchema } from '../schema/index.ts';

/** How values are made. */
export interface ArbitraryOptions {
  /** Strings to try first wherever they fit; few of them make lists with equal entries likely. */
  readonly samples?: readonly string[];
  /** Levels below which only required members are made. */
  readonly maxDepth?: number;
  /** Longest list. */
  readonly maxItems?: number;
}

const DEFAULT_SAMPLES: readonly string[] = ['a', 'b', '', 'x-y', 'Service', 'example.com', '*.example.com', '10.0.0.1'];
const MOMENT = '2026-01-02T03:04:05Z';

/** Values that satisfy the structure of `schema`; its rules may or may not hold. */
export function arbitraryValue(schema: Schema, options: ArbitraryOptions = {}): fc.Arbitrary<unknown> {
  return build(schema, { samples: DEFAULT_SAMPLES, maxDepth: 12, maxItems: 3, ...options }, 0);
}

/** The schema without its rules, so that structure can be judged alone. */
export function withoutRules(given: Schema): Schema {
  const { rules: _rules, ...schema } = resolve(given);
  return {
    ...schema,
    ...(schema.items === undefined ? {} : { items: withoutRules(schema.items) }),
    ...(schema.additional === undefined ? {} : { additional: withoutRules(schema.additional) }),
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(schema.properties).map(([k, v]) => [k, withoutRules(v)])),
        }),
  };
}

/** A copy of `value` with one place replaced by something that is probably wrong there. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
  const replacement = fc.constantFrom<unknown>('', 'UPPER case/…', -1, 0, 70000, 1.5, true, [], {}, ['x'], { x: 'y' });
  return fc.tuple(fc.nat(), replacement).map(([seed, wrong]) => {
    const copy = structuredClone(value);
    const places = placesOf(copy);
    if (places.length === 0) return copy;
    const [container, key] = places[seed % places.length]!;
    (container as Record<string | number, unknown>)[key] = structuredClone(wrong);
    return copy;
  });
}

function build(given: Schema, options: Required<ArbitraryOptions>, depth: number): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return texts(schema, options);
    case 'integer':
      return integers(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'intOrString':
      return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(...options.samples));
    case 'any':
      return fc.constantFrom<unknown>('x', 1, { x: 'y' });
    case 'array':
      return lists(schema, options, depth);
    case 'object':
      return schema.properties === undefined ? maps(schema, options, depth) : objects(schema, options, depth);
  }
}

/** Made strings by what limits them: kinds repeat the same few patterns, and taking a pattern apart is slow. */
const textCache = new Map<string, fc.Arbitrary<string>>();

function texts(schema: Schema, options: Required<ArbitraryOptions>): fc.Arbitrary<string> {
  const { pattern, minLength, maxLength, format } = schema;
  const key = JSON.stringify([pattern, minLength, maxLength, format, options.samples]);
  const known = textCache.get(key) ?? makeTexts(schema, options);
  textCache.set(key, known);
  return known;
}

function makeTexts(schema: Schema, options: Required<ArbitraryOptions>): fc.Arbitrary<string> {
  const structure = withoutRules(schema);
  const fits = (text: string) => validateSchema(structure, text).issues.length === 0;
  const known = [...options.samples, MOMENT].filter(fits);
  // Random text practically never has a format such as date-time.
  if (schema.format !== undefined && known.length > 0) return fc.constantFrom(...known);
  const made =
    schema.pattern === undefined
      ? fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 12, 12) })
      : fc.stringMatching(new RegExp(schema.pattern), { size: 'small' });
  const free = made.filter(fits);
  return known.length === 0 ? free : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, free);
}

function integers(schema: Schema): fc.Arbitrary<number> {
  const min = schema.minimum ?? 0;
  const max = schema.maximum ?? 1000;
  const few = [min, min + 1, 80, max].filter((n) => n >= min && n <= max);
  return fc.oneof(fc.constantFrom(...few), fc.integer({ min, max }));
}

function lists(schema: Schema, options: Required<ArbitraryOptions>, depth: number): fc.Arbitrary<unknown> {
  const minLength = schema.minItems ?? 0;
  const maxLength = Math.max(minLength, Math.min(schema.maxItems ?? options.maxItems, options.maxItems));
  const items = build(schema.items ?? { type: 'any' }, options, depth + 1);
  const identity = (item: unknown): unknown => {
    if (schema.listType === 'map' && schema.mapKeys !== undefined && isPlainObject(item)) {
      return JSON.stringify(schema.mapKeys.map((key) => item[key]));
    }
    return JSON.stringify(item);
  };
  if (schema.listType === 'set' || schema.listType === 'map') {
    return fc.uniqueArray(items, { minLength, maxLength, selector: identity });
  }
  return fc.array(items, { minLength, maxLength });
}

function maps(schema: Schema, options: Required<ArbitraryOptions>, depth: number): fc.Arbitrary<unknown> {
  const values = build(schema.additional ?? { type: 'any' }, options, depth + 1);
  const keys = fc.oneof(fc.constantFrom('a', 'example.com/b'), fc.stringMatching(/^[a-z0-9./*-]{1,8}$/));
  return fc.dictionary(keys, values, {
    minKeys: schema.minProperties ?? 0,
    maxKeys: Math.max(schema.minProperties ?? 0, Math.min(schema.maxProperties ?? 2, 2)),
  });
}

function objects(schema: Schema, options: Required<ArbitraryOptions>, depth: number): fc.Arbitrary<unknown> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const requiredKeys: string[] = [];
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isRequired = member.isRequired === true || schema.required?.includes(name) === true;
    if (!isRequired && depth > options.maxDepth) continue;
    members[name] = build(member, options, depth + 1);
    if (isRequired) requiredKeys.push(name);
  }
  return fc.record(members, { requiredKeys, noNullPrototype: true });
}

function placesOf(value: unknown): [object, string | number][] {
  const places: [object, string | number][] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const [i, item] of node.entries()) {
        places.push([node, i]);
        visit(item);
      }
    } else if (isPlainObject(node)) {
      for (const [key, member] of Object.entries(node)) {
        places.push([node, key]);
        visit(member);
      }
    }
  };
  visit(value);
  return places;
}
