/** Rules are written twice, as a function and in words for the CRD manifest; this finds values on which the two differ. */
import type { CelType } from '@weft/cel';
import fc from 'fast-check';
import { celTypeOf, compileSchemaRule } from '../cel/index.ts';
import { resolve, type Schema, type SchemaRule, validateSchema, withDefaults } from '../schema/index.ts';
import { arbitraryValue, withoutRules } from './arbitrary-value.ts';

/** A rule and the node of a schema that it belongs to. */
export interface PlacedRule {
  readonly rule: SchemaRule;
  readonly schema: Schema;
  /** First place at which the rule was found. */
  readonly place: string;
}

/** Strings that rules about names, paths and addresses tell apart. */
const SAMPLES: readonly string[] = [
  '',
  'a',
  'b',
  'A',
  '/a',
  '/a//b',
  '/a/./b',
  '/a/../b',
  '/a/..',
  '/a/.',
  '/%2f',
  '/%2F',
  '/a#b',
  '/a b',
  '10.0.0.1',
  '::1',
  'example.com',
  '*.example.com',
  '*.10.0.0.1',
  'a.*',
  '*',
  '1s',
  '10ms',
  '0s',
  '1.5ms',
  'http://a.example',
  'ftp://a.example',
  'tcp',
  'Udp',
];

/** The form of a rule that the manifest carries, as a function; undefined when it carries none. */
export function twinOf(rule: SchemaRule, self: CelType): Pick<SchemaRule, 'check' | 'isTransition'> | undefined {
  const { cel, assertion } = rule;
  if (cel !== undefined) return compileSchemaRule({ rule: cel }, self);
  if (assertion === undefined) return undefined;
  return { check: (value) => validateSchema({ ...assertion, type: 'any' }, value).failureCount === 0 };
}

/** The form of a rule that the manifest carries, as a text; undefined when it carries none. */
export function twinText({ cel, assertion }: SchemaRule): string | undefined {
  return cel ?? (assertion === undefined ? undefined : JSON.stringify(assertion));
}

/** All rules that manifests carry in a schema, each once. */
export function placedRules(root: Schema, place: string): PlacedRule[] {
  const found: PlacedRule[] = [];
  const seen = new Set<Schema>();
  const visit = (given: Schema, at: string): void => {
    const schema = resolve(given);
    if (seen.has(schema)) return;
    seen.add(schema);
    for (const rule of (schema.rules ?? []) as readonly SchemaRule[]) {
      if (twinText(rule) !== undefined) found.push({ rule, schema, place: at });
    }
    for (const [name, member] of Object.entries(schema.properties ?? {})) visit(member, `${at}.${name}`);
    if (schema.items !== undefined) visit(schema.items, `${at}[]`);
    if (schema.additional !== undefined) visit(schema.additional, `${at}.*`);
  };
  visit(root, place);
  return found;
}

/** How often a rule held and did not hold while its two forms agreed on every value. */
export interface Outcomes {
  readonly held: number;
  readonly failed: number;
}

/** Compares the two forms on `extremes` and on random values; throws on the first value on which they differ. */
export function compareTwins(
  { rule, schema, place }: PlacedRule,
  numRuns: number,
  extremes: readonly unknown[],
): Outcomes {
  const text = twinText(rule) ?? '';
  const twin = twinOf(rule, celTypeOf(schema))!;
  const outcomes = { held: 0, failed: 0 };
  const agree = ([value, old]: readonly [unknown, unknown]): void => {
    const ours = rule.check(value, old);
    outcomes[ours ? 'held' : 'failed']++;
    if (ours === twin.check(value, old)) return;
    throw new Error(`${place}: check says ${ours}, ${text} differs on ${JSON.stringify(value)}`);
  };
  for (const value of extremes) agree([value, undefined]);
  const words = new Set(text.match(/[A-Za-z_]\w*/g));
  const literals = [...text.matchAll(/'([^']*)'/g)].flatMap((match) => [
    match[1]!,
    ...(match[1]!.match(/[A-Za-z]+/g) ?? []),
  ]);
  const structure = focus(withoutRules(schema), words, new Set(literals));
  // With few texts entries of lists are often equal; with many, texts of all kinds are met.
  for (const samples of [
    [...literals, 'a'],
    [...literals, ...SAMPLES],
  ]) {
    const values = arbitraryValue(structure, { samples: [...new Set(samples)], maxItems: 4 }).map((value) =>
      withDefaults(structure, value),
    );
    const changes = fc.oneof(
      values.map((value) => [value, value] as const),
      fc.tuple(values, values),
    );
    const pairs = rule.isTransition === true ? changes : values.map((value) => [value, undefined] as const);
    // A fixed seed keeps the counts of outcomes the same from run to run.
    fc.assert(fc.property(pairs, agree), { numRuns, seed: 7 });
  }
  return outcomes;
}

/**
 * The schema without optional members and enumerated values that the expression does not name, which cannot matter and
 * would take time; and without list keys, so that lists may hold equal items.
 */
function focus(given: Schema, words: ReadonlySet<string>, literals: ReadonlySet<unknown>): Schema {
  const { listType: _listType, mapKeys: _mapKeys, ...schema } = given;
  const named = schema.enum?.filter((value) => literals.has(value)) ?? [];
  const other = schema.enum?.find((value) => !literals.has(value));
  return {
    ...schema,
    ...(named.length === 0 ? {} : { enum: other === undefined ? named : [...named, other] }),
    ...(schema.items === undefined ? {} : { items: focus(schema.items, words, literals) }),
    ...(schema.additional === undefined ? {} : { additional: focus(schema.additional, words, literals) }),
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(schema.properties)
              .filter(([name, member]) => member.isRequired === true || words.has(name) || words.has(`__${name}__`))
              .map(([name, member]) => [name, focus(member, words, literals)]),
          ),
        }),
  };
}
