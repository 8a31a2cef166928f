import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { schemaOf } from '../kind/index.ts';
import { compareTwins, type PlacedRule, placedRules, twinText } from '../test-support/rule-twins.ts';
import { gatewayApiKinds } from './gateway.networking.k8s.io/index.ts';
import { istioKinds } from './istio.ts';

/** Values that random ones practically never are, for rules with this expression. */
const EXTREMES: readonly (readonly [RegExp, readonly unknown[]])[] = [
  [/sum\(\) <= 128/, [[{ matches: Array(64).fill({}) }, {}, { matches: Array(65).fill({}) }]]],
  [/split\('\/'\)/, [{ [`${'a'.repeat(253)}/b`]: '' }]],
  [/self\.all\(h, /, [['Upper.example'], ['a.*'], ['*.Upper'], ['*.example.com', 'example.com']]],
  [/key\.size\(\) != 0/, [{ '': 'a' }]],
  [/"oneOf"/, [{}]],
  [/self\.all\(p, self\.exists_one/, [twice({ group: 'g', kind: 'K', name: 'n', sectionName: 's' })]],
  [/int\(key\)/, [{ '65536': {} }, { '0': {} }, { '65535': {} }]],
];

function twice(item: unknown): unknown[] {
  return [item, item];
}

/** The rules of all versions, each under the first place where it is found. */
function rulesOf(kinds: typeof gatewayApiKinds): Map<string, PlacedRule[]> {
  const byKind = new Map<string, PlacedRule[]>();
  const seen = new Set<unknown>();
  for (const kind of kinds) {
    for (const version of kind.versions) {
      for (const placed of placedRules(schemaOf(kind, version.name), kind.kind)) {
        if (seen.has(placed.rule)) continue;
        seen.add(placed.rule);
        byKind.set(kind.kind, [...(byKind.get(kind.kind) ?? []), placed]);
      }
    }
  }
  return byKind;
}

function extremesOf({ rule }: PlacedRule): readonly unknown[] {
  return EXTREMES.flatMap(([expression, values]) => (expression.test(twinText(rule) ?? '') ? values : []));
}

describe('a rule and its form in manifests agree, on values that satisfy it and on values that do not', () => {
  for (const [kind, rules] of rulesOf([...gatewayApiKinds, ...istioKinds])) {
    test(`${kind}: ${rules.length} rules`, () => {
      const oneSided: string[] = [];
      for (const placed of rules) {
        const { held, failed } = compareTwins(placed, 100, extremesOf(placed));
        if (held === 0 || failed === 0)
          oneSided.push(`${placed.place}: ${twinText(placed.rule)} held ${held}, failed ${failed}`);
      }
      assert.deepEqual(oneSided, []);
    });
  }
});
