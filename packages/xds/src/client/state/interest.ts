import { WILDCARD } from '../../protocol/subscription.ts';

/** Names to add to and to take from what a client wants; `*` is the wildcard. */
export interface InterestChange {
  readonly subscribe?: Iterable<string>;
  readonly unsubscribe?: Iterable<string>;
}

/** What has to be said to the server so that it knows what the client wants. */
export interface InterestDiff {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
}

/**
 * What the client wants of one type, against what the server of the current stream has been told. The wildcard is kept as the name `*`
 * in the same sets.
 */
export class Interest {
  /** Everything the client wants; written by `change`. */
  readonly #wanted = new Set<string>();
  /** What the server of this stream has been told; undefined before the first request. Written by `markTold` and `forgetStream`. */
  #told: ReadonlySet<string> | undefined;
  /** Told names that were dropped and wanted again before the server heard of it; written by `change` and `markTold`. */
  readonly #again = new Set<string>();
  /** Told names that are not wanted now; written by `change` and `markTold`. */
  readonly #dropped = new Set<string>();
  #isDirty = false;
  /** `#wanted` as a list, made when it is needed: state of the world sends it with every answer. */
  #list: readonly string[] | undefined;

  get isWildcard(): boolean {
    return this.#wanted.has(WILDCARD);
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0;
  }

  /** Whether the server of this stream has been asked for this type already. */
  get isTold(): boolean {
    return this.#told !== undefined;
  }

  /** Whether the server does not know yet what is wanted. */
  get isDirty(): boolean {
    return this.#told === undefined ? !this.isEmpty : this.#isDirty;
  }

  /** The names that are wanted, `*` first. */
  get wanted(): readonly string[] {
    this.#list ??= [...this.#wanted].sort((a, b) => Number(b === WILDCARD) - Number(a === WILDCARD));
    return this.#list;
  }

  /** Names that the server still counts as subscribed, so that it has to be told of the gap before it sends them again. */
  get again(): ReadonlySet<string> {
    return this.#again;
  }

  /** Whether a resource of that name is wanted, by its name or by the wildcard. */
  covers(name: string): boolean {
    return this.#wanted.has(name) || this.isWildcard;
  }

  /** Whether the name itself is wanted. */
  names(name: string): boolean {
    return name !== WILDCARD && this.#wanted.has(name);
  }

  /** Applies a change and says which names are new and which are gone. */
  change({ subscribe = [], unsubscribe = [] }: InterestChange): InterestDiff {
    const gone: string[] = [];
    const added: string[] = [];
    for (const name of unsubscribe) {
      if (!this.#wanted.delete(name)) continue;
      gone.push(name);
      this.#again.delete(name);
      if (this.#told?.has(name)) this.#dropped.add(name);
    }
    for (const name of subscribe) {
      if (this.#wanted.has(name)) continue;
      this.#wanted.add(name);
      added.push(name);
      if (this.#dropped.delete(name)) this.#again.add(name);
    }
    if (gone.length > 0 || added.length > 0) {
      this.#isDirty = true;
      this.#list = undefined;
    }
    return { subscribe: added, unsubscribe: gone };
  }

  /** What the server has to hear; a name that was dropped and wanted again is subscribed to again. */
  diff(): InterestDiff {
    const told = this.#told ?? new Set<string>();
    return {
      subscribe: this.wanted.filter((name) => !told.has(name) || this.#again.has(name)),
      unsubscribe: [...told].filter((name) => !this.#wanted.has(name)),
    };
  }

  /** Remembers that the server now knows of everything that is wanted, except for these names. */
  markTold(except: ReadonlySet<string> = new Set()): void {
    this.#told = new Set([...this.#wanted].filter((name) => !except.has(name)));
    this.#again.clear();
    this.#dropped.clear();
    this.#isDirty = except.size > 0;
  }

  /** A new stream: its server knows nothing. */
  forgetStream(): void {
    this.#told = undefined;
    this.#again.clear();
    this.#dropped.clear();
  }
}
