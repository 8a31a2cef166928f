/** `pods/NAME/eviction`: a deletion that disruption budgets may refuse. */
import { type ApiObject, isPlainObject, kubernetes } from '@weft/api';
import { forbidden, notFound } from '../../../shared/api-errors.ts';
import { labelSelectorOf } from '../../../shared/label-selector.ts';
import { ApiStatusError, successStatus } from '../../../shared/status.ts';
import { decodeEntry } from '../../encode.ts';
import { kinds } from '../../kinds.ts';
import { parseBody } from '../body.ts';
import { type Call, type RestContext, readAll, storedInfo, timestamp } from '../context.ts';
import { deleteObject, parseDeleteOptions } from '../delete.ts';
import { parseWriteOptions, type WriteOptions } from '../options.ts';
import { replaceStored } from '../update.ts';
import { type BodyType, readBody } from './read-body.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

const RETRY_SECONDS = 10;
/** Pods that a budget counts as gone although they are still there. */
const MAX_DISRUPTED = 2000;

const EVICTION: BodyType = {
  group: 'policy',
  versions: ['v1', 'v1beta1'],
  kind: 'Eviction',
  schema: kubernetes.policy.eviction,
};

interface BudgetStatus {
  readonly observedGeneration?: number;
  readonly disruptionsAllowed?: number;
  readonly desiredHealthy?: number;
  readonly currentHealthy?: number;
  readonly disruptedPods?: Readonly<Record<string, string>>;
}

/** Evicts. */
export const eviction: Subresource = {
  name: 'eviction',
  verbs: ['create'],
  shows: { group: 'policy', version: 'v1', kind: 'Eviction' },
  offers: (info) => info.kind === kinds.pod,
  async answer(context: RestContext, request: SubresourceRequest): Promise<SubresourceAnswer> {
    const { target, call } = request;
    const options = parseWriteOptions('CreateOptions', call);
    const reading = { target, call, validation: options.fieldValidation };
    const given = readBody(EVICTION, parseBody(request.mediaType, request.body), reading);
    const deletion = parseDeleteOptions(given['deleteOptions'] ?? undefined, call.query);
    const entry = context.storage.latest(target.info.id, target.namespace, target.name);
    if (entry === undefined) throw notFound(kinds.pod, target.name);
    const pod = decodeEntry(target.info, entry);
    const budget = budgetFor(context, target.namespace, pod);
    const isDryRun = options.isDryRun || deletion.isDryRun;
    if (budget !== undefined) await useBudget(context, { budget, pod, call, options: { ...options, isDryRun } });
    await deleteObject(context, { ...target, subresource: '' }, { ...deletion, isDryRun }, call);
    return { status: 201, value: { ...successStatus(), code: 201 } };
  },
};

/** The budget that has to allow the eviction, if one does. */
function budgetFor(context: RestContext, namespace: string, pod: ApiObject): ApiObject | undefined {
  if (pod.metadata.deletionTimestamp !== undefined || !isRunning(pod)) return undefined;
  const budgets = readAll(context, kinds.podDisruptionBudget, namespace).filter((budget) => selects(budget, pod));
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiStatusError({ statusCode: 500, reason: '', message }, { retry: 'never' });
  }
  const [budget] = budgets;
  return budget === undefined || isReady(pod) || !allowsUnhealthy(budget) ? budget : undefined;
}

/** Takes one disruption from the budget; two evictions at the same time cannot take the same one. */
async function useBudget(
  context: RestContext,
  eviction: {
    readonly budget: ApiObject;
    readonly pod: ApiObject;
    readonly call: Call;
    readonly options: WriteOptions;
  },
): Promise<void> {
  const { budget, pod, call, options } = eviction;
  const info = storedInfo(kinds.podDisruptionBudget);
  const name = budget.metadata.name!;
  const target = { info, namespace: budget.metadata.namespace!, name, subresource: 'status' };
  const next = (current: ApiObject): ApiObject => {
    const status = statusOf(current);
    checkBudget(current, status);
    return {
      ...current,
      status: {
        ...status,
        disruptionsAllowed: status.disruptionsAllowed! - 1,
        disruptedPods: { ...status.disruptedPods, [pod.metadata.name!]: timestamp(context.clock) },
      },
    };
  };
  await replaceStored(context, target, { call, options, next });
}

function checkBudget(budget: ApiObject, status: BudgetStatus): void {
  const { disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = status;
  const name = budget.metadata.name!;
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw overBudget(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS);
  }
  if (disruptionsAllowed < 0) throw forbidden(kinds.podDisruptionBudget, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(kinds.podDisruptionBudget, name, why);
  }
  if (disruptionsAllowed > 0) return;
  // Without a time to come back: clients that wait by themselves would hide from their users why nothing happens.
  throw overBudget(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    0,
  );
}

function overBudget(cause: string, retryAfterSeconds: number): ApiStatusError {
  return new ApiStatusError({
    statusCode: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { retryAfterSeconds, causes: [{ reason: 'DisruptionBudget', message: cause }] },
  });
}

function selects(budget: ApiObject, pod: ApiObject): boolean {
  const { selector } = specOf(budget);
  return isPlainObject(selector) && labelSelectorOf(selector).matches(pod.metadata.labels);
}

/** A pod that is not ready protects nobody; it may go when the budget says so, or has more than it needs. */
function allowsUnhealthy(budget: ApiObject): boolean {
  if (specOf(budget)['unhealthyPodEvictionPolicy'] === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = statusOf(budget);
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function isRunning(pod: ApiObject): boolean {
  const { phase = 'Pending' } = (pod['status'] ?? {}) as { phase?: string };
  return !['Pending', 'Succeeded', 'Failed'].includes(phase);
}

function isReady(pod: ApiObject): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

function specOf(object: ApiObject): Record<string, unknown> {
  return isPlainObject(object['spec']) ? object['spec'] : {};
}

function statusOf(budget: ApiObject): BudgetStatus {
  return (budget['status'] ?? {}) as BudgetStatus;
}
