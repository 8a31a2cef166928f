/** Makes patches from two states of an object. */
import { equalJson, isObject, type JsonMembers, setMember } from './json.ts';

/**
 * The smallest merge patch that turns `original` into `modified`; empty when they are equal. Members of `modified` that are
 * null cannot be expressed in a merge patch and are left out, as RFC 7386 has it.
 */
export function createMergePatch(original: JsonMembers, modified: JsonMembers): JsonMembers {
  const patch: JsonMembers = {};
  for (const name of Object.keys(original)) {
    if (!Object.hasOwn(modified, name) || modified[name] === undefined) setMember(patch, name, null);
  }
  for (const name of Object.keys(modified)) {
    const value = modified[name];
    if (value === undefined) continue;
    const before = Object.hasOwn(original, name) ? original[name] : undefined;
    if (equalJson(before, value)) continue;
    if (!isObject(before) || !isObject(value)) setMember(patch, name, value);
    else {
      const inner = createMergePatch(before, value);
      if (Object.keys(inner).length > 0) setMember(patch, name, inner);
    }
  }
  return patch;
}
