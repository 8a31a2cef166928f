/** How a strategic merge patch joins lists, and in which order the items stand afterwards. */
import { resolve, type Schema } from '@weft/api';
import { badRequest } from '../shared/api-errors.ts';
import { formatGo, isObject, type JsonMembers, memberOf } from './json.ts';
import { rejectPatch } from './reject.ts';
import {
  BAD_DELETE_LIST,
  BAD_ORDER_LIST,
  hasPatchDirective,
  PATCH_DIRECTIVE,
  withoutDirectives,
} from './strategic-directives.ts';

/** A list, a patch for it, and how its items merge. */
export interface ListMerge {
  readonly original: readonly unknown[];
  readonly patch: readonly unknown[];
  /** Node of the list; absent for fields without schema. */
  readonly listSchema: Schema | undefined;
  readonly mergeObjects: (original: JsonMembers, patch: JsonMembers, schema: Schema | undefined) => JsonMembers;
}

/** A list whose order the patch sets; one of the two lists may be absent. */
export interface OrderedListMerge extends Omit<ListMerge, 'original' | 'patch'> {
  readonly original: readonly unknown[] | undefined;
  readonly patch: readonly unknown[] | undefined;
  readonly order: readonly unknown[];
}

/** What an item is recognised by: the value of its merge key, or the scalar itself. */
type Identity = (item: unknown) => unknown;

/** Joins two lists if the schema says so; otherwise the patch replaces the list. */
export function mergeLists(merge: ListMerge): unknown[] {
  const strategy = strategyOf(merge.listSchema);
  if (!strategy.isMerged) return withoutDirectives(merge.patch) as unknown[];
  const { original, patch } = merge;
  if (original.length === 0 && patch.length === 0) return [];
  if (!areObjects(original, patch)) {
    return interleave([...new Set([...original, ...patch])], patch, original, (item) => item);
  }
  const { mergeKey } = strategy;
  if (mergeKey === undefined) throw rejectPatch('cannot merge lists without merge key');
  const identity = identityBy(mergeKey);
  const prepared = applyItemDirectives(original, patch, mergeKey);
  const merged = mergeItems(prepared.original, prepared.patch, { ...merge, identity });
  return interleave(merged, prepared.patch, prepared.original, identity);
}

/** Joins two lists and sorts the result: named items in the named order, others where they stood among them. */
export function orderMergedList(merge: OrderedListMerge): unknown[] {
  const { original, patch, order } = merge;
  const { mergeKey, isMerged } = strategyOf(merge.listSchema);
  const hasObjects = order.some(isObject) || areObjects(original ?? [], patch ?? []);
  if (hasObjects && mergeKey === undefined) throw badRequest(BAD_ORDER_LIST);
  const identity: Identity = hasObjects && mergeKey !== undefined ? identityBy(mergeKey) : (item) => item;
  if (isMerged && patch !== undefined) checkAgainstOrder(patch, order, identity);
  let merged: readonly unknown[];
  if (patch === undefined) merged = original ?? [];
  else if (original === undefined) merged = withoutDirectives(patch) as unknown[];
  else merged = mergeLists({ ...merge, original, patch });
  return interleave(merged, order, serverOrderOf(original ?? [], patch ?? [], identity), identity);
}

/** The order of the stored list, in which new items take the places that deleted ones leave at the end. */
function serverOrderOf(
  original: readonly unknown[],
  patch: readonly unknown[],
  identity: Identity,
): readonly unknown[] {
  const deleted = new Set(patch.filter((item) => isDeletion(item)).map(identity));
  if (deleted.size === 0) return original;
  const remaining = original.filter((item) => !deleted.has(identity(item)));
  const known = new Set(remaining.map(identity));
  const added = patch.filter((item) => !hasPatchDirective(item) && !known.has(identity(item)));
  return [...remaining, ...added].slice(0, original.length);
}

function isDeletion(item: unknown): boolean {
  return hasPatchDirective(item) && item[PATCH_DIRECTIVE] === 'delete';
}

/** Takes scalars out of a list. */
export function deleteScalars(list: readonly unknown[], toDelete: readonly unknown[]): unknown[] {
  if (toDelete.some((item) => typeof item === 'object' && item !== null)) throw badRequest(BAD_DELETE_LIST);
  const doomed = new Set(toDelete);
  return list.filter((item) => !doomed.has(item));
}

function strategyOf(schema: Schema | undefined): { readonly isMerged: boolean; readonly mergeKey: string | undefined } {
  const patch = schema === undefined ? undefined : resolve(schema).patch;
  const isMerged = patch?.strategy === 'merge' || patch?.strategy === 'merge,retainKeys';
  return { isMerged, mergeKey: isMerged ? patch.mergeKey : undefined };
}

