/** `scale`: the number of replicas of any kind that has one, as an autoscaling/v1 Scale. */
import { type ApiObject, isPlainObject, type ScaleDefinition } from '@weft/api';
import { badRequest, notFound } from '../../../shared/api-errors.ts';
import { labelSelectorOf } from '../../../shared/label-selector.ts';
import { decodeEntry } from '../../encode.ts';
import { expectObject, parseBody } from '../body.ts';
import type { RestContext } from '../context.ts';
import { getPath, setPath } from '../member-path.ts';
import { parseWriteOptions } from '../options.ts';
import { applyPatchTo } from '../patch.ts';
import { replaceStored } from '../update.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

/** Reads and changes the number of replicas. */
export const scale: Subresource = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  shows: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  offers: (info) => info.kind.scale !== undefined,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call, verb } = request;
    const definition = target.info.kind.scale!;
    if (verb === 'get') {
      const entry = context.storage.get(target.info.id, target.namespace, target.name);
      if (entry === undefined) throw notFound(target.info.kind, target.name);
      return { status: 200, value: scaleOf(definition, decodeEntry(target.info, entry)) };
    }
    const { object } = await replaceStored(context, target, {
      call,
      options: parseWriteOptions('UpdateOptions', call),
      next: (current) => withScale(definition, current, wantedScale(request, scaleOf(definition, current))),
    });
    return { status: 200, value: scaleOf(definition, object) };
  },
};

function wantedScale(request: SubresourceRequest, current: Record<string, unknown>): Record<string, unknown> {
  if (request.verb === 'patch') return applyPatchTo(current, request);
  return expectObject(parseBody(request.mediaType, request.body), 'the Scale');
}

function withScale(definition: ScaleDefinition, current: ApiObject, wanted: Record<string, unknown>): ApiObject {
  const spec = isPlainObject(wanted['spec']) ? wanted['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw badRequest(
      `Scale: spec.replicas: Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`,
    );
  }
  const metadata = isPlainObject(wanted['metadata']) ? wanted['metadata'] : {};
  const next = setPath(current, definition.specReplicasPath, replicas) as ApiObject;
  const { resourceVersion } = metadata;
  if (typeof resourceVersion === 'string') next.metadata = { ...next.metadata, resourceVersion };
  return next;
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

function selectorText(selector: unknown): string {
  return typeof selector === 'string' ? selector : labelSelectorOf(selector as object).toString();
}
