import type { FieldPath, IssueReport } from '../../../schema/index.ts';

/** Refuses a path that would lead out of a volume. */
export function checkPathInVolume(path: FieldPath, text: string, report: IssueReport): void {
  if (text.startsWith('/')) report.invalid(path, text, 'must be a relative path');
  checkNoParent(path, text, report);
}

/** Refuses a path with `..` in it. */
export function checkNoParent(path: FieldPath, text: string, report: IssueReport): void {
  if (text.split('/').includes('..')) report.invalid(path, text, "must not contain '..'");
}
