import { keyText, type ResourceKey } from './resource-key.ts';

/** A compiled resource and what it needs before it can be used. */
export interface GraphResource<T> {
  readonly value: T;
  /** What has to be there, or be known not to come, before this resource may be used. */
  readonly references: readonly ResourceKey[];
}

/** A resource that came into use or went out of it. */
export interface GraphChange<T> {
  readonly key: ResourceKey;
  /** Undefined when the resource is no longer in use. */
  readonly value: T | undefined;
}

/** A resource that the graph knows, with what is in use of it and what waits. */
export interface ResourceState<T> {
  readonly key: ResourceKey;
  readonly active: T | undefined;
  /** Newer, and waiting for what it references. */
  readonly pending: T | undefined;
}

/** What a commit did. */
export interface GraphCommit<T> {
  /** What takes effect now, all at once. */
  readonly changes: readonly GraphChange<T>[];
  /** References that nobody had before. */
  readonly wanted: readonly ResourceKey[];
  /** References that nobody has any more. */
  readonly unwanted: readonly ResourceKey[];
}

/** What the graph knows of one key. */
interface Node<T> {
  readonly key: ResourceKey;
  readonly isRoot: boolean;
  /** In use. */
  active: GraphResource<T> | undefined;
  /** Newer, and waiting for what it references. */
  pending: GraphResource<T> | undefined;
  /** Whether nobody should wait for it, though nothing came. */
  isGivenUp: boolean;
  /** How many resources, in use or pending, reference it; written by `#reference` and `#release`. */
  references: number;
}

/**
 * Joins resources that need one another (xDS, "Resource warming"). A resource comes into use once everything it references is in use or given
 * up; until then its last version stays. Roots are there by themselves; all others only as long as something references them. The graph knows
 * nothing of what resources mean, and has neither clock nor I/O: it is told what came and says what to ask for.
 */
export class ResourceGraph<T> {
  readonly #rootTypes: ReadonlySet<string>;
  /** Key to its node; written by `#nodeOf` and `#dropUnreferenced`. */
  readonly #nodes = new Map<string, Node<T>>();
  /** Key to the keys of pending resources that wait for it; written by `#settle`. */
  readonly #waiters = new Map<string, Set<string>>();
  /** Keys of pending resources that could not be used yet; written by `#setWarming`, with their number by type. */
  readonly #warming = new Set<string>();
  readonly #warmingCounts = new Map<string, number>();
  /** Keys whose readiness may have changed since the last commit. */
  readonly #dirty = new Set<string>();
  /** Changes since the last commit, by key; the last one of a key counts. */
  readonly #changes = new Map<string, GraphChange<T>>();
  /** Keys that were wanted at the last commit; written by `commit`. */
  readonly #wanted = new Map<string, ResourceKey>();
  /** Keys whose number of references changed since the last commit. */
  readonly #touched = new Set<string>();
  /** References from resources that are no roots: without any there are no circles, and looking for them costs a walk over everything. */
  #innerReferences = 0;
  /** Whether something may be referenced only by what nothing reaches any more. */
  #mayHaveCycle = false;

  /** Resources of these types are roots. */
  constructor(rootTypes: Iterable<string>) {
    this.#rootTypes = new Set(rootTypes);
  }

