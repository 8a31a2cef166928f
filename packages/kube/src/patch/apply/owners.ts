/** What a change from one state to another takes from everybody but its author. */
import type { ApiObject } from '@weft/api';
import { type Comparison, compareObjects, excludeFields } from './compare.ts';
import { difference, type FieldSet, intersection, isEmptySet, union } from './field-set.ts';
import type { ManagedEntries, ManagedEntry } from './managed-fields.ts';
import type { VersionedTypes } from './versioned-types.ts';

/** A change and who knows about it. */
export interface Change {
  readonly types: VersionedTypes;
  /** The version that both states are in. */
  readonly apiVersion: string;
  readonly before: ApiObject;
  readonly after: ApiObject;
  readonly entries: ManagedEntries;
  /** `entryId` of the author, whose own entry is left alone. */
  readonly author: string | undefined;
  /** Paths that this way of writing does not change, such as `status` of a write to the object itself. */
  readonly ignored: FieldSet | undefined;
}

/** Fields of another manager that the change sets to something else. */
export interface OwnerConflict {
  readonly entry: ManagedEntry;
  readonly fields: FieldSet;
}

/** The outcome of a change for the owners. */
export interface OwnersAfter {
  readonly conflicts: readonly OwnerConflict[];
  /** The entries after everybody lost what the change took or removed. */
  readonly entries: ManagedEntries;
  /** The change in the version of its author. */
  readonly comparison: Comparison;
}

/** Finds what the change takes from each manager. Field names are compared in the version of each manager's own entry. */
export function changeOwners(change: Change): OwnersAfter {
  const comparisons = new ComparisonsByVersion(change);
  const conflicts: OwnerConflict[] = [];
  const entries = new Map<string, ManagedEntry>();
  for (const [id, entry] of change.entries) {
    if (id === change.author) {
      if (!isEmptySet(entry.fields)) entries.set(id, entry);
      continue;
    }
    const comparison = comparisons.in(entry.apiVersion);
    // A version that does not exist any more takes its owners with it.
    if (comparison === undefined) continue;
    const taken = intersection(entry.fields, union(comparison.modified, comparison.added));
    if (!isEmptySet(taken)) conflicts.push({ entry, fields: taken });
    const fields = difference(difference(entry.fields, taken), comparison.removed);
    if (!isEmptySet(fields)) entries.set(id, { ...entry, fields });
  }
  return { conflicts, entries, comparison: comparisons.in(change.apiVersion)! };
}

/** Compares the two states in each version at most once. */
class ComparisonsByVersion {
  readonly #change: Change;
  /** By apiVersion. Written by `in` only. */
  readonly #known = new Map<string, Comparison | undefined>();

  constructor(change: Change) {
    this.#change = change;
  }

  in(apiVersion: string): Comparison | undefined {
    if (!this.#known.has(apiVersion)) this.#known.set(apiVersion, this.#compare(apiVersion));
    return this.#known.get(apiVersion);
  }

  #compare(apiVersion: string): Comparison | undefined {
    const { types, before, after, ignored } = this.#change;
    const type = types.typeOf(apiVersion);
    if (type === undefined) return undefined;
    const isSame = apiVersion === this.#change.apiVersion;
    const [old, now] = isSame ? [before, after] : [types.convert(before, apiVersion), types.convert(after, apiVersion)];
    return excludeFields(compareObjects(type, old, now), ignored);
  }
}
