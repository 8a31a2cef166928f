/** The objects that an informer knows, by key and by index. Written by its informer only. */
import { MeshError } from '@weft/core';
import type { NamedObject } from '../resource-client.ts';

/** `namespace/name`, or the name alone for cluster-wide objects. */
export type ObjectName = string;

/** The values under which an object is found in an index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Index name to its function. */
export type Indexers<T> = Readonly<Record<string, IndexFunction<T>>>;

/** The key of an object. */
export function keyOf(object: object): ObjectName {
  const { metadata } = object as NamedObject;
  const name = metadata?.name;
  if (name === undefined) throw new MeshError('MESH_PROTOCOL', 'the API server sent an object without a name');
  const namespace = metadata?.namespace;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** Takes a key apart. */
export function parseKey(key: ObjectName): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** What readers see of an informer's objects. They are shared and frozen. */
export interface ReadonlyObjectCache<T> {
  readonly size: number;
  get(key: ObjectName): T | undefined;
  has(key: ObjectName): boolean;
  keys(): IterableIterator<ObjectName>;
  values(): IterableIterator<T>;
  /** Objects with this value in an index. */
  byIndex(index: string, value: string): readonly T[];
  /** All values that an index holds. */
  indexValues(index: string): readonly string[];
}

/** Objects with indexes that follow every change. */
export class ObjectCache<T extends object> implements ReadonlyObjectCache<T> {
  readonly #objects = new Map<ObjectName, T>();
  readonly #indexers: Indexers<T>;
  /** Index name to value to the keys of the objects with that value. */
  readonly #indexes = new Map<string, Map<string, Set<ObjectName>>>();

  constructor(indexers: Indexers<T> = {}) {
    this.#indexers = indexers;
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectName): T | undefined {
    return this.#objects.get(key);
  }

  has(key: ObjectName): boolean {
    return this.#objects.has(key);
  }

  keys(): IterableIterator<ObjectName> {
    return this.#objects.keys();
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  byIndex(index: string, value: string): readonly T[] {
    const keys = this.#index(index).get(value) ?? [];
    return Array.from(keys, (key) => this.#objects.get(key) as T);
  }

  indexValues(index: string): readonly string[] {
    return [...this.#index(index).keys()];
  }

  /** Stores an object and returns the one before. */
  set(key: ObjectName, object: T): T | undefined {
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const [name, valuesOf] of Object.entries(this.#indexers)) {
      const index = this.#index(name);
      if (previous !== undefined) for (const value of valuesOf(previous)) this.#unlink(index, value, key);
      for (const value of valuesOf(object)) {
        const keys = index.get(value);
        if (keys === undefined) index.set(value, new Set([key]));
        else keys.add(key);
      }
    }
    return previous;
  }

  /** Removes an object and returns it. */
  delete(key: ObjectName): T | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#objects.delete(key);
    for (const [name, valuesOf] of Object.entries(this.#indexers)) {
      for (const value of valuesOf(previous)) this.#unlink(this.#index(name), value, key);
    }
    return previous;
  }

  #unlink(index: Map<string, Set<ObjectName>>, value: string, key: ObjectName): void {
    const keys = index.get(value);
    if (keys?.delete(key) && keys.size === 0) index.delete(value);
  }

  #index(name: string): Map<string, Set<ObjectName>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new MeshError('MESH_INVALID_ARGUMENT', `there is no index "${name}"`);
    return index;
  }
}
