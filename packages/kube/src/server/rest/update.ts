/** PUT, and the part of PATCH that comes after the patch was applied. */
import type { AnyKind, ApiObject } from '@weft/api';
import { badRequest, conflict, notFound } from '../../shared/api-errors.ts';
import type { ShownKind } from '../admission/types.ts';
import { decodeEntry } from '../encode.ts';
import { kinds } from '../kinds.ts';
import type { Entry } from '../store/types.ts';
import type { ParsedBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { decodeObject, normalizeStrictly } from './decode.ts';
import { refuseField } from './field-refusal.ts';
import { parseRevision, parseWriteOptions, type WriteOptions } from './options.ts';
import { objectPart } from './subresources/parts.ts';
import { finishWrite, type WrittenObject } from './write.ts';

const ATTEMPTS = 5;

/** Replaces the object by the one in the body. */
export async function updateObject(
  context: RestContext,
  target: Target,
  parsed: ParsedBody,
  call: Call,
): Promise<WrittenObject> {
  const options = parseWriteOptions('UpdateOptions', call);
  const given = decodeObject(parsed, target);
  checkName(given, target);
  requireVersion(given, target);
  const { uid = '' } = given.metadata;
  return replaceStored(context, target, { parsed, call, options, uid, next: () => structuredClone(given) });
}

/** Built-in kinds that, like all custom ones, are only replaced by who names the version that the replacement is based on. */
const VERSIONED: ReadonlySet<AnyKind> = new Set([
  kinds.customResourceDefinition,
  kinds.lease,
  kinds.mutatingWebhookConfiguration,
  kinds.podDisruptionBudget,
  kinds.validatingWebhookConfiguration,
]);

function requireVersion(given: ApiObject, { info, name }: Target): void {
  if (info.kind.isBuiltin === true && !VERSIONED.has(info.kind)) return;
  if (![undefined, '', '0'].includes(given.metadata.resourceVersion)) return;
  const { group, plural } = info.kind;
  throw refuseField({ group, kind: plural }, name, 'metadata.resourceVersion', (report, path) =>
    report.invalid(path, 0, 'must be specified for an update'),
  );
}

/** What a replacement is made of. */
export interface Replacement {
  readonly parsed?: ParsedBody;
  readonly call: Call;
  readonly options: WriteOptions;
  readonly isOwned?: boolean;
  /** The client sent a patch. */
  readonly isPatch?: boolean;
  /** The identity that the client means; another one is a conflict. Empty or absent for any. */
  readonly uid?: string;
  /** `next` changes exactly what this way of writing may change, so nothing has to be put back. */
  readonly isTrusted?: boolean;
  /** How webhooks are shown the object; as itself when absent. */
  readonly shownAs?: ShownKind;
  /** Makes the new object from the current one, in the request's version; asked again after a lost race. */
  readonly next: (current: ApiObject) => ApiObject;
}

/** Reads, replaces and stores; tries again when somebody else was faster and the client did not name a version. */
export async function replaceStored(
  context: RestContext,
  target: Target,
  replacement: Replacement,
): Promise<WrittenObject> {
  const { info, namespace, name } = target;
  for (let attempt = 1; ; attempt++) {
    const base = context.storage.latest(info.id, namespace, name);
    if (base === undefined) throw notFound(info.kind, name);
    const old = decodeEntry(info, base);
    if (replacement.uid !== undefined) checkUid(replacement.uid, old, target);
    const wanted = replacement.next(structuredClone(old));
    checkVersion(wanted, base, target);
    carryIdentity(wanted, old);
    const next = replacement.isTrusted === true ? wanted : carryOver(target, wanted, old);
    const strict = {
      validation: replacement.options.fieldValidation,
      parsed: replacement.parsed,
      call: replacement.call,
      isPatch: replacement.isPatch === true,
    };
    const object = normalizeStrictly(next, info, strict, { old, subresource: target.subresource });
    const { call, options, isOwned, shownAs } = replacement;
    const written = await finishWrite(context, { target, call, options, object, base, isOwned, shownAs });
    if (written.kind !== 'conflict') return written;
    if (attempt >= ATTEMPTS) throw conflict(info.kind, name);
  }
}

/** The body must be about the object that the URL names. */
export function checkName(given: ApiObject, target: Target): void {
  const { name } = given.metadata;
  if (name === undefined || name === '') {
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== target.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
}

/** Whoever names an identity means that object, not a later one of the same name. */
export function checkUid(uid: string, old: ApiObject, target: Target): void {
  if (uid === '' || uid === old.metadata.uid) return;
  throw conflict(
    target.info.kind,
    target.name,
    `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
  );
}

/** A client that names a version insists on it; after a lost race it is no longer the current one. */
function checkVersion(next: ApiObject, base: Entry, target: Target): void {
  const wanted = parseRevision(next.metadata.resourceVersion ?? '');
  if (wanted !== undefined && wanted !== 0 && wanted !== base.revision) throw conflict(target.info.kind, target.name);
}

/** What no write can change. Another uid than the object's stays, and is refused with all else that is wrong. */
function carryIdentity(next: ApiObject, old: ApiObject): void {
  const { metadata } = next;
  if ((metadata.uid ?? '') === '') metadata.uid = old.metadata.uid!;
  for (const field of CARRIED) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: old.metadata[field] });
  }
}

/** Who writes a part changes nothing else; everybody else leaves the status alone. */
function carryOver({ info, subresource }: Target, next: ApiObject, old: ApiObject): ApiObject {
  const part = objectPart(info, subresource);
  if (part !== undefined) {
    const { managedFields } = next.metadata;
    const metadata = { ...old.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
    return { ...part.merge(next, old), metadata };
  }
  if (info.kind.hasStatus !== true) return next;
  const { status: _, ...rest } = next;
  // What holds a namespace is changed through `finalize` alone.
  if (info.kind === kinds.namespace) Object.assign(rest, { spec: old['spec'] });
  return (old['status'] === undefined ? rest : { ...rest, status: old['status'] }) as ApiObject;
}

const CARRIED = [
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'namespace',
] as const;
