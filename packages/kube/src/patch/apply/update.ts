/**
 * Who owns what after a write that is no server-side apply. Ownership comes from the difference between the stored and the
 * new object, whatever the request said: what changed belongs to the writer, what is gone belongs to nobody.
 */
import type { ApiObject } from '@weft/api';
import { difference, type FieldSet, isEmptySet, recursiveDifference, union } from './field-set.ts';
import {
  capUpdates,
  decodeManagedFields,
  encodeManagedFields,
  entryId,
  isReset,
  type ManagedEntries,
  type ManagedEntry,
  type ManagedFieldsJson,
  ownable,
  withEntry,
} from './managed-fields.ts';
import { changeOwners } from './owners.ts';
import { reconcileEntries } from './reconcile.ts';
import { addedFields } from './to-field-set.ts';
import type { VersionedTypes } from './versioned-types.ts';

/** Who writes, and how. */
export interface WriteContext {
  readonly types: VersionedTypes;
  /** The version in which the objects are given, `apps/v1`. */
  readonly apiVersion: string;
  /** The writer's name, see `managerNameOf`. */
  readonly manager: string;
  /** When, as RFC 3339 with whole seconds. */
  readonly time: string;
  /** Empty or absent for the object itself. */
  readonly subresource?: string | undefined;
  /** Paths that this way of writing cannot change: `status` of the object itself, all but `status` of its status. */
  readonly ignored?: FieldSet | undefined;
}

/**
 * The new object with its owners. `live` is absent for a create. Objects that have no owners on record, because somebody
 * reset them, stay so until the first apply.
 */
export function trackUpdate(live: ApiObject | undefined, updated: ApiObject, context: WriteContext): ApiObject {
  const given = updated.metadata.managedFields;
  if (live === undefined && (given === undefined || given === null || isReset(given))) {
    return trackCreate(updated, context);
  }
  const entries = entriesFor(live, updated, context);
  if (entries.size === 0 && live !== undefined) return withManagedFields(updated, undefined);
  const next = updateEntries(entries, live ?? emptyLike(updated), updated, context);
  return withManagedFields(updated, encodeManagedFields(next));
}

/** The entries after an update from `before` to `after`. */
export function updateEntries(
  given: ManagedEntries,
  before: ApiObject,
  after: ApiObject,
  context: WriteContext,
): ManagedEntries {
  const { types, apiVersion, ignored } = context;
  const entries = reconcileEntries(types, given);
  const owners = changeOwners({
    types,
    apiVersion,
    before: withoutManagedFields(before),
    after: withoutManagedFields(after),
    entries,
    author: undefined,
    ignored,
  });
  const changed = ownable(union(owners.comparison.modified, owners.comparison.added));
  if (isEmptySet(changed)) return capUpdates(owners.entries);
  const entry = updateEntry(context, changed);
  const previous = owners.entries.get(entryId(entry));
  const fields = previous === undefined ? changed : union(changed, previous.fields);
  return capUpdates(withEntry(owners.entries, { ...entry, fields }));
}

/** The usual case and the hot path: all of a new object belongs to who created it, so there is nothing to compare. */
function trackCreate(created: ApiObject, context: WriteContext): ApiObject {
  const type = context.types.typeOf(context.apiVersion);
  if (type === undefined) return withManagedFields(created, undefined);
  const all = ownable(addedFields(type, created));
  const written = context.ignored === undefined ? all : recursiveDifference(all, context.ignored);
  const fields = difference(written, context.types.present(context.apiVersion));
  if (isEmptySet(fields)) return withManagedFields(created, undefined);
  const { manager, operation, apiVersion, time, subresource } = updateEntry(context, fields);
  const entry: ManagedFieldsJson = {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === '' ? {} : { subresource }),
  };
  return withManagedFields(created, [entry]);
}

function updateEntry(context: WriteContext, fields: FieldSet): ManagedEntry {
  return {
    manager: context.manager,
    operation: 'Update',
    apiVersion: context.apiVersion,
    subresource: context.subresource ?? '',
    time: context.time,
    fields,
  };
}

/** What a client sends replaces what is stored, unless it sends nothing, nonsense, or writes a subresource. */
function entriesFor(live: ApiObject | undefined, updated: ApiObject, context: WriteContext): ManagedEntries {
  const stored = live?.metadata.managedFields;
  const given = updated.metadata.managedFields;
  if ((context.subresource ?? '') !== '') return decodeOrEmpty(stored) ?? new Map();
  if (isReset(given)) return new Map();
  const entries = decodeOrEmpty(given);
  return entries === undefined || entries.size === 0 ? (decodeOrEmpty(stored) ?? new Map()) : entries;
}

function decodeOrEmpty(value: unknown): ManagedEntries | undefined {
  try {
    return decodeManagedFields(value);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** The object with these managed fields, or with none. */
export function withManagedFields(
  object: ApiObject,
  managedFields: readonly ManagedFieldsJson[] | undefined,
): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata;
  if (managedFields === undefined) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields: managedFields as never } };
}

/** The object as owners see it: managed fields are not fields that anybody owns. */
export function withoutManagedFields(object: ApiObject): ApiObject {
  return object.metadata.managedFields === undefined ? object : withManagedFields(object, undefined);
}

/** What a create compares with: an object of the same type without anything in it. */
export function emptyLike(object: ApiObject): ApiObject {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: {} };
}
