/** Field masks over JSON in proto names: `cluster.name` also reaches into what an Any holds. */
import type { JsonObject } from './json-object.ts';

/** What is kept: everything below an empty map. */
export type MaskTree = ReadonlyMap<string, MaskTree>;

/** A mask is no longer than this. */
const MAX_PATHS = 256;

/** Reads paths that are separated by commas; undefined when there is none. */
export function parseMask(text: string): MaskTree | undefined {
  const paths = text.split(',').filter((path) => path !== '');
  if (paths.length === 0) return undefined;
  const root = new Map<string, Map<string, never>>();
  for (const path of paths.slice(0, MAX_PATHS)) addPath(root, path.split('.'));
  return root;
}

interface Growing extends Map<string, Growing> {}

function addPath(root: Growing, parts: readonly string[]): void {
  let at = root;
  for (const part of parts) {
    const known = at.get(part);
    const next = known ?? new Map();
    if (known === undefined) at.set(part, next);
    at = next;
  }
}

/** What a mask leaves of an object; its type stays, and so do the parts of every item in a list. */
export function applyMask(value: JsonObject, mask: MaskTree): JsonObject {
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (key === '@type') kept.push([key, inner]);
    const below = mask.get(key);
    if (below === undefined) continue;
    kept.push([key, below.size === 0 ? inner : applyBelow(inner, below)]);
  }
  return Object.fromEntries(kept);
}

function applyBelow(value: unknown, mask: MaskTree): unknown {
  if (Array.isArray(value)) return value.map((each) => applyBelow(each, mask));
  return typeof value === 'object' && value !== null ? applyMask(value as JsonObject, mask) : value;
}
