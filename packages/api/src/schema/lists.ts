/** How items of a list are recognised from one version of the list to the next. */
import type { Schema } from './schema.ts';
import { isPlainObject } from './types.ts';

/** The item of `old` that is the same item as `item`, or undefined where the list has no identity for its items. */
export function correlateItem(schema: Schema, item: unknown, old: unknown): unknown {
  if (!Array.isArray(old) || schema.listType !== 'map' || schema.mapKeys === undefined) return undefined;
  const id = itemId(schema, item);
  return old.find((candidate) => itemId(schema, candidate) === id);
}

/** The identity of an item in a map list as text; key defaults count, as a port's protocol does. */
export function itemId(schema: Schema, item: unknown): string {
  if (!isPlainObject(item) || schema.mapKeys === undefined) return JSON.stringify(item) ?? 'null';
  return JSON.stringify(schema.mapKeys.map((key) => item[key] ?? schema.items?.properties?.[key]?.default ?? null));
}
