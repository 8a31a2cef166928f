/**
 * Remembers what pure functions made of frozen objects. Snapshots keep what did not change as the same objects, so that their identity says
 * whether a result still holds; what a thousand proxies share is made once.
 */

/** What a result depends on: frozen objects by identity, everything else by value. */
export type MemoPart = object | string | number | boolean | undefined;

interface Entry {
  readonly value: unknown;
  lastRound: number;
}

/** Results that were not asked for in so many rounds are forgotten. */
const ROUNDS_KEPT = 2;

/** See the file's head. */
export class Memo {
  readonly #ids = new WeakMap<object, number>();
  readonly #entries = new Map<string, Entry>();
  #nextId = 1;
  #round = 0;

  /** How many results are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** The result of `make`, which may depend on nothing but `parts`; `what` tells functions apart. */
  get<T>(what: string, parts: readonly MemoPart[], make: () => T): T {
    let key = what;
    for (const part of parts) key += this.#tell(part);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.lastRound = this.#round;
      return known.value as T;
    }
    const value = make();
    this.#entries.set(key, { value, lastRound: this.#round });
    return value;
  }

  /** A round is over, such as a push to all proxies: what was not asked for lately goes. */
  endRound(): void {
    this.#round++;
    for (const [key, { lastRound }] of this.#entries) {
      if (lastRound < this.#round - ROUNDS_KEPT) this.#entries.delete(key);
    }
  }

  /** Lengths keep texts with separators in them apart. */
  #tell(part: MemoPart): string {
    if (typeof part === 'object') return `|o${this.#idOf(part)}`;
    return typeof part === 'string' ? `|s${part.length}:${part}` : `|${part}`;
  }

  #idOf(part: object): number {
    let id = this.#ids.get(part);
    if (id === undefined) {
      id = this.#nextId++;
      this.#ids.set(part, id);
    }
    return id;
  }
}