/** Whether the items are objects; mixed lists and lists of lists cannot be joined. */
function areObjects(...lists: readonly (readonly unknown[])[]): boolean {
  let first: string | undefined;
  for (const item of lists.flat()) {
    if (Array.isArray(item)) throw rejectPatch('lists of lists are not supported');
    const kind = item === null ? 'null' : typeof item;
    first ??= kind;
    if (first !== kind) throw rejectPatch(`list element types are not identical: ${formatGo(lists)}`);
  }
  return first === 'object';
}

function identityBy(mergeKey: string): Identity {
  return (item) => {
    if (!isObject(item)) throw rejectPatch(`expected a map[string]interface {}, but received ${formatGo(item)}`);
    const value = memberOf(item, mergeKey);
    if (value === undefined)
      throw rejectPatch(`map: ${formatGo(item)} does not contain declared merge key: ${mergeKey}`);
    if (typeof value === 'object' && value !== null) {
      throw rejectPatch(`map: ${formatGo(item)} has no scalar at declared merge key: ${mergeKey}`);
    }
    return value;
  };
}

/** Carries out `$patch` of items: deletions by key, or the replacement of the whole list. */
function applyItemDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { readonly original: readonly unknown[]; readonly patch: readonly unknown[] } {
  const identity = identityBy(mergeKey);
  const deleted = new Set<unknown>();
  let isReplaced = false;
  for (const item of patch) {
    if (!hasPatchDirective(item)) continue;
    const directive = item[PATCH_DIRECTIVE];
    if (directive === 'delete') deleted.add(identity(item));
    else if (directive === 'replace') isReplaced = true;
    else if (directive === 'merge') throw rejectPatch('merging lists cannot yet be specified in the patch');
    else throw rejectPatch(`unknown patch type: ${formatGo(directive)} in map: ${formatGo(item)}`);
  }
  const items = patch.filter((item) => !hasPatchDirective(item));
  if (isReplaced) return { original: items.map(withoutDirectives), patch: [] };
  if (deleted.size === 0) return { original, patch: items };
  return { original: original.filter((item) => !deleted.has(identityOf(item, mergeKey))), patch: items };
}

/** As `identityBy`, but a stored item without key is merely never matched. */
function identityOf(item: unknown, mergeKey: string): unknown {
  return isObject(item) ? memberOf(item, mergeKey) : undefined;
}

function mergeItems(
  original: readonly unknown[],
  patch: readonly unknown[],
  merge: ListMerge & { readonly identity: Identity },
): unknown[] {
  const { identity, mergeObjects } = merge;
  const merged = original.slice();
  const indexes = firstIndexes(original, identity);
  const itemSchema = merge.listSchema === undefined ? undefined : resolve(merge.listSchema).items;
  for (const item of patch) {
    const id = identity(item);
    const at = indexes.get(id);
    if (at === undefined) {
      indexes.set(id, merged.length);
      merged.push(withoutDirectives(item));
    } else merged[at] = mergeObjects(merged[at] as JsonMembers, item as JsonMembers, itemSchema);
  }
  return merged;
}

/** The items that the order names must appear in the patch in that order, and all of the patch must be named. */
function checkAgainstOrder(patch: readonly unknown[], order: readonly unknown[], identity: Identity): void {
  if (order.length === 0 || patch.length === 0) return;
  const items = patch.filter((item) => !hasPatchDirective(item));
  let next = 0;
  for (const named of order) {
    if (next < items.length && identity(items[next]) === identity(named)) next++;
  }
  if (next < items.length) {
    throw rejectPatch(
      `The order in patch list:\n${formatGo(patch)}\n doesn't match $setElementOrder list:\n${formatGo(order)}\n`,
    );
  }
}

/**
 * Named items in the order of `order`, all others in the order of `serverOrder`, and both runs merged: an other item comes
 * before a named one only if it stood before it on the server.
 */
function interleave(
  merged: readonly unknown[],
  order: readonly unknown[],
  serverOrder: readonly unknown[],
  identity: Identity,
): unknown[] {
  const orderIndex = firstIndexes(order, identity);
  const serverIndex = firstIndexes(serverOrder, identity);
  const byIndex = (indexes: Map<unknown, number>) => (a: unknown, b: unknown) =>
    (indexes.get(identity(a)) ?? 0) - (indexes.get(identity(b)) ?? 0);
  const named = merged.filter((item) => orderIndex.has(identity(item))).sort(byIndex(orderIndex));
  const others = merged.filter((item) => !orderIndex.has(identity(item))).sort(byIndex(serverIndex));
  const result: unknown[] = [];
  let i = 0;
  for (const item of named) {
    const place = serverIndex.get(identity(item));
    while (place !== undefined && i < others.length) {
      const other = serverIndex.get(identity(others[i]));
      if (other === undefined || other >= place) break;
      result.push(others[i++]);
    }
    result.push(item);
  }
  return result.concat(others.slice(i));
}

function firstIndexes(list: readonly unknown[], identity: Identity): Map<unknown, number> {
  const indexes = new Map<unknown, number>();
  for (const [i, item] of list.entries()) {
    const id = identity(item);
    if (!indexes.has(id)) indexes.set(id, i);
  }
  return indexes;
}
