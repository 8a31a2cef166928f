import type { MeshSnapshot } from '../model/index.ts';

/** What a snapshot says, as plain data that can be compared; how it came about is left out. */
export function plainOf({ settings, registry, config, workloads }: MeshSnapshot): unknown {
  return toPlain({ settings, registry, config, workloads });
}

/** Maps as lists of entries sorted by key, since the order of their entries has no meaning. */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  if (Symbol.iterator in value && 'keys' in value) {
    const entries = [...(value as ReadonlyMap<string, unknown>).entries()];
    return {
      entries: entries.map(([key, item]) => [String(key), toPlain(item)]).toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
    };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]));
}
