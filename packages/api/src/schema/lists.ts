/** How items of a list are recognised from one version of the list to the next. */
import { ownMember } from '@weft/core';
import { resolve, type Schema } from './schema.ts';
import { canonicalJson, isPlainObject } from './types.ts';

/** Finds the item of an old list that is the same item as a given new one. */
export type ItemFinder = (item: unknown) => unknown;

const findsNothing: ItemFinder = () => undefined;

/** Indexes `old` once; finds nothing where the list has no identity for its items. */
export function itemFinder(schema: Schema, old: unknown): ItemFinder {
  if (!Array.isArray(old) || schema.listType !== 'map' || schema.mapKeys === undefined) return findsNothing;
  const byId = new Map<string, unknown>();
  for (const item of old) byId.set(itemId(schema, item), item);
  return (item) => byId.get(itemId(schema, item));
}

/** The item of `old` that is the same item as `item`, or undefined where the list has no identity for its items. */
export function correlateItem(schema: Schema, item: unknown, old: unknown): unknown {
  return itemFinder(schema, old)(item);
}

/** The identity of an item in a map list as text; key defaults count, as a port's protocol does. */
export function itemId(schema: Schema, item: unknown): string {
  if (!isPlainObject(item) || schema.mapKeys === undefined) return canonicalJson(item);
  const properties = schema.items === undefined ? undefined : resolve(schema.items).properties;
  return canonicalJson(schema.mapKeys.map((key) => ownMember(item, key) ?? properties?.[key]?.default ?? null));
}
