/** `pods/NAME/binding`: puts a pod on a node. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { badRequest, conflict } from '../../../shared/api-errors.ts';
import { successStatus } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import { expectObject, parseBody } from '../body.ts';
import { type RestContext, timestamp } from '../context.ts';
import { parseWriteOptions } from '../options.ts';
import { replaceStored } from '../update.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

interface Condition {
  readonly type: string;
}

/** Binds. */
export const binding: Subresource = {
  name: 'binding',
  verbs: ['create'],
  shows: { group: '', version: 'v1', kind: 'Binding' },
  offers: (info) => info.kind === kinds.pod,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call } = request;
    const given = expectObject(parseBody(request.mediaType, request.body), 'the Binding');
    const wanted = isPlainObject(given['target']) ? given['target']['name'] : undefined;
    if (typeof wanted !== 'string' || wanted === '') throw badRequest('Binding: target.name: Required value');
    await replaceStored(context, target, {
      call,
      options: parseWriteOptions('CreateOptions', call),
      next: (pod) => bound(pod, wanted, target.name),
    });
    // The condition is status, which has its own way in.
    await replaceStored(
      context,
      { ...target, subresource: 'status' },
      {
        call,
        options: parseWriteOptions('CreateOptions', call),
        next: (pod) => scheduled(pod, timestamp(context.clock)),
      },
    );
    return { status: 201, value: successStatus() };
  },
};

function bound(pod: ApiObject, node: string, name: string): ApiObject {
  const spec = pod['spec'] as Record<string, unknown>;
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(kinds.pod, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (typeof spec['nodeName'] === 'string' && spec['nodeName'] !== '') {
    throw conflict(kinds.pod, name, `pod ${name} is already assigned to node ${JSON.stringify(spec['nodeName'])}`);
  }
  return { ...pod, spec: { ...spec, nodeName: node } };
}

function scheduled(pod: ApiObject, lastTransitionTime: string): ApiObject {
  const status = (pod['status'] ?? {}) as { conditions?: Condition[] };
  const others = (status.conditions ?? []).filter((c) => c.type !== 'PodScheduled');
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime };
  return { ...pod, status: { ...status, conditions: [...others, condition] } };
}
