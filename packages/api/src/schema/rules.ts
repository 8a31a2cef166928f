/** Runs the rules of a node over a structurally sound value. */
import type { IssueReport } from './issue.ts';
import type { FieldPath } from './path.ts';
import type { SchemaRule } from './schema.ts';

/** Adds an issue for each rule that does not hold. */
export function checkRules(
  rules: readonly SchemaRule<never>[],
  value: unknown,
  path: FieldPath,
  report: IssueReport,
  old: unknown,
): void {
  for (const rule of rules as readonly SchemaRule<unknown>[]) {
    if (rule.isTransition === true && old === undefined) continue;
    if (rule.check(value, old)) continue;
    const at = rule.fieldPath === undefined ? path : extend(path, rule.fieldPath);
    const message = typeof rule.message === 'string' ? rule.message : rule.message(value, old);
    addIssue(report, rule.reason ?? 'invalid', at, value, message);
  }
}

function addIssue(report: IssueReport, reason: string, path: FieldPath, value: unknown, message: string): void {
  if (reason === 'forbidden') report.forbidden(path, message);
  else if (reason === 'required') report.required(path, message);
  else if (reason === 'duplicate') report.duplicate(path, message);
  else report.invalid(path, typeof value === 'object' && value !== null ? kindOf(value) : value, message);
}

function kindOf(value: object): string {
  return Array.isArray(value) ? 'array' : 'object';
}

function extend(path: FieldPath, relative: string): FieldPath {
  let at = path;
  for (const part of relative.split('.')) if (part !== '') at = at.child(part);
  return at;
}
