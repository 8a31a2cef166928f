/**
 * The last stretch of every write: default, admit, validate, record ownership, store. Verbs differ only in how they make
 * the object that is to be stored.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type ApiObject,
  type CheckContext,
  FieldPath,
  hasRules,
  type IssueReport,
  type Kind,
  normalize,
  schemaOf,
  validateObject,
} from '@weft/api';
import { alreadyExists, invalid, serviceUnavailable } from '../../shared/api-errors.ts';
import { goQuote } from '../../shared/go-quote.ts';
import type { AdmissionRequest, Operation, ShownKind } from '../admission/types.ts';
import type { ResourceInfo } from '../catalog.ts';
import { decodeEntry, encodeObject, toStorageVersion } from '../encode.ts';
import type { Entry, WriteResult } from '../store/types.ts';
import { admissionContext, type Call, type RestContext, type Target, timestamp } from './context.ts';
import { settleGeneration } from './generation.ts';
import { isFinallyDeleted } from './holds.ts';
import type { WriteOptions } from './options.ts';
import { recordOwnership } from './ownership.ts';

/** What is about to be stored. */
export interface PendingWrite {
  readonly target: Target;
  readonly call: Call;
  readonly options: WriteOptions;
  /** Normalized, in the version of the request. */
  readonly object: ApiObject;
  /** The stored state that the write replaces. */
  readonly base: Entry | undefined;
  /** Ownership is recorded already: server-side apply does it by its own rules. */
  readonly isOwned?: boolean;
  /** How webhooks are shown the object; as itself when absent. */
  readonly shownAs?: ShownKind;
}

/** The outcome of a write: the stored object, or a lost race that the verb may try again. */
export type Written = ({ readonly kind: 'written' } & WrittenObject) | { readonly kind: 'conflict' };

/** An object after a write. */
export interface WrittenObject {
  readonly object: ApiObject;
  /** The stored state, whose text answers the client; undefined after a dry run. */
  readonly entry: Entry | undefined;
}

/** Admits, validates and stores. */
export async function finishWrite(context: RestContext, write: PendingWrite): Promise<Written> {
  const { target, base } = write;
  const old = base === undefined ? undefined : decodeEntry(target.info, base);
  const admitted = await admit(context, write, old);
  // What admission filled in again is no change.
  if (old !== undefined) settleGeneration(target.info.kind, admitted, old);
  return store(context, write, write.isOwned === true ? admitted : ownedByWriter(context, write, admitted, old), old);
}

