/** Merges an applied configuration into a live object: what the configuration says wins, nothing is removed. */
import { type JsonMembers, setMember } from '../json.ts';
import { elementOf, type FieldType, type ListType, type MapType, typeFor } from './field-type.ts';
import type { PathElement } from './path-element.ts';

/** The live object with the configuration's values. Never changes its arguments; shares what did not change. */
export function mergeObjects(type: FieldType, live: JsonMembers, config: JsonMembers): JsonMembers {
  return mergeValues(type, live, config) as JsonMembers;
}

function mergeValues(type: FieldType, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined || live === null) return config;
  const walked = typeFor(type, live);
  // Null for something that is owned by member or item says nothing about its members.
  if (config === null) return walked.kind === 'leaf' || isEmptyContainer(live) ? null : live;
  if (walked.kind === 'map' && typeFor(type, config).kind === 'map') {
    return mergeMaps(walked, live as JsonMembers, config as JsonMembers);
  }
  if (walked.kind === 'list' && Array.isArray(config)) return mergeLists(walked, live as unknown[], config);
  return config;
}

function isEmptyContainer(value: unknown): boolean {
  return Object.keys(value as object).length === 0;
}

function mergeMaps(type: MapType, live: JsonMembers, config: JsonMembers): JsonMembers {
  const merged = { ...live };
  for (const name of Object.keys(config)) {
    const current = Object.hasOwn(live, name) ? live[name] : undefined;
    setMember(merged, name, mergeValues(type.member(name), current, config[name]));
  }
  return merged;
}

/** The value without nulls where the schema has no place for them: applying null gives a value up. Shares what it can. */
export function withoutNulls(type: FieldType, value: unknown): unknown {
  const walked = typeFor(type, value);
  if (walked.kind === 'list') {
    const list = value as unknown[];
    const clean = list.filter((item) => item !== null).map((item) => withoutNulls(walked.item, item));
    return clean.length === list.length && clean.every((item, i) => item === list[i]) ? list : clean;
  }
  if (walked.kind !== 'map') return value;
  const object = value as JsonMembers;
  let copy: JsonMembers | undefined;
  for (const name of Object.keys(object)) {
    const member = object[name];
    const next = member === null ? nullOf(walked, name) : withoutNulls(walked.member(name), member);
    if (next === member) continue;
    copy ??= { ...object };
    if (next === undefined) delete copy[name];
    else setMember(copy, name, next);
  }
  return copy ?? object;
}

function nullOf(type: MapType, name: string): null | undefined {
  return type.allowsNull(name) ? null : undefined;
}

/** An item with what identifies it; `id` is unique for items that have no identity. */
interface Item {
  readonly id: PathElement | symbol;
  readonly value: unknown;
}

/**
 * The order is that of the configuration, with the live object's other items kept where they stand between the items that
 * both lists have in the same order.
 */
function mergeLists(type: ListType, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const left = itemsOf(type, live);
  const right = itemsOf(type, config);
  const liveValues = uniqueValues(left);
  const configIds = new Set(right.map((item) => item.id));
  // Items in both lists, in the order of the configuration; the first one not yet reached is the next to meet.
  const shared = right.filter((item) => liveValues.has(item.id)).map((item) => item.id);
  let nextShared = 0;
  const merged: unknown[] = [];
  const done = new Set<PathElement | symbol>();
  const take = (item: Item) => {
    done.add(item.id);
    merged.push(mergeValues(type.item, liveValues.get(item.id), item.value));
    if (shared[nextShared] === item.id) nextShared++;
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const ours = left[l];
    const theirs = right[r];
    if (ours !== undefined && theirs !== undefined) {
      if (ours.id === theirs.id) {
        take(theirs);
        l++;
        r++;
        continue;
      }
      if (configIds.has(ours.id) && nextShared < shared.length && shared[nextShared] !== ours.id) {
        l++;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!configIds.has(ours.id)) {
        merged.push(ours.value);
        l++;
        continue;
      }
      if (done.has(ours.id)) l++;
    }
    if (theirs !== undefined) {
      take(theirs);
      r++;
    }
  }
  return merged;
}

function itemsOf(type: ListType, list: readonly unknown[]): Item[] {
  return list.map((value) => ({ id: elementOf(type, value) ?? Symbol('item'), value }));
}

/** What to merge an applied item with; items that stand twice cannot be told apart, so nothing of them is merged. */
function uniqueValues(items: readonly Item[]): Map<PathElement | symbol, unknown> {
  const values = new Map<PathElement | symbol, unknown>();
  for (const { id, value } of items) values.set(id, values.has(id) ? undefined : value);
  return values;
}