  /** Resources that wait for others. */
  get warming(): ResourceKey[] {
    return [...this.#warming].map((text) => this.#nodes.get(text)?.key).filter((key) => key !== undefined);
  }

  /** How many resources of a type wait for others. */
  warmingCount(typeUrl: string): number {
    return this.#warmingCounts.get(typeUrl) ?? 0;
  }

  /** Whether anything waits for others, or anything of a type. */
  isWarming(typeUrl?: string): boolean {
    return typeUrl === undefined ? this.#warming.size > 0 : this.warmingCount(typeUrl) > 0;
  }

  /** Whether a version of a resource waits for others. */
  isWaiting(key: ResourceKey): boolean {
    return this.#warming.has(keyText(key));
  }

  /** Whether something references a resource, or it is a root. */
  has(key: ResourceKey): boolean {
    return this.#nodes.has(keyText(key));
  }

  /** Everything that is known or wanted. */
  *resources(): Generator<ResourceState<T>, void, undefined> {
    for (const { key, active, pending } of this.#nodes.values()) {
      yield { key, active: active?.value, pending: pending?.value };
    }
  }

  /** The value in use. */
  get(key: ResourceKey): T | undefined {
    return this.#nodes.get(keyText(key))?.active?.value;
  }

  /** Takes a new version. What is not a root and nobody references is left out: it came too late. */
  set(key: ResourceKey, resource: GraphResource<T>): void {
    const text = keyText(key);
    const node = this.#rootTypes.has(key.typeUrl) ? this.#nodeOf(key, text) : this.#nodes.get(text);
    // One that lost its last reference is only forgotten at the next commit.
    if (node === undefined || (!node.isRoot && node.references === 0)) return;
    const before = node.pending;
    node.pending = resource;
    node.isGivenUp = false;
    this.#reference(node, resource);
    if (before !== undefined) this.#release(node, before);
    this.#dirty.add(text);
  }

  /** Takes a resource out of use. What references it stays in use without it. */
  remove(key: ResourceKey): void {
    const text = keyText(key);
    const node = this.#nodes.get(text);
    if (node === undefined) return;
    this.#drop(node, text);
    node.isGivenUp = true;
    this.#touched.add(text);
    this.#dirty.add(text);
  }

  /** Says that nobody should wait for a resource: it does not exist, or it takes too long. What is there of it stays in use. */
  giveUp(key: ResourceKey): void {
    const text = keyText(key);
    const node = this.#nodes.get(text);
    if (node === undefined || node.isGivenUp) return;
    node.isGivenUp = true;
    this.#dirty.add(text);
  }

  /** Works out what may be used now. */
  commit(): GraphCommit<T> {
    const touched = new Set<string>();
    do {
      // Settling makes nothing dirty; dropping does.
      for (const text of this.#dirty) this.#settleFrom(text);
      this.#dirty.clear();
      if (this.#mayHaveCycle) this.#dropUnreachable();
      this.#dropUnreferenced(touched);
    } while (this.#mayHaveCycle || this.#dirty.size > 0);
    const { wanted, unwanted } = this.#diffWanted(touched);
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return { changes, wanted, unwanted };
  }

  #nodeOf(key: ResourceKey, text: string): Node<T> {
    let node = this.#nodes.get(text);
    if (node === undefined) {
      const isRoot = this.#rootTypes.has(key.typeUrl);
      node = { key, isRoot, active: undefined, pending: undefined, isGivenUp: false, references: 0 };
      this.#nodes.set(text, node);
    }
    return node;
  }

  #reference(from: Node<T>, { references }: GraphResource<T>): void {
    const innerCount = from.isRoot ? 0 : this.#countInner(references);
    if (innerCount > 0) {
      this.#innerReferences += innerCount;
      this.#mayHaveCycle = true;
    }
    for (const key of references) {
      const text = keyText(key);
      this.#nodeOf(key, text).references += 1;
      this.#touched.add(text);
    }
  }

  #release(from: Node<T>, { references }: GraphResource<T>): void {
    if (!from.isRoot) this.#innerReferences -= this.#countInner(references);
    for (const key of references) {
      const text = keyText(key);
      const node = this.#nodes.get(text);
      if (node === undefined) continue;
      node.references -= 1;
      this.#touched.add(text);
      if (node.references > 0 && !node.isRoot && this.#innerReferences > 0) this.#mayHaveCycle = true;
    }
  }

  /** How many of these could be part of a circle without roots. */
  #countInner(references: readonly ResourceKey[]): number {
    let count = 0;
    for (const { typeUrl } of references) if (!this.#rootTypes.has(typeUrl)) count += 1;
    return count;
  }

  /** Looks at a resource and at all that wait for it. */
  #settleFrom(start: string): void {
    const queue = [start];
    for (let text = queue.pop(); text !== undefined; text = queue.pop()) {
      if (this.#nodes.get(text)?.pending !== undefined) queue.push(...this.#settle(text));
      const waiters = this.#waiters.get(text);
      if (waiters === undefined) continue;
      this.#waiters.delete(text);
      queue.push(...waiters);
    }
  }

  /** Brings a pending resource into use, with all pending ones it needs, or notes what it waits for. Says what came into use. */
  #settle(text: string): string[] {
    const reached = new Set([text]);
    for (const at of reached) {
      for (const key of this.#nodes.get(at)?.pending?.references ?? []) {
        const needed = keyText(key);
        const node = this.#nodes.get(needed);
        // A version in use is good enough, whatever newer one may be pending.
        if (node === undefined || node.active !== undefined || node.isGivenUp) continue;
        // Roots are not asked for by name: nobody knows whether an absent one will ever come.
        if (node.isRoot && node.pending === undefined) continue;
        if (node.pending === undefined) {
          this.#waitFor(needed, text);
          return [];
        }
        // Everything reached is pending and blocked by nothing else, so a cycle comes into use as a whole.
        reached.add(needed);
      }
    }
    for (const at of reached) this.#activate(at);
    return [...reached].filter((at) => at !== text);
  }

  #waitFor(needed: string, text: string): void {
    this.#setWarming(text, true);
    const waiters = this.#waiters.get(needed) ?? new Set();
    waiters.add(text);
    this.#waiters.set(needed, waiters);
  }

