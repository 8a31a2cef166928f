/** `oneOf`, `anyOf`, `allOf` and `not`: assertions that refine a node without giving it a shape. */
import { IssueReport } from './issue.ts';
import type { FieldPath } from './path.ts';
import type { Schema, SchemaAssertion } from './schema.ts';
import { jsonTypeOf } from './types.ts';
import { checkOf } from './validate.ts';

const asSchema = new WeakMap<SchemaAssertion, Schema>();

/** Checks the assertions of `schema` on a value whose own structure has been checked. */
export function checkAssertions(
  schema: Schema,
  value: unknown,
  path: FieldPath,
  report: IssueReport,
  old: unknown,
): void {
  const name = path.toString();
  const shown = jsonTypeOf(value) === 'object' ? '' : value;
  if (schema.allOf !== undefined) {
    for (const part of schema.allOf) checkOf(assertionSchema(part))(value, path, report, old);
  }
  if (schema.anyOf !== undefined && schema.anyOf.length > 0 && countMatches(schema.anyOf, value, path) === 0) {
    report.invalid(path, shown, `"${name}" must validate at least one schema (anyOf)`);
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const count = countMatches(schema.oneOf, value, path);
    if (count === 0)
      report.invalid(path, shown, `"${name}" must validate one and only one schema (oneOf). Found none valid`);
    if (count > 1) {
      report.invalid(
        path,
        shown,
        `"${name}" must validate one and only one schema (oneOf). Found ${count} valid alternatives`,
      );
    }
  }
  if (schema.not !== undefined && matches(schema.not, value, path)) {
    report.invalid(path, shown, `"${name}" must not validate the schema (not)`);
  }
}

function countMatches(parts: readonly SchemaAssertion[], value: unknown, path: FieldPath): number {
  let count = 0;
  for (const part of parts) if (matches(part, value, path)) count++;
  return count;
}

function matches(part: SchemaAssertion, value: unknown, path: FieldPath): boolean {
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
