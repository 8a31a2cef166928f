/**
 * Remembers what pure functions made of frozen objects. Snapshots keep what did not change as the same objects, so that their identity says
 * whether a result still holds; what a thousand proxies share is made once.
 */

/** What a result depends on: frozen objects by identity, everything else by value. */
export type MemoPart = object | string | number | boolean | undefined;

/** Results that were not asked for in so many rounds are forgotten. */
const ROUNDS_KEPT = 2;

/** Stands behind the last part of a list, so that one list is not the beginning of another. */
const END = Symbol('end');

type Key = MemoPart | typeof END;

interface Leaf {
  readonly parts: readonly MemoPart[];
  readonly value: unknown;
  lastRound: number;
}

/**
 * Lists of parts that are equal up to `depth`, by the part there. A list has a branch only as far as it shares its beginning with another: most
 * are told apart by their first part, and a look-up is one step and a comparison.
 */
interface Branch {
  readonly depth: number;
  readonly children: Map<Key, Leaf | Branch>;
}

/** See the file's head. */
export class Memo {
  readonly #roots = new Map<string, Branch>();
  #size = 0;
  #round = 0;

  /** How many results are remembered. */
  get size(): number {
    return this.#size;
  }

  /** The result of `make`, which may depend on nothing but `parts`; `what` tells functions apart. */
  get<T>(what: string, parts: readonly MemoPart[], make: () => T): T {
    const known = this.#find(what, parts);
    if (known !== undefined) {
      known.lastRound = this.#round;
      return known.value as T;
    }
    const value = make();
    // Only now: making one result may have asked for others.
    this.#insert(what, { parts, value, lastRound: this.#round });
    return value;
  }

  /** A round is over, such as a push to all proxies: what was not asked for lately goes. */
  endRound(): void {
    this.#round++;
    for (const [what, root] of this.#roots) if (this.#prune(root)) this.#roots.delete(what);
  }

  #find(what: string, parts: readonly MemoPart[]): Leaf | undefined {
    let branch = this.#roots.get(what);
    while (branch !== undefined) {
      const child = branch.children.get(keyAt(parts, branch.depth));
      if (child === undefined || 'parts' in child)
        return child !== undefined && isSame(child.parts, parts) ? child : undefined;
      branch = child;
    }
    return undefined;
  }

  #insert(what: string, leaf: Leaf): void {
    let branch = this.#roots.get(what);
    if (branch === undefined) {
      branch = { depth: 0, children: new Map() };
      this.#roots.set(what, branch);
    }
    for (;;) {
      const key = keyAt(leaf.parts, branch.depth);
      const child = branch.children.get(key);
      if (child === undefined || ('parts' in child && isSame(child.parts, leaf.parts))) {
        if (child === undefined) this.#size++;
        branch.children.set(key, leaf);
        return;
      }
      branch = 'parts' in child ? split(branch, key, child) : child;
    }
  }

  /** Takes out what is old; whether nothing is left. */
  #prune({ children }: Branch): boolean {
    for (const [key, child] of children) {
      const isOver = 'parts' in child ? child.lastRound < this.#round - ROUNDS_KEPT : this.#prune(child);
      if (!isOver) continue;
      children.delete(key);
      if ('parts' in child) this.#size--;
    }
    return children.size === 0;
  }
}

function keyAt(parts: readonly MemoPart[], depth: number): Key {
  return depth < parts.length ? parts[depth] : END;
}

/** Puts a branch where a leaf was, with that leaf in it. */
function split({ depth, children }: Branch, key: Key, leaf: Leaf): Branch {
  const branch: Branch = { depth: depth + 1, children: new Map([[keyAt(leaf.parts, depth + 1), leaf]]) };
  children.set(key, branch);
  return branch;
}

function isSame(a: readonly MemoPart[], b: readonly MemoPart[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
