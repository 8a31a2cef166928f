/** Labels of workloads inside of specs. */
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../validation/names.ts';

/** Checks keys and values of labels. */
export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  if (labels === undefined) return;
  for (const key of Object.keys(labels)) {
    for (const problem of qualifiedNameProblems(key)) report.invalid(path, key, problem);
    for (const problem of labelValueProblems(labels[key]!)) report.invalid(path.key(key), labels[key], problem);
  }
}
