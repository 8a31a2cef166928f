/** `namespaces/NAME/finalize`: the only way to change the finalizers in a namespace's spec. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { kinds } from '../../kinds.ts';
import { parseBody } from '../body.ts';
import type { RestContext } from '../context.ts';
import { decodeObject } from '../decode.ts';
import { parseWriteOptions } from '../options.ts';
import { checkName, replaceStored } from '../update.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

/** Replaces the finalizers. */
export const finalize: Subresource = {
  name: 'finalize',
  verbs: ['update'],
  offers: (info) => info.kind === kinds.namespace,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call } = request;
    const given = decodeObject(parseBody(request.mediaType, request.body), target);
    checkName(given, target);
    const finalizers = finalizersOf(given);
    const { object: value } = await replaceStored(context, target, {
      call,
      options: parseWriteOptions('UpdateOptions', call),
      uid: given.metadata.uid ?? '',
      isTrusted: true,
      next: (current) => ({ ...current, spec: { ...(current['spec'] as object), finalizers } }),
    });
    return { status: 200, value };
  },
};

function finalizersOf(object: ApiObject): unknown[] {
  const spec = isPlainObject(object['spec']) ? object['spec'] : {};
  return Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
}
