/** `pods/NAME/eviction`: a deletion that disruption budgets may refuse. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { badRequest, notFound } from '../../../shared/api-errors.ts';
import { labelSelectorOf } from '../../../shared/label-selector.ts';
import { ApiStatusError, successStatus } from '../../../shared/status.ts';
import { decodeEntry } from '../../encode.ts';
import { kinds } from '../../kinds.ts';
import { expectObject, parseBody } from '../body.ts';
import { type RestContext, readAll } from '../context.ts';
import { deleteObject, parseDeleteOptions } from '../delete.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

const RETRY_SECONDS = 10;

/** Evicts. */
export const eviction: Subresource = {
  name: 'eviction',
  verbs: ['create'],
  shows: { group: 'policy', version: 'v1', kind: 'Eviction' },
  offers: (info) => info.kind === kinds.pod,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call } = request;
    const given = expectObject(parseBody(request.mediaType, request.body), 'the Eviction');
    const entry = context.storage.latest(target.info.id, target.namespace, target.name);
    if (entry === undefined) throw notFound(kinds.pod, target.name);
    checkBudgets(context, target.namespace, decodeEntry(target.info, entry));
    const options = parseDeleteOptions(given['deleteOptions'], call.query);
    await deleteObject(context, { ...target, subresource: '' }, options, call);
    return { status: 201, value: successStatus() };
  },
};

function checkBudgets(context: RestContext, namespace: string, pod: ApiObject): void {
  if (isFinished(pod)) return;
  const budgets = readAll(context, kinds.podDisruptionBudget, namespace).filter((budget) => selects(budget, pod));
  if (budgets.length > 1)
    throw badRequest(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const [budget] = budgets;
  if (budget === undefined) return;
  const status = (budget['status'] ?? {}) as {
    disruptionsAllowed?: number;
    desiredHealthy?: number;
    currentHealthy?: number;
  };
  if ((status.disruptionsAllowed ?? 0) > 0) return;
  throw new ApiStatusError({
    statusCode: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      retryAfterSeconds: RETRY_SECONDS,
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${budget.metadata.name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
        },
      ],
    },
  });
}

function selects(budget: ApiObject, pod: ApiObject): boolean {
  const spec = isPlainObject(budget['spec']) ? budget['spec'] : {};
  if (!isPlainObject(spec['selector'])) return false;
  return labelSelectorOf(spec['selector']).matches(pod.metadata.labels);
}

function isFinished(pod: ApiObject): boolean {
  const status = isPlainObject(pod['status']) ? pod['status'] : {};
  const spec = isPlainObject(pod['spec']) ? pod['spec'] : {};
  const isUnscheduled = spec['nodeName'] === undefined || spec['nodeName'] === '';
  return isUnscheduled || status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
}
