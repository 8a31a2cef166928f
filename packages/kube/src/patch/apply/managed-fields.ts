/** `metadata.managedFields` as entries with field sets: reading, writing, and what is never owned. */
import { isObject } from '../json.ts';
import { difference, type FieldSet, fieldSetOf, isEmptySet, union } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { fieldElement } from './path-element.ts';

/** What one manager owns through one way of writing. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The version that the field names belong to. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** When the set last changed; absent when it never was told. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** All entries of an object, by `entryId`. */
export type ManagedEntries = ReadonlyMap<string, ManagedEntry>;

/** An entry as it stands in an object. */
export interface ManagedFieldsJson {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

/** Entries of updates that are kept apart; older ones are merged. */
const MAX_UPDATE_ENTRIES = 10;
/** The manager of merged old updates. */
const ANCIENT_MANAGER = 'ancient-changes';

const metadata = fieldElement('metadata');

/** What nobody owns: names, identity and the server's own bookkeeping. */
const NEVER_OWNED = fieldSetOf(
  [fieldElement('apiVersion')],
  [fieldElement('kind')],
  [metadata],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => [metadata, fieldElement(name)]),
);

/** The set without what nobody owns. */
export function ownable(fields: FieldSet): FieldSet {
  return difference(fields, NEVER_OWNED);
}

/** Who an entry belongs to. One applier has one entry whatever version it applies; updates are apart by version. */
export function entryId(entry: Pick<ManagedEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const version = entry.operation === 'Apply' ? '' : entry.apiVersion;
  return JSON.stringify([entry.manager, entry.operation, version, entry.subresource]);
}

/** Reads the entries of an object; throws a `SyntaxError` that says what is wrong with one. */
export function decodeManagedFields(value: unknown): ManagedEntries {
  const entries = new Map<string, ManagedEntry>();
  if (value === undefined || value === null) return entries;
  if (!Array.isArray(value)) throw new SyntaxError('managedFields must be a list');
  for (const [i, item] of value.entries()) {
    const entry = decodeEntry(item, i);
    entries.set(entryId(entry), entry);
  }
  return entries;
}

function decodeEntry(item: unknown, index: number): ManagedEntry {
  if (!isObject(item)) throw new SyntaxError(`managed fields entry ${index} is not an object`);
  const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = item;
  if (operation !== 'Apply' && operation !== 'Update') throw new SyntaxError('operation must be `Apply` or `Update`');
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new SyntaxError('apiVersion must not be empty');
  if (fieldsType !== 'FieldsV1') {
    throw new SyntaxError(
      fieldsType === undefined || fieldsType === ''
        ? `missing fieldsType in managed fields entry ${index}`
        : `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`,
    );
  }
  return {
    manager: typeof manager === 'string' ? manager : '',
    operation,
    apiVersion,
    subresource: typeof subresource === 'string' ? subresource : '',
    time: typeof time === 'string' ? time : undefined,
    fields: decodeFieldsV1(fieldsV1 ?? {}),
  };
}

/** Tells whether managed fields given by a client mean "forget all owners": an empty list, or one empty entry. */
export function isReset(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.length === 0 || (value.length === 1 && isObject(value[0]) && Object.keys(value[0]).length === 0);
}

/** Writes entries as they stand in objects, in Kubernetes' order; undefined when there are none. */
export function encodeManagedFields(entries: ManagedEntries): ManagedFieldsJson[] | undefined {
  if (entries.size === 0) return undefined;
  return [...entries.values()].sort(compareEntries).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFieldsV1(entry.fields),
    ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  }));
}

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function secondsOf(entry: ManagedEntry): number {
  const ms = entry.time === undefined ? 0 : Date.parse(entry.time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/**
 * Merges the oldest updates of the same version into one entry until few enough are left, so that objects which many
 * clients write do not grow without end.
 */
export function capUpdates(entries: ManagedEntries): ManagedEntries {
  const updates = [...entries].filter(([, entry]) => entry.operation === 'Update');
  let count = updates.length;
  if (count <= MAX_UPDATE_ENTRIES) return entries;
  const result = new Map(entries);
  updates.sort(([idA, a], [idB, b]) => secondsOf(a) - secondsOf(b) || compareText(idA, idB));
  /** The oldest update of each version, which starts the merged entry once a second one is found. */
  const oldest = new Map<string, string>();
  for (const [id, entry] of updates) {
    if (count <= MAX_UPDATE_ENTRIES) break;
    const first = oldest.get(entry.apiVersion);
    if (first === undefined) {
      oldest.set(entry.apiVersion, id);
      continue;
    }
    const ancient = { ...entry, manager: ANCIENT_MANAGER, subresource: '' };
    const ancientId = entryId(ancient);
    const before = result.get(ancientId) ?? result.get(first);
    result.delete(first);
    result.delete(id);
    result.set(ancientId, { ...ancient, fields: union(entry.fields, before?.fields ?? {}) });
    count--;
  }
  return result;
}

/** The entries with this one set, or removed when it owns nothing. */
export function withEntry(entries: ManagedEntries, entry: ManagedEntry): ManagedEntries {
  const result = new Map(entries);
  if (isEmptySet(entry.fields)) result.delete(entryId(entry));
  else result.set(entryId(entry), entry);
  return result;
}
