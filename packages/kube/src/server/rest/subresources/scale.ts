/** `scale`: the number of replicas of any kind that has one, as an autoscaling/v1 Scale. */
import { type ApiObject, apiVersionOf, isPlainObject, kubernetes, type ScaleDefinition } from '@weft/api';
import { notFound } from '../../../shared/api-errors.ts';
import { labelSelectorOf } from '../../../shared/label-selector.ts';
import type { ShownKind } from '../../admission/types.ts';
import { decodeEntry } from '../../encode.ts';
import { mergeApplied, parseApplyOptions } from '../apply.ts';
import { type ParsedBody, parseBody } from '../body.ts';
import type { RestContext } from '../context.ts';
import { refuseField } from '../field-refusal.ts';
import { getPath, setPath } from '../member-path.ts';
import { parseWriteOptions } from '../options.ts';
import { APPLY_PATCH, applyPatchTo, refuseForce } from '../patch.ts';
import { type Replacement, replaceStored } from '../update.ts';
import { type BodyType, readBody } from './read-body.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

const SCALE: BodyType = {
  group: 'autoscaling',
  versions: ['v1'],
  kind: 'Scale',
  schema: kubernetes.autoscaling.scale,
};

interface Scale {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly spec: { readonly replicas: number };
}

/** Reads and changes the number of replicas. */
export const scale: Subresource = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  shows: { group: SCALE.group, version: 'v1', kind: SCALE.kind },
  offers: (info) => info.kind.scale !== undefined,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, verb } = request;
    const definition = target.info.kind.scale!;
    if (verb === 'get') {
      const entry = context.storage.get(target.info.id, target.namespace, target.name);
      if (entry === undefined) throw notFound(target.info.kind, target.name);
      return { status: 200, value: scaleOf(definition, decodeEntry(target.info, entry)) };
    }
    const replacement = { ...replacementFor(context, request, definition), shownAs: shownScale(definition) };
    const { object } = await replaceStored(context, target, replacement);
    return { status: 200, value: scaleOf(definition, object) };
  },
};

function replacementFor(context: RestContext, request: SubresourceRequest, definition: ScaleDefinition): Replacement {
  const { call, verb, mediaType } = request;
  const parsed = parseBody(mediaType, request.body);
  if (verb === 'update') {
    const options = parseWriteOptions('UpdateOptions', call);
    const wanted = readScale(request, parsed, options.fieldValidation);
    const uid = wanted.metadata?.uid ?? '';
    return { call, options, uid, next: (current) => withScale(definition, current, wanted) };
  }
  if (mediaType === APPLY_PATCH) return appliedScale(context, request, parsed, definition);
  const options = parseWriteOptions('PatchOptions', call);
  refuseForce(options);
  const next = (current: ApiObject): ApiObject => {
    const value = applyPatchTo(scaleOf(definition, current), mediaType, parsed.value);
    const body = { value, duplicates: parsed.duplicates };
    return withScale(definition, current, readScale(request, body, options.fieldValidation));
  };
  return { call, options, next };
}

/** An apply of a Scale owns the number of replicas in the object itself, as a manager of its scale. */
function appliedScale(
  context: RestContext,
  request: SubresourceRequest,
  parsed: ParsedBody,
  definition: ScaleDefinition,
): Replacement {
  const { target, call } = request;
  const options = parseApplyOptions(call);
  const { kind, version } = target.info;
  const wanted = readScale(request, parsed, options.fieldValidation);
  const { resourceVersion, uid } = wanted.metadata ?? {};
  const config: ApiObject = {
    apiVersion: apiVersionOf(kind.group, version),
    kind: kind.kind,
    metadata: { name: target.name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
  const whole = setPath(config, definition.specReplicasPath, wanted.spec.replicas) as ApiObject;
  return {
    call,
    options,
    uid: uid ?? '',
    isOwned: true,
    next: (live) => mergeApplied(context, target, { live, config: whole, options }),
  };
}

function readScale(
  { target, call }: SubresourceRequest,
  parsed: ParsedBody,
  validation: Parameters<typeof readBody>[2]['validation'],
): Scale {
  // The status is the server's to say; clients send what they were shown, or nothing that makes sense.
  const value = isPlainObject(parsed.value) ? { ...parsed.value, status: undefined } : parsed.value;
  const given = readBody(SCALE, { ...parsed, value }, { target, call, validation }) as unknown as Scale;
  const { replicas } = given.spec;
  if (replicas >= 0) return given;
  throw refuseField(SCALE, target.name, 'spec.replicas', (report, path) =>
    report.invalid(path, replicas, 'must be greater than or equal to 0'),
  );
}

function withScale(definition: ScaleDefinition, current: ApiObject, wanted: Scale): ApiObject {
  const next = setPath(current, definition.specReplicasPath, wanted.spec.replicas) as ApiObject;
  const { resourceVersion } = wanted.metadata ?? {};
  return { ...next, metadata: { ...next.metadata, resourceVersion: resourceVersion ?? '' } };
}

function scaleOf(definition: ScaleDefinition, object: ApiObject): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector =
    definition.labelSelectorPath === undefined ? undefined : getPath(object, definition.labelSelectorPath);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: getPath(object, definition.specReplicasPath) ?? 0 },
    status: {
      replicas: getPath(object, definition.statusReplicasPath) ?? 0,
      ...(selector === undefined ? {} : { selector: selectorText(selector) }),
    },
  };
}

/** Webhooks on `scale` judge the Scale; all that they can change is the number of replicas. */
function shownScale(definition: ScaleDefinition): ShownKind {
  return {
    group: SCALE.group,
    version: 'v1',
    kind: SCALE.kind,
    show: (object) => scaleOf(definition, object) as unknown as ApiObject,
    take: (object, shown) => {
      const replicas = isPlainObject(shown['spec']) ? shown['spec']['replicas'] : undefined;
      return setPath(object, definition.specReplicasPath, replicas) as ApiObject;
    },
  };
}

function selectorText(selector: unknown): string {
  return typeof selector === 'string' ? selector : labelSelectorOf(selector as object).toString();
}
