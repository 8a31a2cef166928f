/**
 * A map with string keys that cannot be changed, made from the one before with a few differences at the cost of copying
 * only the shards they fall into. Snapshots share everything else, so that readers see by `===` what is untouched.
 */

/** More shards make a change cheaper, and the copy of their list dearer; both are some microseconds here. */
const SHARD_COUNT = 512;
const EMPTY_SHARD: ReadonlyMap<string, never> = new Map<string, never>();

type Shards<V> = readonly ReadonlyMap<string, V>[];

/** An immutable map with cheap changed copies. The order of its entries has no meaning. */
export class ShardedMap<V> implements ReadonlyMap<string, V> {
  readonly #shards: Shards<V>;
  readonly size: number;

  private constructor(shards: Shards<V>, size: number) {
    this.#shards = shards;
    this.size = size;
    Object.freeze(this);
  }

  static readonly #empty = new ShardedMap<never>(Array<ReadonlyMap<string, never>>(SHARD_COUNT).fill(EMPTY_SHARD), 0);

  /** A map without entries. */
  static empty<V>(): ShardedMap<V> {
    // Holds no value, so it is a map of any.
    return ShardedMap.#empty as ShardedMap<unknown> as ShardedMap<V>;
  }

  /** A map of these entries. */
  static from<V>(entries: Iterable<readonly [string, V]>): ShardedMap<V> {
    return ShardedMap.empty<V>().with(entries);
  }

  /** This map with other values for some keys; `undefined` takes a key out. The same map when nothing differs. */
  with(changes: Iterable<readonly [string, V | undefined]>): ShardedMap<V> {
    let shards: ReadonlyMap<string, V>[] | undefined;
    const copies = new Map<number, Map<string, V>>();
    let size = this.size;
    for (const [key, value] of changes) {
      const at = shardOf(key);
      const current = copies.get(at) ?? this.#shards[at]!;
      const before = current.get(key);
      if (before === value) continue;
      let copy = copies.get(at);
      if (copy === undefined) {
        copy = new Map(current);
        copies.set(at, copy);
        shards ??= this.#shards.slice();
        shards[at] = copy;
      }
      if (value === undefined) copy.delete(key);
      else copy.set(key, value);
      size += (value === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    }
    return shards === undefined ? this : new ShardedMap(shards, size);
  }

  /** Keys whose values differ between two maps; cheap when one was made from the other. */
  changedKeys(previous: ShardedMap<V>): string[] {
    const changed: string[] = [];
    for (let i = 0; i < SHARD_COUNT; i++) {
      const now = this.#shards[i]!;
      const before = previous.#shards[i]!;
      if (now === before) continue;
      for (const [key, value] of now) if (before.get(key) !== value) changed.push(key);
      for (const key of before.keys()) if (!now.has(key)) changed.push(key);
    }
    return changed;
  }

  get(key: string): V | undefined {
    return this.#shards[shardOf(key)]!.get(key);
  }

  has(key: string): boolean {
    return this.#shards[shardOf(key)]!.has(key);
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const shard of this.#shards) for (const [key, value] of shard) visit(value, key, this);
  }

  *entries(): Generator<[string, V], undefined, unknown> {
    for (const shard of this.#shards) if (shard.size > 0) yield* shard;
  }

  *keys(): Generator<string, undefined, unknown> {
    for (const shard of this.#shards) if (shard.size > 0) yield* shard.keys();
  }

  *values(): Generator<V, undefined, unknown> {
    for (const shard of this.#shards) if (shard.size > 0) yield* shard.values();
  }

  [Symbol.iterator](): Generator<[string, V], undefined, unknown> {
    return this.entries();
  }
}

/** FNV-1a; any hash will do, as long as it spreads names that share long beginnings. */
function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (SHARD_COUNT - 1);
}
