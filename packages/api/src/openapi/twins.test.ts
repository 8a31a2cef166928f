/** Rules of built-in kinds are written twice, as a function and in words for the manifest: both must decide alike. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { celRootTypeOf, celTypeOf } from '../cel/index.ts';
import { schemaOf } from '../kind/index.ts';
import { allKinds } from '../kinds.ts';
import { resolve, type Schema, type SchemaRule, validateSchema, withDefaults } from '../schema/index.ts';
import { arbitraryOf } from '../test-support/arbitrary.ts';
import { twinOf, twinText } from '../test-support/rule-twins.ts';

interface Twin {
  readonly path: string;
  readonly node: Schema;
  readonly rule: SchemaRule;
  readonly text: string;
  readonly isRoot: boolean;
}

function twinsOf(root: Schema): Twin[] {
  const twins: Twin[] = [];
  const seen = new Set<Schema>();
  const visit = (given: Schema, path: string, isRoot: boolean): void => {
    const node = resolve(given);
    if (seen.has(node)) return;
    seen.add(node);
    for (const rule of (node.rules ?? []) as readonly SchemaRule[]) {
      const text = twinText(rule);
      if (text !== undefined) twins.push({ path, node, rule, text, isRoot });
    }
    for (const [name, member] of Object.entries(node.properties ?? {})) visit(member, `${path}.${name}`, false);
    if (node.items !== undefined) visit(node.items, `${path}[*]`, false);
    if (node.additional !== undefined) visit(node.additional, `${path}[*]`, false);
  };
  visit(root, '', true);
  return twins;
}

describe('twins', () => {
  // One rule may stand in many places: it is tried in the first.
  const tried = new Set<string>();
  for (const kind of allKinds) {
    const twins = twinsOf(schemaOf(kind, kind.storageVersion)).filter(({ text }) => {
      const isNew = !tried.has(text);
      tried.add(text);
      return isNew;
    });
    if (twins.length === 0) continue;
    it(`of ${kind.group} ${kind.kind} decide as the functions do`, () => {
      for (const { path, node, rule, text, isRoot } of twins) {
        const twin = twinOf(rule, isRoot ? celRootTypeOf(node) : celTypeOf(node))!;
        const structure: Schema = { ...node, rules: [] };
        const values = fc
          .sample(arbitraryOf(node), { numRuns: 150, seed: 7 })
          .map((value) => withDefaults(structure, value));
        const sound = values.filter((value) => validateSchema(structure, value).failureCount === 0);
        for (const [i, value] of sound.entries()) {
          const old = i % 2 === 0 ? undefined : sound[i - 1];
          if (twin.isTransition === true && old === undefined) continue;
          const shown = `${path}: ${text}\n${JSON.stringify(value)}`;
          assert.equal(twin.check(value, old), rule.check(value, old), shown);
        }
      }
    });
  }
});
