/** DELETE of one object and of a collection. */
import { type AnyKind, type ApiObject, isPlainObject } from '@weft/api';
import { badRequest, conflict, notFound, serviceUnavailable } from '../../shared/api-errors.ts';
import type { StatusObject } from '../../shared/status.ts';
import { successStatus } from '../../shared/status.ts';
import { decodeEntry, encodeObject, toStorageVersion } from '../encode.ts';
import { kinds } from '../kinds.ts';
import { plainText } from '../plain-text.ts';
import type { Entry } from '../store/types.ts';
import { admissionContext, type Call, type RestContext, type Target } from './context.ts';
import { refuseOption } from './field-refusal.ts';
import { deletionGraceSeconds } from './grace.ts';
import { isHeld, markTerminating } from './holds.ts';
import { parseDryRun } from './options.ts';

/** How dependents of the object are treated. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** DeleteOptions, from the body and the query. */
export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly graceSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** What a deletion answers: the object while it is still on its way out, and the last of it for some kinds; or that it is gone. */
export type Deleted =
  | { readonly kind: 'object'; readonly object: ApiObject }
  | { readonly kind: 'gone'; readonly status: StatusObject };

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const ATTEMPTS = 5;
/** Kinds of which a deletion answers the last state. */
const ANSWERED: ReadonlySet<AnyKind> = new Set([
  kinds.persistentVolumeClaim,
  kinds.pod,
  kinds.resourceQuota,
  kinds.service,
  kinds.serviceAccount,
]);
const JOB_WARNING =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

