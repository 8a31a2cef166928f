/** Removes what a manager applied before and does not apply any more. */
import type { ApiObject } from '@weft/api';
import { difference, EMPTY, type FieldSet, intersection, isEmptySet, LEAF, SELF, union } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import type { ManagedEntries, ManagedEntry } from './managed-fields.ts';
import { fieldNameOf } from './path-element.ts';
import { removeFields } from './remove.ts';
import { appliedFields } from './to-field-set.ts';
import type { VersionedTypes } from './versioned-types.ts';

/** A merged object from which a manager's former fields are to go. */
export interface PruneOptions {
  readonly types: VersionedTypes;
  readonly merged: ApiObject;
  /** All entries, with the manager's new one. */
  readonly entries: ManagedEntries;
  /** What the manager owned before. */
  readonly last: ManagedEntry | undefined;
  /** The version of the merged object and of the result. */
  readonly apiVersion: string;
}

/** The object without the fields that only this manager had applied and does not apply now. */
export function pruneApplied(options: PruneOptions): ApiObject {
  const { types, merged, entries, last, apiVersion } = options;
  const type = last === undefined ? undefined : types.typeOf(last.apiVersion);
  if (last === undefined || type === undefined || isEmptySet(last.fields)) return merged;
  const inLast = types.convert(merged, last.apiVersion);
  const bare = removeFields(type, inLast, withNamedContainers(type, last.fields)) as ApiObject;
  const pruned = addBackOwned({ types, merged: inLast, pruned: bare, entries, lastVersion: last.apiVersion });
  const kept = addBackDangling(type, types, inLast, pruned, last);
  return types.convert(kept, apiVersion);
}

interface AddBackOptions {
  readonly types: VersionedTypes;
  readonly merged: ApiObject;
  readonly pruned: ApiObject;
  readonly entries: ManagedEntries;
  readonly lastVersion: string;
}

/** Restores what anybody owns now, the applying manager included. */
function addBackOwned(options: AddBackOptions): ApiObject {
  const { types, entries, lastVersion } = options;
  const owned = new Map<string, FieldSet>();
  for (const entry of entries.values()) {
    owned.set(entry.apiVersion, union(owned.get(entry.apiVersion) ?? EMPTY, entry.fields));
  }
  // The version in which was pruned comes first: conversion may need fields that are missing until then.
  const versions = [lastVersion, ...[...owned.keys()].filter((version) => version !== lastVersion)];
  let { merged, pruned } = options;
  for (const version of versions) {
    const type = types.typeOf(version);
    const fields = owned.get(version);
    if (type === undefined || fields === undefined) continue;
    merged = types.convert(merged, version);
    pruned = types.convert(pruned, version);
    const all = withNamedContainers(type, appliedFields(type, merged));
    const left = withNamedContainers(type, appliedFields(type, pruned));
    const keep = union(left, withNamedContainers(type, fields));
    pruned = removeFields(type, merged, difference(all, keep)) as ApiObject;
  }
  return pruned;
}

/** Restores what nobody owned: only what this manager had applied may go. */
function addBackDangling(
  type: FieldType,
  types: VersionedTypes,
  merged: ApiObject,
  pruned: ApiObject,
  last: ManagedEntry,
): ApiObject {
  const left = withNamedContainers(type, appliedFields(type, types.convert(pruned, last.apiVersion)));
  const all = withNamedContainers(type, appliedFields(type, merged));
  const gone = intersection(difference(all, left), withNamedContainers(type, last.fields));
  return removeFields(type, merged, gone) as ApiObject;
}

/** The set with every member that the schema names and that has paths below it: such a container goes with its contents. */
function withNamedContainers(type: FieldType, set: FieldSet): FieldSet {
  const result: { [element: string]: FieldSet } = {};
  for (const element of Object.keys(set)) {
    const node = set[element]!;
    if (element === SELF || isEmptySet(node)) {
      result[element] = node;
      continue;
    }
    const name = fieldNameOf(element);
    const below = name === undefined ? itemType(type) : type.kind === 'map' ? type.member(name) : undefined;
    const inner = below === undefined ? node : withNamedContainers(below, node);
    const isNamed = name !== undefined && type.kind === 'map' && type.isNamed(name);
    result[element] = isNamed && !Object.hasOwn(inner, SELF) ? { [SELF]: LEAF, ...inner } : inner;
  }
  return result;
}

function itemType(type: FieldType): FieldType | undefined {
  return type.kind === 'list' ? type.item : undefined;
}
