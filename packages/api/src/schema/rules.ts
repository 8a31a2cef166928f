/** Runs the rules of a node over a structurally sound value. */
import { type FieldIssue, formatIssue, type IssueReport } from './issue.ts';
import type { FieldPath } from './path.ts';
import type { PathCursor } from './path-cursor.ts';
import type { SchemaRule } from './schema.ts';
import { isSameJson, jsonTypeOf } from './types.ts';

/**
 * Adds an issue for each rule that does not hold. On an update, a rule that an unchanged value never met only warns, so
 * that objects from before the rule can still be edited (Kubernetes calls it ratcheting).
 */
export function checkRules(
  rules: readonly SchemaRule<never>[],
  value: unknown,
  place: PathCursor,
  report: IssueReport,
  old: unknown,
): void {
  for (const rule of rules as readonly SchemaRule<unknown>[]) {
    if (rule.isTransition === true && old === undefined) continue;
    if (rule.check(value, old, report.work)) continue;
    const path = place.toPath();
    const at = rule.fieldPath === undefined ? path : extend(path, rule.fieldPath);
    const message = typeof rule.message === 'string' ? rule.message : rule.message(value, old, report.work);
    if (rule.isTransition !== true && old !== undefined && isSameJson(value, old)) {
      report.warn(formatIssue(issueOf(rule, at, value, message)));
    } else addIssue(report, issueOf(rule, at, value, message), at);
  }
}

/** The value is told by its type only, as Kubernetes does for rules. */
function issueOf(rule: SchemaRule<unknown>, at: FieldPath, value: unknown, detail: string): FieldIssue {
  return { kind: rule.reason ?? 'invalid', field: at.toString(), value: jsonTypeOf(value), detail };
}

function addIssue(report: IssueReport, issue: FieldIssue, at: FieldPath): void {
  if (issue.kind === 'forbidden') report.forbidden(at, issue.detail);
  else if (issue.kind === 'required') report.required(at, issue.detail);
  else if (issue.kind === 'duplicate') report.duplicate(at, issue.value, issue.detail);
  else report.invalid(at, issue.value, issue.detail);
}

const PATH_PART = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]|^([^.[\]]+)/g;

/** Extends `path` by a relative path such as `.spec.labels['a.b']`. */
function extend(path: FieldPath, relative: string): FieldPath {
  let at = path;
  for (const [, dotted, quoted, first] of relative.matchAll(PATH_PART)) {
    if (quoted !== undefined) at = at.key(quoted.replace(/\\(.)/g, '$1'));
    else at = at.member((dotted ?? first)!);
  }
  return at;
}
