/** Adapts field sets that were written when the schema was another one. */

import { type FieldSet, isEmptySet, LEAF, SELF } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import type { ManagedEntries, ManagedEntry } from './managed-fields.ts';
import { fieldNameOf } from './path-element.ts';
import type { VersionedTypes } from './versioned-types.ts';

/** The entries in which a list or object that is now owned as a whole has no paths below it any more. */
export function reconcileEntries(types: VersionedTypes, entries: ManagedEntries): ManagedEntries {
  let result: Map<string, ManagedEntry> | undefined;
  for (const [id, entry] of entries) {
    const type = types.typeOf(entry.apiVersion);
    const fields = type === undefined ? entry.fields : reconcileBelow(type, entry.fields);
    if (fields === entry.fields) continue;
    result ??= new Map(entries);
    result.set(id, { ...entry, fields });
  }
  return result ?? entries;
}

/** The set itself when there is nothing to adapt, which is nearly always. */
function reconcileBelow(type: FieldType, set: FieldSet): FieldSet {
  let copy: { [element: string]: FieldSet } | undefined;
  for (const element of Object.keys(set)) {
    const node = set[element]!;
    const child = element === SELF || isEmptySet(node) ? undefined : typeBelow(type, element);
    if (child === undefined) continue;
    const next = child.kind === 'leaf' ? LEAF : reconcileBelow(child, node);
    if (next === node) continue;
    copy ??= { ...set };
    copy[element] = next;
  }
  return copy ?? set;
}

/** Undefined where the schema says nothing about what is below. */
function typeBelow(type: FieldType, element: string): FieldType | undefined {
  const name = fieldNameOf(element);
  if (name === undefined) return type.kind === 'list' ? type.item : undefined;
  if (type.kind !== 'map') return undefined;
  return type.member(name);
}
