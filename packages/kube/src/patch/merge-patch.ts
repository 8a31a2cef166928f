/** JSON Merge Patch (RFC 7386). */
import { badRequest } from '../shared/api-errors.ts';
import { checkDepth, isObject, type JsonMembers, memberOf, setMember } from './json.ts';

/** Applies a merge patch to an object: null removes, objects merge, everything else replaces. Never changes its arguments. */
export function applyMergePatch(document: JsonMembers, patch: unknown): JsonMembers {
  if (!isObject(patch)) throw badRequest('a merge patch must be a JSON object');
  checkDepth(patch, 'the merge patch');
  return mergeObjects(document, patch);
}

function mergeObjects(document: JsonMembers, patch: JsonMembers): JsonMembers {
  const names = Object.keys(patch);
  if (names.length === 0) return document;
  const merged = { ...document };
  for (const name of names) {
    const value = patch[name];
    if (value === null || value === undefined) delete merged[name];
    else setMember(merged, name, mergeValues(memberOf(document, name), value));
  }
  return merged;
}

function mergeValues(current: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  // A new object is merged into an empty one too: its nulls mean "absent" (RFC 7386 §2).
  return mergeObjects(isObject(current) ? current : {}, patch);
}
