/**
 * Strategic merge patch: a merge patch that knows which lists are joined by a key, and that carries directives
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`). Which lists those are is said by the
 * `patch` of schema nodes. Nothing given is ever changed.
 */
import { resolve, type Schema } from '@weft/api';
import { badRequest } from '../shared/api-errors.ts';
import { checkDepth, formatGo, isObject, type JsonMembers, memberOf, setMember } from './json.ts';
import { rejectPatch } from './reject.ts';
import {
  BAD_DELETE_LIST,
  BAD_ORDER_LIST,
  BAD_RETAIN_KEYS,
  DELETE_LIST_PREFIX,
  isDirective,
  ORDER_PREFIX,
  PATCH_DIRECTIVE,
  RETAIN_KEYS,
  withoutDirectives,
} from './strategic-directives.ts';
import { deleteScalars, mergeLists, orderMergedList } from './strategic-lists.ts';

/** Applies a strategic merge patch to an object of this schema; refuses with 400 or 422 what makes no sense. */
export function applyStrategicMerge(schema: Schema, document: JsonMembers, patch: unknown): JsonMembers {
  if (!isObject(patch)) throw badRequest('a strategic merge patch must be a JSON object');
  checkDepth(patch, 'the strategic merge patch');
  return mergeObjects(document, patch, schema);
}

/** Merges one object; list items come back here through `mergeLists`. */
function mergeObjects(original: JsonMembers, patch: JsonMembers, given: Schema | undefined): JsonMembers {
  if (Object.hasOwn(patch, PATCH_DIRECTIVE)) return replaceObject(patch);
  const schema = given === undefined ? undefined : resolve(given);
  const result = retainKeys(original, patch);
  const ordered = mergeOrderedLists(result, patch, schema);
  for (const name of Object.keys(patch)) {
    if (isDirective(name) || ordered.has(name)) continue;
    mergeMember(result, name, patch[name], schema);
  }
  // After all additions, so that what a patch both adds and deletes is gone.
  for (const name of Object.keys(patch)) {
    if (name.startsWith(DELETE_LIST_PREFIX)) deleteFromList(result, name, patch[name]);
  }
  return result;
}

function replaceObject(patch: JsonMembers): JsonMembers {
  const directive = patch[PATCH_DIRECTIVE];
  if (directive === 'delete') return {};
  if (directive !== 'replace')
    throw rejectPatch(`unknown patch type: ${formatGo(directive)} in map: ${formatGo(patch)}`);
  const { [PATCH_DIRECTIVE]: _, ...rest } = patch;
  return withoutDirectives(rest) as JsonMembers;
}

/** A private copy of the object, without the members that a `$retainKeys` in the patch does not name. */
function retainKeys(original: JsonMembers, patch: JsonMembers): JsonMembers {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return { ...original };
  const retained = patch[RETAIN_KEYS];
  if (!Array.isArray(retained)) throw badRequest(BAD_RETAIN_KEYS);
  const names = new Set<unknown>(retained);
  for (const name of Object.keys(patch)) {
    const isExempt = patch[name] === null || isDirective(name);
    if (!isExempt && !names.has(name)) throw badRequest(BAD_RETAIN_KEYS);
  }
  const kept: JsonMembers = {};
  for (const name of Object.keys(original)) if (names.has(name)) setMember(kept, name, original[name]);
  return kept;
}

/** Merges and sorts the lists for which the patch has a `$setElementOrder`; says which members that settled. */
function mergeOrderedLists(result: JsonMembers, patch: JsonMembers, schema: Schema | undefined): Set<string> {
  const settled = new Set<string>();
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(ORDER_PREFIX)) continue;
    const name = directive.slice(ORDER_PREFIX.length);
    const order = patch[directive];
    const current = memberOf(result, name);
    const change = memberOf(patch, name);
    if (!Array.isArray(order)) throw badRequest(BAD_ORDER_LIST);
    // A member that is removed or is no list on either side is settled without regard to order.
    if (change !== undefined && !Array.isArray(change)) continue;
    if (current !== undefined && !Array.isArray(current)) continue;
    if (current === undefined && change === undefined) continue;
    settled.add(name);
    const member = memberSchema(schema, name);
    const list = orderMergedList({ original: current, patch: change, order, listSchema: member, mergeObjects });
    setMember(result, name, list);
  }
  return settled;
}

function mergeMember(result: JsonMembers, name: string, patch: unknown, schema: Schema | undefined): void {
  if (patch === null || patch === undefined) {
    delete result[name];
    return;
  }
  const current = memberOf(result, name);
  const member = memberSchema(schema, name);
  if (isObject(current) && isObject(patch)) setMember(result, name, mergeObjects(current, patch, member));
  else if (Array.isArray(current) && Array.isArray(patch)) {
    setMember(result, name, mergeLists({ original: current, patch, listSchema: member, mergeObjects }));
  } else if (isObject(patch) && Object.hasOwn(patch, PATCH_DIRECTIVE)) {
    // A directive for something that is not there leaves nothing behind.
    delete result[name];
  } else setMember(result, name, withoutDirectives(patch));
}

function deleteFromList(result: JsonMembers, directive: string, toDelete: unknown): void {
  const current = memberOf(result, directive.slice(DELETE_LIST_PREFIX.length));
  if (!Array.isArray(toDelete)) throw badRequest(BAD_DELETE_LIST);
  if (Array.isArray(current)) {
    setMember(result, directive.slice(DELETE_LIST_PREFIX.length), deleteScalars(current, toDelete));
  }
}

/** Members that the schema does not describe merge as their own shape says: objects by member, lists as a whole. */
function memberSchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties } = schema;
  const member = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : schema.additional;
  return member === undefined ? undefined : resolve(member);
}
