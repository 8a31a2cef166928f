/** Server-side apply: what the manager wants, merged with what others own. */
import { type ApiObject, apiVersionOf, isPlainObject } from '@weft/api';
import { applyConfig } from '../../patch/index.ts';
import { applyConflict, badRequest, conflict, notFound } from '../../shared/api-errors.ts';
import { isApiStatusError } from '../../shared/status.ts';
import { plainText } from '../plain-text.ts';
import type { ParsedBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { createPrepared, resetForCreate } from './create.ts';
import { decodeObject } from './decode.ts';
import { refuseOption } from './field-refusal.ts';
import { parseWriteOptions, type WriteOptions } from './options.ts';
import { ownershipContext } from './ownership.ts';
import { checkName, replaceStored } from './update.ts';
import type { WrittenObject } from './write.ts';

const ATTEMPTS = 5;

/** The object after a patch. */
export interface Patched {
  readonly written: WrittenObject;
  /** Server-side apply created it. */
  readonly isNew: boolean;
}

/** Applies the configuration in the body; creates the object when it is not there. */
export async function applyObject(
  context: RestContext,
  target: Target,
  parsed: ParsedBody,
  call: Call,
): Promise<Patched> {
  const options = parseApplyOptions(call);
  checkType(parsed, target);
  const config = decodeObject(parsed, target);
  for (let attempt = 1; ; attempt++) {
    const request = { parsed, call, options };
    const isThere = context.storage.latest(target.info.id, target.namespace, target.name) !== undefined;
    const written = isThere
      ? await changeApplied(context, target, config, request)
      : await createApplied(context, target, config, request);
    if (written !== undefined) return { written, isNew: !isThere };
    if (attempt >= ATTEMPTS) throw conflict(target.info.kind, target.name);
  }
}

/** What is applied must say what it is: managers are told apart by the versions that they write. */
function checkType({ value }: ParsedBody, { info }: Target): void {
  if (!isPlainObject(value)) return;
  const [apiVersion, kind] = [plainText(value['apiVersion']), plainText(value['kind'])];
  if (apiVersion === apiVersionOf(info.kind.group, info.version) && kind === info.kind.kind) return;
  throw badRequest(`invalid object type: ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`);
}

interface ApplyCall {
  readonly parsed: ParsedBody;
  readonly call: Call;
  readonly options: WriteOptions;
}

/** The changed object; undefined when somebody deleted it in between, so that the apply is a creation after all. */
async function changeApplied(
  context: RestContext,
  target: Target,
  config: ApiObject,
  request: ApplyCall,
): Promise<WrittenObject | undefined> {
  const { options } = request;
  const next = (live: ApiObject): ApiObject => mergeApplied(context, target, { live, config, options });
  try {
    return await replaceStored(context, target, { ...request, isOwned: true, next });
  } catch (error: unknown) {
    const isGone = context.storage.latest(target.info.id, target.namespace, target.name) === undefined;
    if (isGone && isApiStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** The new object; undefined when somebody else created it in between, so that the apply is a change after all. */
async function createApplied(
  context: RestContext,
  target: Target,
  config: ApiObject,
  request: ApplyCall,
): Promise<WrittenObject | undefined> {
  if (target.subresource !== '') throw notFound(target.info.kind, target.name);
  request.call.authorizeCreate?.();
  checkName(config, target);
  refuseIdentity(config, target);
  const { options } = request;
  const object = mergeApplied(context, target, { live: undefined, config, options });
  resetForCreate(target.info.kind, object);
  try {
    return await createPrepared(context, target, object, { ...request, isOwned: true });
  } catch (error: unknown) {
    if (isApiStatusError(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}

/** A configuration that was made from an object which is gone must not bring another one into being. */
function refuseIdentity(config: ApiObject, { info, name }: Target): void {
  const { uid = '' } = config.metadata;
  if (uid === '') return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(info.kind, name, why);
}

/** What is merged into what. */
interface Merge {
  readonly live: ApiObject | undefined;
  readonly config: ApiObject;
  readonly options: WriteOptions;
}

/** The live object with the configuration, or a conflict with those who own what it changes. */
export function mergeApplied(context: RestContext, target: Target, { live, config, options }: Merge): ApiObject {
  const owner = ownershipContext(context, target, options);
  const result = applyConfig({ ...owner, live, config, isForced: options.force });
  if (result.kind === 'conflict') throw applyConflict(result.conflicts);
  // A configuration may leave its name out; whose it is, the URL says.
  const object = structuredClone(result.object);
  checkName(object, target);
  return object;
}

/** Without a name the owner of the fields could never be told apart, so an apply must bring one. */
export function parseApplyOptions(call: Call): WriteOptions {
  if ((call.query.get('fieldManager') ?? '') === '') {
    throw refuseOption('PatchOptions', 'fieldManager', (report, path) =>
      report.required(path, 'is required for apply patch'),
    );
  }
  return parseWriteOptions('PatchOptions', call);
}
