/** Keeps recursion bounded: what is nested deeper is refused before anything walks it. */
import type { IssueReport } from './issue.ts';
import type { FieldPath } from './path.ts';
import { jsonTypeOf } from './types.ts';

/** Lists and objects may be nested this deep. */
export const MAX_DEPTH = 200;

/** True when lists and objects are nested deeper than `levels`; a cyclic value is always too deep. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels <= 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(item, levels - 1)) return true;
    return false;
  }
  for (const name in value) if (isDeeperThan((value as Record<string, unknown>)[name], levels - 1)) return true;
  return false;
}

/** Reports a value that is nested too deep; true when it was fine. */
export function checkDepth(value: unknown, path: FieldPath, report: IssueReport): boolean {
  if (!isDeeperThan(value, MAX_DEPTH)) return true;
  report.invalid(path, jsonTypeOf(value), `must not be nested deeper than ${MAX_DEPTH} levels`);
  return false;
}
