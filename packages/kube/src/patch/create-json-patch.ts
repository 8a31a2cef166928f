/** Makes a JSON Patch (RFC 6902) from two states of a document. */
import { equalJson, isObject, type JsonMembers } from './json.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { formatJsonPointer } from './json-pointer.ts';

/**
 * Operations that turn `before` into `after`; none when they are equal. Members that are undefined count as absent. In lists
 * what both ends have in common is left alone, and what is between is compared place by place.
 */
export function createJsonPatch(before: unknown, after: unknown): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  compare(before, after, [], operations);
  return operations;
}

function compare(before: unknown, after: unknown, path: readonly string[], operations: JsonPatchOperation[]): void {
  if (isObject(before) && isObject(after)) compareObjects(before, after, path, operations);
  else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, operations);
  else if (!equalJson(before, after)) operations.push({ op: 'replace', path: formatJsonPointer(path), value: after });
}

function compareObjects(
  before: JsonMembers,
  after: JsonMembers,
  path: readonly string[],
  operations: JsonPatchOperation[],
): void {
  const has = (object: JsonMembers, name: string): boolean => Object.hasOwn(object, name) && object[name] !== undefined;
  for (const name of Object.keys(before)) {
    if (has(before, name) && !has(after, name)) {
      operations.push({ op: 'remove', path: formatJsonPointer([...path, name]) });
    }
  }
  for (const name of Object.keys(after)) {
    if (!has(after, name)) continue;
    const at = [...path, name];
    if (has(before, name)) compare(before[name], after[name], at, operations);
    else operations.push({ op: 'add', path: formatJsonPointer(at), value: after[name] });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly string[],
  operations: JsonPatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && equalJson(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && equalJson(before.at(-1 - end), after.at(-1 - end))) end++;
  const shared = shorter - end;
  for (let i = start; i < shared; i++) compare(before[i], after[i], [...path, String(i)], operations);
  // From the back, so that no index changes before its turn.
  for (let i = before.length - end - 1; i >= shared; i--) {
    operations.push({ op: 'remove', path: formatJsonPointer([...path, String(i)]) });
  }
  for (let i = shared; i < after.length - end; i++) {
    operations.push({ op: 'add', path: formatJsonPointer([...path, String(i)]), value: after[i] });
  }
}
