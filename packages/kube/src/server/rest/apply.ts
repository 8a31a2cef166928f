/** Server-side apply: what the manager wants, merged with what others own. */
import type { ApiObject } from '@weft/api';
import { applyConfig } from '../../patch/index.ts';
import { applyConflict, badRequest, notFound } from '../../shared/api-errors.ts';
import { isApiStatusError } from '../../shared/status.ts';
import type { ParsedBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { createPrepared, resetForCreate } from './create.ts';
import { decodeObject } from './decode.ts';
import { parseWriteOptions, type WriteOptions } from './options.ts';
import { ownershipContext } from './ownership.ts';
import { checkName, replaceStored } from './update.ts';
import type { WrittenObject } from './write.ts';

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
  const options = applyOptions(call);
  const config = decodeObject(parsed, target);
  checkName(config, target);
  if (context.storage.latest(target.info.id, target.namespace, target.name) === undefined) {
    const created = await createApplied(context, target, config, { parsed, call, options });
    if (created !== undefined) return { written: created, isNew: true };
  }
  const written = await replaceStored(context, target, {
    parsed,
    call,
    options,
    isOwned: true,
    next: (live) => merged(context, target, { live, config, options }),
  });
  return { written, isNew: false };
}

/** The new object; undefined when somebody else created it in between, so that the apply is a change after all. */
async function createApplied(
  context: RestContext,
  target: Target,
  config: ApiObject,
  request: { readonly parsed: ParsedBody; readonly call: Call; readonly options: WriteOptions },
): Promise<WrittenObject | undefined> {
  if (target.subresource !== '') throw notFound(target.info.kind, target.name);
  request.call.authorizeCreate?.();
  const { options } = request;
  const object = merged(context, target, { live: undefined, config, options });
  resetForCreate(target.info.kind, object);
  try {
    return await createPrepared(context, target, object, { ...request, isOwned: true });
  } catch (error: unknown) {
    if (isApiStatusError(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}

interface Merge {
  readonly live: ApiObject | undefined;
  readonly config: ApiObject;
  readonly options: WriteOptions;
}

function merged(context: RestContext, target: Target, { live, config, options }: Merge): ApiObject {
  const owner = ownershipContext(context, target, options);
  const result = applyConfig({ ...owner, live, config, isForced: options.force });
  if (result.kind === 'conflict') throw applyConflict(result.conflicts);
  return structuredClone(result.object);
}

/** Without a name the owner of the fields could never be told apart, so an apply must bring one. */
function applyOptions(call: Call): WriteOptions {
  if ((call.query.get('fieldManager') ?? '') === '') {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  return parseWriteOptions(call.query, call.userAgent);
}
