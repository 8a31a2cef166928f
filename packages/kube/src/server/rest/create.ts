/** POST to a collection. */
import { type ApiObject, isPlainObject, type Kind } from '@weft/api';
import { badRequest, generateNameExhausted, unprocessable } from '../../shared/api-errors.ts';
import { isApiStatusError } from '../../shared/status.ts';
import type { ParsedBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { decodeObject, normalizeStrictly } from './decode.ts';
import { parseWriteOptions, type WriteOptions } from './options.ts';
import { fillNewMetadata, finishWrite, type WrittenObject } from './write.ts';

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_BASE = 58;
const NAME_ATTEMPTS = 8;

/** Creates the object in the body. */
export async function createObject(
  context: RestContext,
  target: Target,
  parsed: ParsedBody,
  call: Call,
): Promise<WrittenObject> {
  const options = parseWriteOptions('CreateOptions', call);
  const given = decodeObject(parsed, target);
  if (!['', '0', undefined].includes(given.metadata.resourceVersion)) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  resetForCreate(target.info.kind, given);
  return createPrepared(context, target, given, { parsed, call, options });
}

/** Creates an object that is decoded already; server-side apply of an absent object ends here too. */
export async function createPrepared(
  context: RestContext,
  target: Target,
  given: ApiObject,
  request: {
    readonly parsed?: ParsedBody;
    readonly call: Call;
    readonly options: WriteOptions;
    readonly isOwned?: boolean;
  },
): Promise<WrittenObject> {
  const { parsed, call, options } = request;
  const { generateName } = given.metadata;
  const isGenerated = (given.metadata.name ?? '') === '' && (generateName ?? '') !== '';
  for (let attempt = 1; ; attempt++) {
    if (isGenerated) given.metadata.name = generatedName(context, generateName!);
    fillNewMetadata(context, given);
    if (target.info.kind.hasGeneration) given.metadata.generation = 1;
    const strict = { validation: options.fieldValidation, parsed, call };
    const object = normalizeStrictly(given, target.info, strict, { subresource: target.subresource });
    try {
      const write = { target, call, options, object, base: undefined, isOwned: request.isOwned };
      const written = await finishWrite(context, write);
      if (written.kind === 'conflict') throw unprocessable('the object was created and changed at the same time');
      return written;
    } catch (error) {
      if (!isGenerated || !isApiStatusError(error, 'AlreadyExists')) throw error;
      if (attempt >= NAME_ATTEMPTS) throw generateNameExhausted(target.info.kind, given.metadata.name!);
    }
  }
}

/** Status is written through its subresource only; generation is the server's. */
export function resetForCreate(kind: Kind, object: ApiObject): void {
  if (kind.hasStatus === true && isPlainObject(object['status'])) delete object['status'];
  delete object.metadata.generation;
}

function generatedName(context: RestContext, base: string): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += NAME_ALPHABET[context.random.int(NAME_ALPHABET.length)];
  return base.slice(0, MAX_GENERATED_BASE) + suffix;
}
