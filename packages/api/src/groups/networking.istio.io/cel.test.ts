import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { resolve, type Schema, type SchemaRule } from '../../schema/index.ts';
import { arbitraryValue, withoutRules } from '../../test-support/arbitrary-value.ts';
import { networkingIstioKinds } from './kinds.ts';

const environment = new Environment({ unlistedVariablesAreDyn: true });
const SAMPLES = [
  '1ms',
  '0s',
  '999us',
  '1.5s',
  '1h30m',
  'x',
  '*',
  'a*',
  'unix://a',
  'unix:///a',
  'unix://@a/',
  'HTTP',
  '',
];

interface RuleAt {
  readonly schema: Schema;
  readonly rule: SchemaRule;
  readonly cel: string;
}

test('rules decide as the expressions that manifests carry', () => {
  const rules = new Map<string, RuleAt>();
  for (const kind of networkingIstioKinds) collect(kind.fields['spec']!, kind.kind, rules);
  assert.ok(rules.size >= 20, String(rules.size));
  for (const [name, { schema, rule, cel }] of rules) {
    fc.assert(
      fc.property(arbitraryValue(withoutRules(schema), { samples: SAMPLES, maxItems: 3, maxDepth: 3 }), (value) => {
        assert.equal(rule.check(value, undefined), evaluate(cel, schema, value), `${name}: ${cel}`);
      }),
      { numRuns: 60 },
    );
  }
});

function collect(given: Schema, path: string, found: Map<string, RuleAt>): void {
  const schema = resolve(given);
  for (const rule of (schema.rules ?? []) as readonly SchemaRule[]) {
    if (rule.cel === undefined || [...found.values()].some((known) => known.rule === rule)) continue;
    found.set(`${path} ${found.size}`, { schema, rule, cel: rule.cel });
  }
  if (schema.items !== undefined) collect(schema.items, `${path}[]`, found);
  if (schema.additional !== undefined) collect(schema.additional, `${path}.*`, found);
  for (const [name, property] of Object.entries(schema.properties ?? {})) collect(property, `${path}.${name}`, found);
}

/** An expression that fails counts as a rule that does not hold, as in the API server. */
function evaluate(cel: string, schema: Schema, value: unknown): boolean {
  try {
    return environment.evaluate(cel, { self: toCel(schema, value) }) === true;
  } catch {
    return false;
  }
}

function toCel(given: Schema, value: unknown): unknown {
  const schema = resolve(given);
  if (schema.type === 'integer' && typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map((item) => toCel(schema.items!, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const next = schema.properties?.[name] ?? schema.additional;
      return [name, next === undefined ? member : toCel(next, member)];
    }),
  );
}
