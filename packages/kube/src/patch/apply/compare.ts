/** Which paths differ between two states of an object. */
import { equalJson, type JsonMembers } from '../json.ts';
import { EMPTY, type FieldSet, isEmptySet, LEAF, recursiveDifference } from './field-set.ts';
import { elementOf, type FieldType, type ListType, type MapType, typeFor } from './field-type.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { addedFields, addedNode } from './to-field-set.ts';

/** The difference between two states; no path is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** The difference below one path, as nodes of the three sets; absent where that set has nothing here. */
interface NodeComparison {
  readonly added?: FieldSet | undefined;
  readonly modified?: FieldSet | undefined;
  readonly removed?: FieldSet | undefined;
}

const MODIFIED: NodeComparison = { modified: LEAF };

/** Compares two objects of one type. */
export function compareObjects(type: FieldType, before: JsonMembers, after: JsonMembers): Comparison {
  const result = compareValues(type, before, after);
  return {
    added: result?.added ?? EMPTY,
    modified: result?.modified ?? EMPTY,
    removed: result?.removed ?? EMPTY,
  };
}

/** The comparison without these paths and all below them. */
export function excludeFields(comparison: Comparison, ignored: FieldSet | undefined): Comparison {
  if (ignored === undefined) return comparison;
  return {
    added: recursiveDifference(comparison.added, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
  };
}

/** Undefined for equal values, so that comparing what did not change allocates nothing. */
function compareValues(type: FieldType, before: unknown, after: unknown): NodeComparison | undefined {
  if (before === after) return undefined;
  const left = typeFor(type, before);
  const right = typeFor(type, after);
  if (left.kind === 'map' && right.kind === 'map')
    return compareMaps(left, before as JsonMembers, after as JsonMembers);
  if (left.kind === 'list' && right.kind === 'list') return compareLists(left, before as unknown[], after as unknown[]);
  if (left.kind !== 'leaf' || right.kind !== 'leaf') return compareShapes(type, before, after);
  return equalJson(before, after) ? undefined : MODIFIED;
}

/** Null against a container counts as an empty one; any other change of shape modifies the path and all below. */
function compareShapes(type: FieldType, before: unknown, after: unknown): NodeComparison {
  const added = addedFields(type, after);
  const removed = addedFields(type, before);
  const hasFilled = before === null && !isEmptySet(added);
  const hasEmptied = after === null && !isEmptySet(removed);
  return {
    added: isEmptySet(added) ? undefined : added,
    removed: isEmptySet(removed) ? undefined : removed,
    modified: hasFilled || hasEmptied ? undefined : LEAF,
  };
}

function compareMaps(type: MapType, before: JsonMembers, after: JsonMembers): NodeComparison | undefined {
  const collected = new Collector();
  for (const name of Object.keys(before)) {
    const old = before[name];
    if (old === undefined) continue;
    const now = Object.hasOwn(after, name) ? after[name] : undefined;
    const member = type.member(name);
    if (now === undefined) collected.remove(fieldElement(name), addedNode(member, old));
    else collected.put(fieldElement(name), compareValues(member, old, now));
  }
  for (const name of Object.keys(after)) {
    const now = after[name];
    if (now === undefined || (Object.hasOwn(before, name) && before[name] !== undefined)) continue;
    collected.add(fieldElement(name), addedNode(type.member(name), now));
  }
  return collected.result;
}

function compareLists(
  type: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
): NodeComparison | undefined {
  const collected = new Collector();
  const old = itemsByElement(type, before);
  const now = itemsByElement(type, after);
  for (const [element, items] of old) compareItems(type, element, items, now.get(element) ?? [], collected);
  for (const [element, items] of now) {
    if (!old.has(element)) compareItems(type, element, [], items, collected);
  }
  return collected.result;
}

/** Items that stand more than once under one key are compared as a whole, because they cannot be told apart. */
function compareItems(
  type: ListType,
  element: PathElement,
  old: readonly unknown[],
  now: readonly unknown[],
  collected: Collector,
): void {
  if (old.length > 1 && now.length > 1) {
    if (!equalJson(old, now)) collected.put(element, MODIFIED);
  } else if (now.length > 1) {
    if (old.length === 1) collected.remove(element, addedNode(type.item, old[0]));
    collected.add(element, LEAF);
  } else if (old.length > 1) {
    if (now.length === 1) collected.add(element, addedNode(type.item, now[0]));
    collected.remove(element, LEAF);
  } else if (old.length === 0) collected.add(element, addedNode(type.item, now[0]));
  else if (now.length === 0) collected.remove(element, addedNode(type.item, old[0]));
  else collected.put(element, compareValues(type.item, old[0], now[0]));
}

function itemsByElement(type: ListType, list: readonly unknown[]): Map<PathElement, unknown[]> {
  const items = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = elementOf(type, item);
    if (element === undefined) continue;
    const known = items.get(element);
    if (known === undefined) items.set(element, [item]);
    else known.push(item);
  }
  return items;
}

/** Collects what is different among the members of an object or the items of a list. */
class Collector {
  #added: { [element: PathElement]: FieldSet } | undefined;
  #modified: { [element: PathElement]: FieldSet } | undefined;
  #removed: { [element: PathElement]: FieldSet } | undefined;

  add(element: PathElement, node: FieldSet): void {
    this.#added ??= {};
    this.#added[element] = node;
  }

  remove(element: PathElement, node: FieldSet): void {
    this.#removed ??= {};
    this.#removed[element] = node;
  }

  put(element: PathElement, comparison: NodeComparison | undefined): void {
    if (comparison?.added !== undefined) this.add(element, comparison.added);
    if (comparison?.removed !== undefined) this.remove(element, comparison.removed);
    if (comparison?.modified !== undefined) {
      this.#modified ??= {};
      this.#modified[element] = comparison.modified;
    }
  }

  get result(): NodeComparison | undefined {
    if (this.#added === undefined && this.#modified === undefined && this.#removed === undefined) return undefined;
    return { added: this.#added, modified: this.#modified, removed: this.#removed };
  }
}
