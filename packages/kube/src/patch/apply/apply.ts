/**
 * Server-side apply: a manager says which fields it wants to have which values; the server merges, removes what the manager
 * had applied before and does not any more, and refuses to change what others own unless forced.
 */
import type { ApiObject } from '@weft/api';
import { badRequest, type FieldOwnerConflict, internalError } from '../../shared/api-errors.ts';
import { checkDepth, equalJson, isObject } from '../json.ts';
import { checkApplied } from './check-applied.ts';
import { difference, isEmptySet, iterate, recursiveDifference } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { KUBECTL, refreshLastApplied, unchangedLastApplied } from './last-applied.ts';
import {
  decodeManagedFields,
  encodeManagedFields,
  entryId,
  type ManagedEntries,
  type ManagedEntry,
  ownable,
  withEntry,
} from './managed-fields.ts';
import { mergeObjects, withoutNulls } from './merge.ts';
import { changeOwners, type OwnerConflict } from './owners.ts';
import { formatFieldPath, type PathElement } from './path-element.ts';
import { pruneApplied } from './prune.ts';
import { reconcileEntries } from './reconcile.ts';
import { appliedFields } from './to-field-set.ts';
import { emptyLike, updateEntries, type WriteContext, withManagedFields, withoutManagedFields } from './update.ts';

/** An apply request. */
export interface ApplyRequest extends WriteContext {
  /** The stored object in the request's version; absent when there is none. */
  readonly live: ApiObject | undefined;
  /** What the manager applies. */
  readonly config: ApiObject;
  /** Takes fields that others own instead of refusing. */
  readonly isForced: boolean;
}

/** The outcome of an apply. */
export type ApplyResult =
  | {
      readonly kind: 'ok';
      /** The merged object with its owners; still to be defaulted, validated and stored. */
      readonly object: ApiObject;
    }
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldOwnerConflict[] };

/** The manager of what was there before anybody's ownership was on record. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Applies a configuration; refuses with 400 what is no configuration of this kind. Never changes its arguments. */
export function applyConfig(request: ApplyRequest): ApplyResult {
  const type = checkRequest(request);
  const first = applyOnce(request, type, request.isForced);
  if (first.kind === 'ok') return finish(first, request);
  const left = beyondLastApplied(request, type, first.conflicts);
  if (left.length > 0) return { kind: 'conflict', conflicts: left.flatMap(describeConflict) };
  return finish(applyOnce(request, type, true), request);
}

type Attempt =
  | { readonly kind: 'ok'; readonly object: ApiObject; readonly entries: ManagedEntries }
  | { readonly kind: 'conflict'; readonly conflicts: readonly OwnerConflict[] };

function checkRequest(request: ApplyRequest): FieldType {
  const { config, apiVersion, types } = request;
  if (config.apiVersion !== apiVersion) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${config.apiVersion}, expected: ${apiVersion}`,
    );
  }
  if (!isObject(config.metadata)) throw badRequest('metadata of the applied configuration must be an object');
  if (config.metadata.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  checkDepth(config, 'the applied configuration');
  const type = types.typeOf(apiVersion);
  if (type === undefined) throw badRequest(`there is no version ${apiVersion} of kind ${config.kind}`);
  checkApplied(type, config);
  return type;
}

function applyOnce(request: ApplyRequest, type: FieldType, isForced: boolean): Attempt {
  const { types, apiVersion, config, ignored } = request;
  const live = withoutManagedFields(request.live ?? emptyLike(config));
  const entries = reconcileEntries(types, entriesBefore(request, live));
  const fields = appliedFields(type, config);
  const wanted: ManagedEntry = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion,
    subresource: request.subresource ?? '',
    time: undefined,
    fields: ignored === undefined ? fields : recursiveDifference(fields, ignored),
  };
  const author = entryId(wanted);
  const last = entries.get(author);
  const claimed = new Map(entries).set(author, wanted);
  const merged = mergeObjects(type, live, config) as ApiObject;
  const pruned = pruneApplied({ types, merged, entries: claimed, last, apiVersion });
  const owners = changeOwners({ types, apiVersion, before: live, after: pruned, entries: claimed, author, ignored });
  if (owners.conflicts.length > 0 && !isForced) return { kind: 'conflict', conflicts: owners.conflicts };
  const after = cleaned(type, pruned);
  const isChanged = !equalJson(live, after);
  const entry = { ...wanted, time: isChanged ? request.time : last?.time, fields: ownable(wanted.fields) };
  return { kind: 'ok', object: isChanged ? after : live, entries: withEntry(withoutId(owners.entries, author), entry) };
}

/** The object as it is stored: what pruning emptied is absent, and there always is metadata. */
function cleaned(type: FieldType, pruned: ApiObject): ApiObject {
  const object = withoutNulls(type, pruned) as ApiObject;
  return isObject(object.metadata) ? object : { ...object, metadata: {} };
}

/** Owners on record. Without any, all that is there belongs to a manager of its own, so that conflicts are seen. */
function entriesBefore(request: ApplyRequest, live: ApiObject): ManagedEntries {
  if (request.live === undefined) return new Map();
  let entries: ManagedEntries;
  try {
    entries = decodeManagedFields(request.live.metadata.managedFields);
  } catch (thrown) {
    throw internalError(thrown);
  }
  if (entries.size > 0) return entries;
  return updateEntries(new Map(), emptyLike(live), live, { ...request, manager: BEFORE_FIRST_APPLY });
}

function finish(attempt: Attempt, request: ApplyRequest): ApplyResult {
  if (attempt.kind === 'conflict') return { kind: 'conflict', conflicts: attempt.conflicts.flatMap(describeConflict) };
  const isKubectl = request.manager === KUBECTL;
  const object = isKubectl ? refreshLastApplied(attempt.object, request.config) : attempt.object;
  return { kind: 'ok', object: withManagedFields(object, encodeManagedFields(attempt.entries)) };
}

/** Conflicts that are left when kubectl takes over from client-side apply. */
function beyondLastApplied(
  request: ApplyRequest,
  type: FieldType,
  conflicts: readonly OwnerConflict[],
): readonly OwnerConflict[] {
  const { live, manager } = request;
  const allowed = manager === KUBECTL && live !== undefined ? unchangedLastApplied(type, live) : undefined;
  if (allowed === undefined) return conflicts;
  return conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
    .filter((conflict) => !isEmptySet(conflict.fields));
}

function describeConflict({ entry, fields }: OwnerConflict): FieldOwnerConflict[] {
  const described: FieldOwnerConflict[] = [];
  iterate(fields, (path: readonly PathElement[]) => {
    const { manager, operation, apiVersion, subresource } = entry;
    described.push({ manager, operation, apiVersion, subresource, field: formatFieldPath(path) });
  });
  return described;
}

function withoutId(entries: ManagedEntries, id: string): ManagedEntries {
  const rest = new Map(entries);
  rest.delete(id);
  return rest;
}