  #setWarming(text: string, isWarming: boolean): void {
    const typeUrl = this.#nodes.get(text)?.key.typeUrl;
    if (typeUrl === undefined || this.#warming.has(text) === isWarming) return;
    if (isWarming) this.#warming.add(text);
    else this.#warming.delete(text);
    this.#warmingCounts.set(typeUrl, (this.#warmingCounts.get(typeUrl) ?? 0) + (isWarming ? 1 : -1));
  }

  #activate(text: string): void {
    const node = this.#nodes.get(text);
    if (node?.pending === undefined) return;
    const before = node.active;
    node.active = node.pending;
    node.pending = undefined;
    this.#setWarming(text, false);
    if (before !== undefined) this.#release(node, before);
    this.#changes.set(text, { key: node.key, value: node.active.value });
  }

  /** Takes what a node has out of use. */
  #drop(node: Node<T>, text: string): void {
    const { active, pending } = node;
    node.active = undefined;
    node.pending = undefined;
    this.#setWarming(text, false);
    if (pending !== undefined) this.#release(node, pending);
    if (active === undefined) return;
    this.#release(node, active);
    this.#changes.set(text, { key: node.key, value: undefined });
  }

  /** Forgets what nobody references any more, and adds every key that gained or lost references to `seen`. */
  #dropUnreferenced(seen: Set<string>): void {
    // Dropping a node touches what it referenced: the loop comes to that too, also for the second time.
    for (const text of this.#touched) {
      this.#touched.delete(text);
      seen.add(text);
      const node = this.#nodes.get(text);
      if (node === undefined || node.references > 0 || (node.isRoot && !isBlank(node))) continue;
      this.#drop(node, text);
      this.#nodes.delete(text);
      // Who waited for it did so for the sake of a root that has gone.
      for (const waiter of this.#waiters.get(text) ?? []) this.#dirty.add(waiter);
      this.#waiters.delete(text);
    }
  }

  /** Compares with the last commit. */
  #diffWanted(touched: ReadonlySet<string>): { readonly wanted: ResourceKey[]; readonly unwanted: ResourceKey[] } {
    const wanted: ResourceKey[] = [];
    const unwanted: ResourceKey[] = [];
    for (const text of touched) {
      const node = this.#nodes.get(text);
      const before = this.#wanted.get(text);
      if (node !== undefined && !node.isRoot && before === undefined) {
        this.#wanted.set(text, node.key);
        wanted.push(node.key);
      } else if (node === undefined && before !== undefined) {
        this.#wanted.delete(text);
        unwanted.push(before);
      }
    }
    return { wanted, unwanted };
  }

  /** Drops what only references itself in circles: counting alone would keep it for ever. */
  #dropUnreachable(): void {
    const reached = new Set<string>();
    for (const [text, node] of this.#nodes) if (node.isRoot) reached.add(text);
    for (const at of reached) {
      const node = this.#nodes.get(at);
      for (const { references } of [node?.active, node?.pending].filter((part) => part !== undefined)) {
        for (const key of references) reached.add(keyText(key));
      }
    }
    for (const [text, node] of this.#nodes) if (!reached.has(text)) this.#drop(node, text);
    this.#mayHaveCycle = false;
  }
}

function isBlank(node: Node<unknown>): boolean {
  return node.active === undefined && node.pending === undefined;
}
