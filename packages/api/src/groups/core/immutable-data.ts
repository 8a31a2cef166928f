import type { ApiObject } from '../../kind/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';

const MESSAGE = 'field is immutable when `immutable` is set';

/** Once `immutable` is true, neither it nor the values change. */
export function checkImmutableData(
  fields: readonly string[],
  object: Readonly<Record<string, unknown>>,
  old: ApiObject | undefined,
  report: IssueReport,
): void {
  if (old?.['immutable'] !== true) return;
  if (object['immutable'] !== true) report.forbidden(FieldPath.root.child('immutable'), MESSAGE);
  for (const field of fields) {
    if (!deepEqual(object[field] ?? {}, old[field] ?? {})) report.forbidden(FieldPath.root.child(field), MESSAGE);
  }
}
