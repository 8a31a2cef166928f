/** The committed objects of one collection, by key and in key order. Written by `ObjectTables` only. */
import { type ObjectKey, objectKey } from './entry.ts';
import type { Entry, ResourceId } from './types.ts';

/** First index in a sorted list at which `key` could stand. */
export function lowerBound(keys: readonly ObjectKey[], key: ObjectKey): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as ObjectKey) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A span of a table's key order. */
export interface KeyRange {
  readonly from: ObjectKey;
  /** The first key behind the range; undefined when it is open. */
  readonly to: ObjectKey | undefined;
}

/** All keys of one namespace, or of all. */
export function namespaceRange(namespace: string | undefined): KeyRange {
  if (namespace === undefined) return { from: '', to: undefined };
  return { from: objectKey(namespace, ''), to: `${namespace}\u0001` };
}

/** Whether a key is in a range. */
export function isInRange(key: ObjectKey, range: KeyRange): boolean {
  return key >= range.from && (range.to === undefined || key < range.to);
}

/** One collection. */
export class Table {
  /** Object key to its committed entry. */
  readonly #entries = new Map<ObjectKey, Entry>();
  /** The keys of `#entries`, sorted. */
  #keys: ObjectKey[] = [];

  get size(): number {
    return this.#entries.size;
  }

  /** Keys in order; to be read before the next write only. */
  get keys(): readonly ObjectKey[] {
    return this.#keys;
  }

  get(key: ObjectKey): Entry | undefined {
    return this.#entries.get(key);
  }

  set(key: ObjectKey, entry: Entry): void {
    if (!this.#entries.has(key)) {
      const last = this.#keys.at(-1);
      if (last === undefined || last < key) this.#keys.push(key);
      else this.#keys.splice(lowerBound(this.#keys, key), 0, key);
    }
    this.#entries.set(key, entry);
  }

  delete(key: ObjectKey): void {
    if (this.#entries.delete(key)) this.#keys.splice(lowerBound(this.#keys, key), 1);
  }

  /** Adds many entries in any order: one sort instead of an insertion each. */
  load(entries: Iterable<readonly [ObjectKey, Entry]>): void {
    for (const [key, entry] of entries) this.#entries.set(key, entry);
    this.#keys = [...this.#entries.keys()].sort((a, b) => (a < b ? -1 : 1));
  }
}

const EMPTY = new Table();

/** The tables of all collections. */
export class ObjectTables {
  /** Collection to its table; a table is made with its first object. */
  readonly #tables = new Map<ResourceId, Table>();

  /** The table of a collection, for reading. */
  of(resource: ResourceId): Table {
    return this.#tables.get(resource) ?? EMPTY;
  }

  get(resource: ResourceId, key: ObjectKey): Entry | undefined {
    return this.#tables.get(resource)?.get(key);
  }

  set(entry: Entry): void {
    this.#writable(entry.resource).set(objectKey(entry.namespace, entry.name), entry);
  }

  delete(entry: Entry): void {
    this.#tables.get(entry.resource)?.delete(objectKey(entry.namespace, entry.name));
  }

  /** Fills empty tables. */
  load(entries: Iterable<Entry>): void {
    const byResource = new Map<ResourceId, [ObjectKey, Entry][]>();
    for (const entry of entries) {
      let list = byResource.get(entry.resource);
      if (list === undefined) {
        list = [];
        byResource.set(entry.resource, list);
      }
      list.push([objectKey(entry.namespace, entry.name), entry]);
    }
    for (const [resource, list] of byResource) this.#writable(resource).load(list);
  }

  #writable(resource: ResourceId): Table {
    let table = this.#tables.get(resource);
    if (table === undefined) {
      table = new Table();
      this.#tables.set(resource, table);
    }
    return table;
  }
}
