/** The members of a strategic merge patch that are instructions and not data. */
import { isObject, type JsonMembers, setMember } from './json.ts';

/** `$patch: delete | replace`. */
export const PATCH_DIRECTIVE = '$patch';
/** Names of the members that stay. */
export const RETAIN_KEYS = '$retainKeys';
/** `$setElementOrder/containers`: the order of a joined list. */
export const ORDER_PREFIX = '$setElementOrder/';
/** `$deleteFromPrimitiveList/finalizers`: scalars to take out of a joined list. */
export const DELETE_LIST_PREFIX = '$deleteFromPrimitiveList/';

/** What the API server says of malformed directives. */
export const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys';
export const BAD_ORDER_LIST = 'invalid patch format of setElementOrder list';
export const BAD_DELETE_LIST = 'invalid patch format of primitive list';

/** Tells whether a member of a patch is an instruction. */
export function isDirective(name: string): boolean {
  return (
    name === PATCH_DIRECTIVE ||
    name === RETAIN_KEYS ||
    name.startsWith(ORDER_PREFIX) ||
    name.startsWith(DELETE_LIST_PREFIX)
  );
}

/**
 * A value of a patch as it is stored where nothing was before: without instructions, without what they apply to, and
 * without nulls.
 */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !hasPatchDirective(item)).map(withoutDirectives);
  if (!isObject(value)) return value;
  const clean: JsonMembers = {};
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === null || isDirective(name) || hasPatchDirective(member)) continue;
    setMember(clean, name, withoutDirectives(member));
  }
  return clean;
}

/** Tells whether an object carries `$patch`. */
export function hasPatchDirective(value: unknown): value is JsonMembers {
  return isObject(value) && Object.hasOwn(value, PATCH_DIRECTIVE);
}
