/** `pods/NAME/binding`: puts a pod on a node. */
import { type ApiObject, kubernetes, object, objectMeta, required, string } from '@weft/api';
import { conflict } from '../../../shared/api-errors.ts';
import { successStatus } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import { parseBody } from '../body.ts';
import { type RestContext, timestamp } from '../context.ts';
import { refuseField } from '../field-refusal.ts';
import { parseWriteOptions } from '../options.ts';
import { replaceStored } from '../update.ts';
import { type BodyType, readBody } from './read-body.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

interface Condition {
  readonly type: string;
}

const BINDING: BodyType = {
  group: '',
  versions: ['v1'],
  kind: 'Binding',
  schema: object('Puts a pod on a node.', {
    apiVersion: string('v1.'),
    kind: string('Binding.'),
    metadata: objectMeta,
    target: required(kubernetes.core.objectReference('The node.')),
  }),
};

interface Binding {
  readonly metadata?: { readonly uid?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly target: { readonly kind?: string; readonly name?: string };
}

/** Binds. */
export const binding: Subresource = {
  name: 'binding',
  verbs: ['create'],
  shows: { group: '', version: 'v1', kind: 'Binding' },
  offers: (info) => info.kind === kinds.pod,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call } = request;
    const options = parseWriteOptions('CreateOptions', call);
    const reading = { target, call, validation: options.fieldValidation };
    const given = readBody(BINDING, parseBody(request.mediaType, request.body), reading) as unknown as Binding;
    checkTarget(given.target, target.name);
    await replaceStored(context, target, {
      call,
      options,
      uid: given.metadata?.uid ?? '',
      isTrusted: true,
      next: (pod) => bound(pod, given, target.name, timestamp(context.clock)),
    });
    return { status: 201, value: { ...successStatus(), code: 201 } };
  },
};

const POD_BINDING = { group: '', plural: 'pods/binding' };

function checkTarget({ kind = '', name = '' }: Binding['target'], pod: string): void {
  const type = { group: '', kind: 'Binding' };
  if (kind !== '' && kind !== 'Node') {
    throw refuseField(type, pod, 'target.kind', (report, path) => report.notSupported(path, kind, ['Node', '<empty>']));
  }
  if (name === '') throw refuseField(type, pod, 'target.name', (report, path) => report.required(path));
}

function bound(pod: ApiObject, given: Binding, name: string, now: string): ApiObject {
  const spec = pod['spec'] as { nodeName?: string; schedulingGates?: unknown[] };
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(POD_BINDING, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if ((spec.nodeName ?? '') !== '') {
    throw conflict(POD_BINDING, name, `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  }
  if ((spec.schedulingGates ?? []).length > 0) {
    throw conflict(POD_BINDING, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  const { annotations } = given.metadata ?? {};
  const metadata =
    annotations === undefined
      ? pod.metadata
      : { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } };
  return { ...scheduled(pod, now), metadata, spec: { ...spec, nodeName: given.target.name! } };
}

function scheduled(pod: ApiObject, lastTransitionTime: string): ApiObject {
  const status = (pod['status'] ?? {}) as { conditions?: Condition[] };
  const others = (status.conditions ?? []).filter((c) => c.type !== 'PodScheduled');
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime };
  return { ...pod, status: { ...status, conditions: [...others, condition] } };
}
