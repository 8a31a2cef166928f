/**
 * A set of field paths, in the very form in which FieldsV1 writes it: each member name is a path element, an empty object
 * is a path that is in the set, and `.` beside other elements says that the path so far is in the set as well. So reading
 * and writing managed fields is nearly free. Sets are immutable and share their parts.
 */
import { equalJson } from '../json.ts';
import { comparePathElements, type PathElement } from './path-element.ts';

/** A node of a set; at the root, all of the set. */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

/** The path so far is in the set, and nothing below it. */
export const LEAF: FieldSet = Object.freeze({});

/** The set without paths. */
export const EMPTY: FieldSet = LEAF;

/** Marks that a path with others below it is itself in the set. */
export const SELF = '.';

type Draft = { [element: PathElement]: FieldSet };

/** A set of exactly these paths. */
export function fieldSetOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  let set: FieldSet = EMPTY;
  for (const path of paths) {
    if (path.length > 0)
      set = union(
        set,
        path.reduceRight<FieldSet>((node, element) => ({ [element]: node }), LEAF),
      );
  }
  return set;
}

/** Tells whether no path is in the set. Only for roots: below, an empty node is a path that is in the set. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Tells whether the path that leads to a node is in the set. */
export function isMember(node: FieldSet): boolean {
  return Object.hasOwn(node, SELF) || isEmptySet(node);
}

/** The node under an element, if there is one. */
export function childOf(node: FieldSet, element: PathElement): FieldSet | undefined {
  return Object.hasOwn(node, element) ? node[element] : undefined;
}

/** Tells whether a path is in the set. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = childOf(node, element);
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** The paths below an element, without it; empty when there are none. */
export function withPrefix(set: FieldSet, element: PathElement): FieldSet {
  const node = childOf(set, element);
  if (node === undefined || !Object.hasOwn(node, SELF)) return node ?? EMPTY;
  const { [SELF]: _, ...rest } = node;
  return rest;
}

/** Paths in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const result: Draft = { ...a };
  for (const element of Object.keys(b)) {
    const left = childOf(a, element);
    result[element] = left === undefined ? b[element]! : unionNodes(left, b[element]!);
  }
  return result;
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const result: Draft = { ...union(a, b) };
  if (!isEmptySet(result) && (isMember(a) || isMember(b))) result[SELF] = LEAF;
  return result;
}

/** Paths in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Draft = {};
  for (const element of Object.keys(a)) {
    const right = childOf(b, element);
    if (element === SELF || right === undefined) continue;
    const left = a[element]!;
    addNode(result, element, intersection(left, right), isMember(left) && isMember(right));
  }
  return result;
}

/** Paths of `a` that are not in `b`. A path below one of `b`'s stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  const result: Draft = {};
  for (const element of Object.keys(a)) {
    if (element === SELF) continue;
    const left = a[element]!;
    const right = childOf(b, element);
    if (right === undefined) result[element] = left;
    else addNode(result, element, withoutSelf(difference(left, right)), isMember(left) && !isMember(right));
  }
  return result;
}

/** Paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  const result: Draft = {};
  for (const element of Object.keys(a)) {
    if (element === SELF) continue;
    const left = a[element]!;
    const right = childOf(b, element);
    if (right === undefined) result[element] = left;
    else if (!isMember(right)) {
      addNode(result, element, withoutSelf(recursiveDifference(left, right)), isMember(left));
    }
  }
  return result;
}

/** Paths with no other path of the set below them. */
export function leaves(set: FieldSet): FieldSet {
  const result: Draft = {};
  for (const element of Object.keys(set)) {
    if (element !== SELF) result[element] = leaves(set[element]!);
  }
  return result;
}

/** Calls `visit` with every path of the set; the array is the visitor's own. */
export function iterate(
  set: FieldSet,
  visit: (path: readonly PathElement[]) => void,
  prefix: readonly PathElement[] = [],
): void {
  for (const element of Object.keys(set).sort(comparePathElements)) {
    if (element === SELF) continue;
    const path = [...prefix, element];
    const node = set[element]!;
    if (isMember(node)) visit(path);
    iterate(node, visit, path);
  }
}

/** Tells whether two sets have the same paths. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return equalJson(a, b);
}

/** Puts a node under an element unless it holds no path at all. */
export function addNode(parent: Draft, element: PathElement, below: FieldSet, isSelf: boolean): void {
  if (isEmptySet(below)) {
    if (isSelf) parent[element] = LEAF;
  } else parent[element] = isSelf ? { [SELF]: LEAF, ...below } : below;
}

/** The difference of nodes is taken below them; whether they themselves stay is said separately. */
function withoutSelf(node: FieldSet): FieldSet {
  if (!Object.hasOwn(node, SELF)) return node;
  const { [SELF]: _, ...rest } = node;
  return rest;
}
