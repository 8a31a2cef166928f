/** `oneOf`, `anyOf`, `allOf` and `not`: assertions that refine a node without giving it a shape. */
import type { CheckOf } from './check.ts';
import { IssueReport } from './issue.ts';
import type { PathCursor } from './path-cursor.ts';
import type { Schema, SchemaAssertion } from './schema.ts';
import { jsonTypeOf } from './types.ts';

const asSchema = new WeakMap<SchemaAssertion, Schema>();

/** What a check of assertions works with. */
export interface AssertionContext {
  readonly path: PathCursor;
  readonly report: IssueReport;
  readonly old: unknown;
  readonly checkOf: CheckOf;
}

/** Checks the assertions of `schema` on a value whose own structure has been checked. */
export function checkAssertions(schema: Schema, value: unknown, context: AssertionContext): void {
  const { path, report, old, checkOf } = context;
  for (const part of schema.allOf ?? []) checkOf(assertionSchema(part))(value, path, report, old);
  const { anyOf = [], oneOf = [], not } = schema;
  if (anyOf.length > 0 && countMatches(anyOf, value, context, 1) === 0) {
    refuse(value, context, 'must validate at least one schema (anyOf)');
  }
  if (oneOf.length > 0) {
    const count = countMatches(oneOf, value, context, oneOf.length);
    if (count === 0) refuse(value, context, 'must validate one and only one schema (oneOf). Found none valid');
    if (count > 1) {
      refuse(value, context, `must validate one and only one schema (oneOf). Found ${count} valid alternatives`);
    }
  }
  if (not !== undefined && matches(not, value, context)) refuse(value, context, 'must not validate the schema (not)');
}

function refuse(value: unknown, { path, report }: AssertionContext, message: string): void {
  report.invalid(path, jsonTypeOf(value) === 'object' ? '' : value, `"${path.toString()}" ${message}`);
}

function countMatches(
  parts: readonly SchemaAssertion[],
  value: unknown,
  context: AssertionContext,
  enough: number,
): number {
  let count = 0;
  for (const part of parts) if (matches(part, value, context) && ++count === enough) break;
  return count;
}

function matches(part: SchemaAssertion, value: unknown, { path, checkOf }: AssertionContext): boolean {
  const probe = new IssueReport();
  checkOf(assertionSchema(part))(value, path, probe, undefined);
  return probe.failureCount === 0;
}

function assertionSchema(part: SchemaAssertion): Schema {
  const known = asSchema.get(part);
  if (known !== undefined) return known;
  const schema: Schema = { ...part, type: part.type ?? 'any' };
  asSchema.set(part, schema);
  return schema;
}