/** Reads DeleteOptions; the body wins over the query. */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const given = isPlainObject(body) ? body : {};
  if (body !== undefined && !isPlainObject(body)) throw badRequest('DeleteOptions must be a JSON object');
  const { kind = 'DeleteOptions' } = given;
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`the body of a deletion must be DeleteOptions, not ${plainText(kind)}`);
  }
  const preconditions = isPlainObject(given['preconditions']) ? given['preconditions'] : {};
  const dryRun = given['dryRun'] ?? query.getAll('dryRun');
  return {
    isDryRun: parseDryRun('DeleteOptions', Array.isArray(dryRun) ? dryRun : [dryRun]),
    propagation: parsePropagation(given, query),
    graceSeconds: parseGrace(given['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined),
    uid: optionalString(preconditions['uid']),
    resourceVersion: optionalString(preconditions['resourceVersion']),
  };
}

/** Deletes one object, or marks it while finalizers or a grace period hold it. */
export async function deleteObject(
  context: RestContext,
  target: Target,
  options: DeleteOptions,
  call: Call,
): Promise<Deleted> {
  const { info, namespace, name } = target;
  if (info.kind === kinds.job && options.propagation === undefined) call.warnings.push(JOB_WARNING);
  for (let attempt = 1; ; attempt++) {
    const base = context.storage.latest(info.id, namespace, name);
    if (base === undefined) throw notFound(info.kind, name);
    const old = decodeEntry(info, base);
    checkPreconditions(options, old, base, target);
    await admitDeletion(context, target, old, options, call);
    const outcome = await tryDelete(context, target, { base, old, options });
    if (outcome !== undefined) return outcome;
    if (attempt >= ATTEMPTS) throw conflict(info.kind, name);
  }
}

async function admitDeletion(
  context: RestContext,
  target: Target,
  old: ApiObject,
  options: DeleteOptions,
  call: Call,
): Promise<void> {
  const pending = context.admission.validate(
    {
      operation: 'DELETE',
      info: target.info,
      subresource: '',
      namespace: target.namespace,
      name: target.name,
      object: undefined,
      oldObject: old,
      user: call.user,
      isDryRun: options.isDryRun,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', propagationPolicy: options.propagation },
    },
    admissionContext(context, call),
  );
  if (pending instanceof Promise) await pending;
}

interface DeletionStep {
  readonly base: Entry;
  readonly old: ApiObject;
  readonly options: DeleteOptions;
}

/** One attempt; undefined when somebody else changed the object in between. */
async function tryDelete(context: RestContext, target: Target, step: DeletionStep): Promise<Deleted | undefined> {
  const { info } = target;
  const { base, old, options } = step;
  const object = structuredClone(old);
  applyPropagation(object, options.propagation ?? defaultPropagation(info.kind));
  const grace = deletionGraceSeconds(info.kind, object, options.graceSeconds);
  const isMarked = object.metadata.deletionTimestamp !== undefined;
  if (isMarked && !isShortened(old, grace) && sameFinalizers(object, old)) return { kind: 'object', object: old };
  markDeleted(context, object, grace, info.kind);
  const held = isHeld(info.kind, object);
  // What goes at once is never seen on its way out, but for pods, whose kubelets look for it.
  const shown = held || info.kind === kinds.pod ? object : old;
  const outcome: Deleted =
    held || ANSWERED.has(info.kind)
      ? { kind: 'object', object: shown }
      : { kind: 'gone', status: goneStatus(target, old) };
  if (options.isDryRun) return outcome;
  const stored = toStorageVersion(info.kind, shown);
  const result = await context.storage.write({
    resource: info.id,
    namespace: target.namespace,
    name: target.name,
    expectedRevision: base.revision,
    labels: object.metadata.labels ?? {},
    isDelete: !held,
    encode: (revision) => {
      stored.metadata.resourceVersion = String(revision);
      shown.metadata.resourceVersion = String(revision);
      return encodeObject(stored);
    },
  });
  if (result.kind === 'unavailable') throw serviceUnavailable(`the deletion was not stored: ${result.reason}`);
  if (result.kind === 'conflict') return undefined;
  return outcome;
}

function markDeleted(context: RestContext, object: ApiObject, graceSeconds: number, kind: AnyKind): void {
  const { metadata } = object;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined && kind.hasGeneration) metadata.generation = (metadata.generation ?? 0) + 1;
  // A deletion that is hurried up counts from when it began.
  const from =
    deletionTimestamp === undefined
      ? context.clock.now()
      : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  metadata.deletionTimestamp = isoSeconds(from + graceSeconds * 1000);
  if (kind !== kinds.namespace) metadata.deletionGracePeriodSeconds = graceSeconds;
  markTerminating(kind, object);
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function isShortened(old: ApiObject, grace: number): boolean {
  return grace < (old.metadata.deletionGracePeriodSeconds ?? 0);
}

function sameFinalizers(a: ApiObject, b: ApiObject): boolean {
  return (a.metadata.finalizers ?? []).join() === (b.metadata.finalizers ?? []).join();
}

/** Jobs leave their pods behind unless told otherwise, for compatibility with the first clients of their kind. */
function defaultPropagation(kind: AnyKind): Propagation | undefined {
  return kind === kinds.job ? 'Orphan' : undefined;
}

/** Foreground and orphan deletions are carried out by the garbage collector; a finalizer makes the object wait for it. */
function applyPropagation(object: ApiObject, propagation: Propagation | undefined): void {
  if (propagation === undefined) return;
  const others = (object.metadata.finalizers ?? []).filter((f) => f !== FOREGROUND && f !== ORPHAN);
  if (propagation === 'Foreground') others.push(FOREGROUND);
  if (propagation === 'Orphan') others.push(ORPHAN);
  if (others.length > 0) object.metadata.finalizers = others;
  else delete object.metadata.finalizers;
}

function checkPreconditions(options: DeleteOptions, old: ApiObject, base: Entry, target: Target): void {
  const { kind } = target.info;
  const { uid, resourceVersion } = options;
  const named = { group: kind.group, plural: kind.kind };
  if (uid !== undefined && uid !== old.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid})`;
    throw conflict(named, target.name, `${why}. The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(base.revision)) {
    const record = `the ResourceVersion in record (${base.revision})`;
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match ${record}`;
    throw conflict(named, target.name, `${why}. The object might have been modified`);
  }
}

function goneStatus(target: Target, old: ApiObject): StatusObject {
  const { kind } = target.info;
  return successStatus({ name: target.name, group: kind.group, kind: kind.plural, uid: old.metadata.uid });
}

function parsePropagation(given: Record<string, unknown>, query: URLSearchParams): Propagation | undefined {
  const value = given['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const orphan = given['orphanDependents'] ?? query.get('orphanDependents') ?? undefined;
  if (value !== undefined && orphan !== undefined) {
    throw refuseOption('DeleteOptions', 'propagationPolicy', (report, path) =>
      report.invalid(path, value, 'orphanDependents and deletionPropagation cannot be both set'),
    );
  }
  if (orphan === true || orphan === 'true') return 'Orphan';
  if (orphan === false || orphan === 'false') return 'Background';
  if (value === undefined || value === '') return undefined;
  if (value === 'Background' || value === 'Foreground' || value === 'Orphan') return value;
  throw refuseOption('DeleteOptions', 'propagationPolicy', (report, path) =>
    report.notSupported(path, value, ['Foreground', 'Background', 'Orphan', 'nil']),
  );
}

function parseGrace(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const seconds = Number(value);
  if (!Number.isSafeInteger(seconds)) {
    throw badRequest(`gracePeriodSeconds: Invalid value: ${JSON.stringify(value)}: must be a whole number`);
  }
  // The old way to ask for "as soon as possible".
  return seconds < 0 ? 1 : seconds;
}

function optionalString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