/** The writer owns what it sent; what admission filled in (an address, a token's volume) nobody owns, as in Kubernetes. */
function ownedByWriter(
  context: RestContext,
  write: PendingWrite,
  admitted: ApiObject,
  old: ApiObject | undefined,
): ApiObject {
  const { managedFields } = recordOwnership(context, write, write.object, old).metadata;
  const { managedFields: _, ...metadata } = admitted.metadata;
  return { ...admitted, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

async function admit(context: RestContext, write: PendingWrite, old: ApiObject | undefined): Promise<ApiObject> {
  const { target, call } = write;
  const { info } = target;
  const lookup = admissionContext(context, call);
  const request = admissionRequest(write, old);
  let object = write.object;
  const mutated = context.admission.mutate(request, lookup);
  const after = mutated instanceof Promise ? await mutated : mutated;
  if (after !== object) object = normalize(info.kind, info.version, after, checkContext(write, old)).object;
  validateOrThrow(write, object, old);
  if (old === undefined) setInitialStatus(info.kind, object);
  const validating = context.admission.validate({ ...request, object }, lookup);
  if (validating instanceof Promise) await validating;
  return object;
}

/** Computed from the object, so only once it is known to be a valid one. */
function setInitialStatus(kind: Kind, object: ApiObject): void {
  const status = kind.initialStatus?.(object);
  if (status !== undefined) object['status'] = status;
}

/** After these the rules of a definition are not asked. */
const BLOCKING: ReadonlySet<string> = new Set(['required', 'tooLong', 'tooMany', 'typeInvalid', 'notSupported']);
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function hasCelRules({ kind, version }: ResourceInfo): boolean {
  return kind.isBuiltin !== true && hasRules(schemaOf(kind, version));
}

/** Throws 422 with everything that is wrong; passes warnings on. */
export function validateOrThrow(write: PendingWrite, object: ApiObject, old: ApiObject | undefined): void {
  const { info } = write.target;
  const report = validateObject(info.kind, info.version, object, checkContext(write, old));
  if (report.issues.some(({ kind }) => BLOCKING.has(kind)) && hasCelRules(info)) {
    report.invalid('', null, UNCHECKED);
  }
  // What is wrong in its structure cannot be read any further.
  if (old?.metadata.deletionTimestamp !== undefined && report.issues.length === 0) checkFinalizers(object, old, report);
  write.call.warnings.push(...report.warnings);
  if (report.issues.length > 0) throw invalid(info.kind, object.metadata.name ?? '', report.issues);
}

/** What is on its way out cannot be held back by somebody new. */
function checkFinalizers(object: ApiObject, old: ApiObject, report: IssueReport): void {
  const before = new Set(old.metadata.finalizers);
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return;
  const told = added.map((finalizer) => goQuote(finalizer)).join(', ');
  report.forbidden(
    FieldPath.root.child('metadata', 'finalizers'),
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${told}}`,
  );
}

function checkContext(write: PendingWrite, old: ApiObject | undefined): CheckContext {
  return { old, subresource: write.target.subresource };
}

/** The write as admission sees it. */
export function admissionRequest(write: PendingWrite, old: ApiObject | undefined): AdmissionRequest {
  const { target, call, options, object } = write;
  const operation: Operation = old === undefined ? 'CREATE' : 'UPDATE';
  return {
    operation,
    info: target.info,
    subresource: target.subresource,
    namespace: target.namespace,
    name: object.metadata.name ?? '',
    object,
    oldObject: old,
    user: call.user,
    isDryRun: options.isDryRun,
    options: webhookOptions(operation, options),
    shownAs: write.shownAs,
  };
}

function webhookOptions(operation: Operation, options: WriteOptions): Record<string, unknown> {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    ...(options.isDryRun ? { dryRun: ['All'] } : {}),
  };
}

async function store(
  context: RestContext,
  write: PendingWrite,
  object: ApiObject,
  old: ApiObject | undefined,
): Promise<Written> {
  const { target, options, base } = write;
  const { kind } = target.info;
  if (old !== undefined && isUnchanged(object, old)) {
    return { kind: 'written', object: old, entry: base };
  }
  if (options.isDryRun) {
    const { name } = object.metadata;
    if (base === undefined && context.storage.latest(target.info.id, target.namespace, name!) !== undefined) {
      throw alreadyExists(kind, name!);
    }
    return { kind: 'written', object, entry: undefined };
  }
  const stored = toStorageVersion(kind, object);
  const isGone = isFinallyDeleted(kind, object);
  const result = await context.storage.write({
    resource: target.info.id,
    namespace: target.namespace,
    name: object.metadata.name!,
    expectedRevision: base?.revision ?? 0,
    labels: object.metadata.labels ?? {},
    isDelete: isGone,
    encode: (revision) => {
      stored.metadata.resourceVersion = String(revision);
      return encodeObject(stored);
    },
  });
  return settle(write, object, result);
}

function settle(write: PendingWrite, object: ApiObject, result: WriteResult): Written {
  const { target, base } = write;
  switch (result.kind) {
    case 'ok': {
      const metadata = { ...object.metadata, resourceVersion: String(result.entry.revision) };
      return { kind: 'written', object: { ...object, metadata }, entry: result.entry };
    }
    case 'conflict':
      if (base === undefined) throw alreadyExists(target.info.kind, object.metadata.name ?? '');
      return { kind: 'conflict' };
    case 'unavailable':
      throw serviceUnavailable(`the change was not stored: ${result.reason}`);
  }
}

/** A write that changes nothing is answered without storing a new version. */
function isUnchanged(object: ApiObject, old: ApiObject): boolean {
  return isDeepStrictEqual(withoutBookkeeping(object), withoutBookkeeping(old));
}

function withoutBookkeeping(object: ApiObject): unknown {
  const { managedFields, resourceVersion: _, ...metadata } = object.metadata;
  const owners = (managedFields ?? []).map(({ time: _time, ...entry }) => entry);
  return { ...object, metadata, owners };
}

/** Fields that the server sets on a new object. */
export function fillNewMetadata(context: RestContext, object: ApiObject): void {
  const { metadata } = object;
  metadata.uid = newUid(context);
  metadata.creationTimestamp = timestamp(context.clock);
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'resourceVersion'] as const) {
    delete metadata[field];
  }
}

function newUid(context: RestContext): string {
  const bytes = context.random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
