/** PATCH: JSON patch, merge patch, strategic merge patch and server-side apply. */
import { type ApiObject, isPlainObject, schemaOf } from '@weft/api';
import { applyJsonPatch, applyMergePatch, applyStrategicMerge } from '../../patch/index.ts';
import { badRequest, unprocessable, unsupportedMediaType } from '../../shared/api-errors.ts';
import type { ResourceInfo } from '../catalog.ts';
import { applyObject, type Patched } from './apply.ts';
import { type ParsedBody, parseBody } from './body.ts';
import type { Call, RestContext, Target } from './context.ts';
import { checkNamespace } from './decode.ts';
import { refuseOption } from './field-refusal.ts';
import { parseWriteOptions, type WriteOptions } from './options.ts';
import { checkName, replaceStored } from './update.ts';

/** A patch as it came. */
export interface PatchBody {
  readonly mediaType: string;
  readonly body: Uint8Array;
}

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
/** The media type of server-side apply. */
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** Patches the object that the URL names. */
export async function patchObject(
  context: RestContext,
  target: Target,
  patch: PatchBody,
  call: Call,
): Promise<Patched> {
  const { info } = target;
  refuseUnknown(info, patch.mediaType);
  const parsed = parseBody(patch.mediaType, patch.body);
  if (patch.mediaType === APPLY_PATCH) return applyObject(context, target, parsed, call);
  const options = parseWriteOptions('PatchOptions', call);
  refuseForce(options);
  const written = await replaceStored(context, target, {
    parsed,
    call,
    options,
    isPatch: true,
    next: (current) => patched(target, current, patch.mediaType, parsed),
  });
  return { written, isNew: false };
}

/** Only an apply can take fields from others. */
export function refuseForce(options: WriteOptions): void {
  if (!options.force) return;
  throw refuseOption('PatchOptions', 'force', (report, path) =>
    report.forbidden(path, 'may not be specified for non-apply patch'),
  );
}

function patched(target: Target, current: ApiObject, mediaType: string, parsed: ParsedBody): ApiObject {
  const result = applyTo(target.info, current, mediaType, parsed.value);
  const { apiVersion, kind } = current;
  if ((result['apiVersion'] ?? apiVersion) !== apiVersion || (result['kind'] ?? kind) !== kind) {
    throw unprocessable(`the patch must leave the object a ${kind} in version "${apiVersion}"`, {});
  }
  const metadata = result['metadata'] ?? {};
  if (!isPlainObject(metadata)) throw badRequest('the patch must leave metadata an object');
  const object = { ...result, apiVersion, kind, metadata } as ApiObject;
  checkName(object, target);
  if (target.namespace !== '') checkNamespace(object.metadata.namespace ?? target.namespace, target);
  return object;
}

function applyTo(
  info: ResourceInfo,
  current: Record<string, unknown>,
  mediaType: string,
  patch: unknown,
): Record<string, unknown> {
  switch (mediaType) {
    case JSON_PATCH: {
      const result = applyJsonPatch(current, patch);
      if (!isPlainObject(result)) throw badRequest('the patch must leave an object');
      return result;
    }
    case MERGE_PATCH:
      return applyMergePatch(current, patch);
    default:
      return applyStrategicMerge(schemaOf(info.kind, info.version), current, patch);
  }
}

/** Patches a Scale, which has no lists: a strategic merge is a merge. */
export function applyPatchTo(
  current: Record<string, unknown>,
  mediaType: string,
  patch: unknown,
): Record<string, unknown> {
  if (mediaType === JSON_PATCH) {
    const result = applyJsonPatch(current, patch);
    if (isPlainObject(result)) return result;
    throw badRequest('the patch must leave an object');
  }
  if (mediaType !== MERGE_PATCH && mediaType !== STRATEGIC_PATCH) {
    throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH]);
  }
  return applyMergePatch(current, patch);
}

/** Strategic merge needs merge keys, which only the kinds of Kubernetes itself have. */
function refuseUnknown(info: ResourceInfo, mediaType: string): void {
  const accepted = [JSON_PATCH, MERGE_PATCH, APPLY_PATCH];
  if (info.kind.isBuiltin === true) accepted.splice(2, 0, STRATEGIC_PATCH);
  if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted);
}
