/**
 * Whole paths and prefixes of them as a tree whose edges are texts: one walk along a path meets everything that it begins with, and costs what
 * the path is long, however many entries there are.
 */

/** Route numbers, ascending. */
type Routes = number[];

interface Node {
  /** What the edge to this node says. */
  label: string;
  /** By the first character of their labels; undefined for none, which most nodes have. */
  children: Map<number, Node> | undefined;
  /** Routes for paths that end here. */
  exact: Routes | undefined;
  /** Routes for paths that go through here. */
  prefix: Routes | undefined;
  /** Routes for paths that end here, or go on with a slash. */
  separated: Routes | undefined;
}

/** What an entry asks of a path. */
export type PathEntryKind = 'exact' | 'prefix' | 'separated';

/** The answer where there is no route. */
export const NO_INDEX = Number.MAX_SAFE_INTEGER;

const SLASH = 0x2f;

/** A tree of paths; entries are added in the order of the routes. */
export class PathTree {
  readonly #root: Node = newNode('');
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(text: string, kind: PathEntryKind, route: number): void {
    this.#size += 1;
    const node = this.#nodeOf(text);
    const routes = node[kind];
    if (routes === undefined) node[kind] = [route];
    else routes.push(route);
  }

  /** The first route at or after `from` that the path fits, or NO_INDEX. */
  next(path: string, from: number): number {
    let best = NO_INDEX;
    let at = 0;
    let node: Node | undefined = this.#root;
    while (node !== undefined) {
      const isEnd = at === path.length;
      if (node.prefix !== undefined) best = Math.min(best, firstFrom(node.prefix, from));
      if (node.exact !== undefined && isEnd) best = Math.min(best, firstFrom(node.exact, from));
      if (node.separated !== undefined && (isEnd || path.charCodeAt(at) === SLASH)) {
        best = Math.min(best, firstFrom(node.separated, from));
      }
      if (isEnd) break;
      node = node.children?.get(path.charCodeAt(at));
      if (node === undefined || !path.startsWith(node.label, at)) break;
      at += node.label.length;
    }
    return best;
  }

  /** The node where a text ends; edges are split as needed. */
  #nodeOf(text: string): Node {
    let node = this.#root;
    let at = 0;
    while (at < text.length) {
      node.children ??= new Map();
      const first = text.charCodeAt(at);
      const child = node.children.get(first);
      if (child === undefined) {
        const leaf = newNode(text.slice(at));
        node.children.set(first, leaf);
        return leaf;
      }
      const shared = sharedLength(child.label, text, at);
      if (shared < child.label.length) node.children.set(first, split(child, shared));
      node = node.children.get(first)!;
      at += shared;
    }
    return node;
  }
}

function newNode(label: string): Node {
  return { label, children: undefined, exact: undefined, prefix: undefined, separated: undefined };
}

/** Puts a node amid an edge and returns it; the old one is its child. */
function split(node: Node, length: number): Node {
  const upper = newNode(node.label.slice(0, length));
  node.label = node.label.slice(length);
  upper.children = new Map([[node.label.charCodeAt(0), node]]);
  return upper;
}

function sharedLength(label: string, text: string, from: number): number {
  let length = 1;
  while (length < label.length && label.charCodeAt(length) === text.charCodeAt(from + length)) length += 1;
  return length;
}

function firstFrom(routes: Routes, from: number): number {
  const first = routes[0]!;
  if (first >= from) return first;
  const at = lowerBound(routes, from);
  return at === routes.length ? NO_INDEX : routes[at]!;
}

/** The place of the first number of an ascending list that is not below another. */
export function lowerBound(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
