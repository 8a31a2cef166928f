import { enumSchema } from '../load-schema.ts';
import type { Field } from '../schema.ts';
import { type Check, type CheckMaker, checksOf, firstOf, type RuleSet, sizeCheck } from './check.ts';
import { durationChecks, numberChecks } from './number-rules.ts';
import { bytesChecks, stringChecks } from './string-rules.ts';

/** What validate.rules demand of a field. */
export interface FieldRules {
  /** True if a message has to be there. */
  readonly isRequired: boolean;
  /** Of a list or a map as a whole. */
  readonly whole: Check | undefined;
  /** Of the keys of a map. */
  readonly keys: Check | undefined;
  /** Of the value, each element, or each value of a map. */
  readonly values: Check | undefined;
}

/** Compiled rules by field; written by `rulesOf` only. */
const compiled = new WeakMap<Field, FieldRules>();

/** The rules of a field, or undefined if it has none. */
export function rulesOf(field: Field): FieldRules | undefined {
  if (field.rules === undefined) return undefined;
  let rules = compiled.get(field);
  if (rules === undefined) {
    rules = compile(field, field.rules as RuleSet);
    compiled.set(field, rules);
  }
  return rules;
}

function compile(field: Field, rules: RuleSet): FieldRules {
  const whole: Check[] = [];
  const keys: Check[] = [];
  const values: Check[] = [];
  let isRequired = false;
  for (const [kind, content] of Object.entries(rules)) {
    const set = content as RuleSet;
    if (kind === 'repeated') {
      const { items, ...others } = set;
      whole.push(...checksOf(kind, others, LIST_RULES));
      values.push(...valueChecks(field, items));
    } else if (kind === 'map') {
      const { keys: ofKeys, values: ofValues, ...others } = set;
      whole.push(...checksOf(kind, others, MAP_RULES));
      keys.push(...valueChecks(field, ofKeys));
      values.push(...valueChecks(field, ofValues));
    } else {
      isRequired ||= set['required'] === true;
      values.push(...kindChecks(field, kind, set));
    }
  }
  return { isRequired, whole: combined(whole), keys: combined(keys), values: combined(values) };
}

function combined(checks: readonly Check[]): Check | undefined {
  return checks.length === 0 ? undefined : firstOf(checks);
}

/** The checks of elements, keys or values, whose rules are a FieldRules again. */
function valueChecks(field: Field, rules: unknown): Check[] {
  return Object.entries((rules ?? {}) as RuleSet).flatMap(([kind, set]) => kindChecks(field, kind, set as RuleSet));
}

function kindChecks(field: Field, kind: string, rules: RuleSet): Check[] {
  switch (kind) {
    case 'string':
      return stringChecks(rules);
    case 'bytes':
      return bytesChecks(rules);
    case 'enum':
      return checksOf(kind, rules, enumRules(field));
    case 'bool':
      return checksOf(kind, rules, BOOL_RULES);
    case 'duration':
      return durationChecks(rules);
    case 'message':
    case 'any':
      return checksOf(kind, rules, { required: () => undefined });
    default:
      return numberChecks(kind, rules);
  }
}

const BOOL_RULES: { readonly [rule: string]: CheckMaker } = {
  const: (wanted) => (value) => (value === wanted ? undefined : `value must equal ${String(wanted)}`),
};

function enumRules(field: Field): { readonly [rule: string]: CheckMaker } {
  return {
    defined_only: () => {
      const defined = new Set(enumSchema(field.typeName).values.map(({ number }) => number));
      return (value) => (defined.has(value as number) ? undefined : 'value must be one of the defined enum values');
    },
    not_in: (list) => {
      const refused = list as readonly unknown[];
      return (value) => (refused.includes(value) ? `value must not be in list [${refused.join(', ')}]` : undefined);
    },
  };
}

const LIST_RULES: { readonly [rule: string]: CheckMaker } = {
  min_items: (min, rules) =>
    sizeCheck((list) => (list as unknown[]).length, min, rules['max_items'], sizeWords('item')),
  max_items: (max, rules) =>
    rules['min_items'] === undefined
      ? sizeCheck((list) => (list as unknown[]).length, undefined, max, sizeWords('item'))
      : undefined,
  unique: () => (list) => {
    const values = list as unknown[];
    return new Set(values).size < values.length ? 'repeated value must contain unique items' : undefined;
  },
};

const MAP_RULES: { readonly [rule: string]: CheckMaker } = {
  min_pairs: (min) => sizeCheck((map) => Object.keys(map as object).length, min, undefined, sizeWords('pair')),
};

function sizeWords(unit: string) {
  return {
    least: (n: string) => `value must contain at least ${n} ${unit}(s)`,
    most: (n: string) => `value must contain no more than ${n} ${unit}(s)`,
    both: (a: string, b: string) =>
      a === b
        ? `value must contain exactly ${a} ${unit}(s)`
        : `value must contain between ${a} and ${b} ${unit}s, inclusive`,
  };
}
