/** Defaults in a CRD's schema must themselves be what the schema allows. */
import { type FieldPath, type IssueReport, prune, validateSchema, withDefaults } from '../schema/index.ts';
import { fromOpenApi } from './from-openapi.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';

/** Checks all defaults of a schema whose structure and rules are sound. */
export function checkDefaults(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  if (report.isFull) return;
  if (schema.default !== undefined) checkDefault(schema, path.child('default'), report);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    checkDefaults(member, path.child('properties').key(name), report);
  }
  if (schema.items !== undefined) checkDefaults(schema.items, path.child('items'), report);
  const additional = additionalSchema(schema);
  if (additional !== undefined) checkDefaults(additional, path.child('additionalProperties'), report);
}

function checkDefault(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  const node = fromOpenApi(schema);
  const pruned = prune(node, schema.default);
  if (pruned.unknown.length > 0) {
    report.invalid(
      path,
      schema.default,
      `must not have fields that the schema does not specify: ${pruned.unknown.join(', ')}`,
    );
    return;
  }
  validateSchema(node, withDefaults(node, pruned.value), report, path);
}
