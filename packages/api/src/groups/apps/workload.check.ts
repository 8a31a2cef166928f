/** Small rules that workloads share. */
import type { ApiObject } from '../../kind/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';

/** The place of `spec`. */
export const specPath = FieldPath.root.child('spec');

/** Refuses numbers below zero. */
export function checkNonNegative<T>(
  path: FieldPath,
  spec: T,
  fields: readonly (keyof T & string)[],
  report: IssueReport,
): void {
  for (const field of fields) {
    const value = spec[field];
    if (typeof value === 'number' && value < 0) {
      report.invalid(path.child(field), value, 'must be greater than or equal to 0');
    }
  }
}

/** Refuses a change of fields that say which pods belong to the workload. */
export function checkUnchanged(
  path: FieldPath,
  spec: object,
  old: object | undefined,
  fields: readonly string[],
  report: IssueReport,
): void {
  if (old === undefined) return;
  for (const field of fields) {
    const value = (spec as Record<string, unknown>)[field];
    if (!deepEqual(value, (old as Record<string, unknown>)[field])) {
      report.invalid(path.child(field), value, 'field is immutable');
    }
  }
}

/** The spec of the object before an update. */
export function oldSpecOf<T>(old: ApiObject | undefined): T | undefined {
  return old?.['spec'] as T | undefined;
}
