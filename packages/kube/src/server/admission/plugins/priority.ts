/** Resolves the priority class of a pod to its number. */
import type { ApiObject } from '@weft/api';
import { forbidden } from '../../../shared/api-errors.ts';
import { kinds } from '../../kinds.ts';
import { plainText } from '../../plain-text.ts';
import type { AdmissionContext, AdmissionRequest, MutatingPlugin } from '../types.ts';

const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    'system-cluster-critical': 2_000_000_000,
    'system-node-critical': 2_000_001_000,
  }),
);

/** Fills in `spec.priority`. */
export const podPriority: MutatingPlugin = {
  name: 'Priority',
  handles: (request) => request.info.kind === kinds.pod && request.subresource === '',
  mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): ApiObject {
    const spec = { ...(object['spec'] as Record<string, unknown>) };
    if (request.oldObject !== undefined) return keepPriority(object, spec, request.oldObject);
    const { name, value, policy } = resolve(spec['priorityClassName'] as string | undefined, request, context);
    if (name !== undefined) spec['priorityClassName'] = name;
    const given = spec['priority'];
    if (given !== undefined && given !== value) {
      throw forbidden(
        request.info.kind,
        request.name,
        `the integer value of priority (${plainText(given)}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    spec['priority'] = value;
    spec['preemptionPolicy'] ??= policy;
    return { ...object, spec };
  },
};

/** A pod keeps the priority that it began with. */
function keepPriority(object: ApiObject, spec: Record<string, unknown>, old: ApiObject): ApiObject {
  const before = old['spec'] as Record<string, unknown>;
  for (const field of ['priority', 'preemptionPolicy']) spec[field] ??= before[field];
  return { ...object, spec };
}

function resolve(
  name: string | undefined,
  request: AdmissionRequest,
  context: AdmissionContext,
): { name: string | undefined; value: number; policy: string } {
  if (name === undefined || name === '') {
    // When several claim to be the default, the lowest does least harm.
    const [fallback] = context
      .list(kinds.priorityClass)
      .filter((c) => c['globalDefault'] === true)
      .toSorted((a, b) => (a['value'] as number) - (b['value'] as number));
    if (fallback === undefined) return { name: undefined, value: 0, policy: 'PreemptLowerPriority' };
    return { name: fallback.metadata.name, ...numbersOf(fallback) };
  }
  const known = SYSTEM_CLASSES.get(name);
  if (known !== undefined) return { name, value: known, policy: 'PreemptLowerPriority' };
  const found = context.get(kinds.priorityClass, '', name);
  if (found === undefined) {
    throw forbidden(request.info.kind, request.name, `no PriorityClass with name ${name} was found`);
  }
  return { name, ...numbersOf(found) };
}

function numbersOf(priorityClass: ApiObject): { value: number; policy: string } {
  return {
    value: priorityClass['value'] as number,
    policy: (priorityClass['preemptionPolicy'] as string | undefined) ?? 'PreemptLowerPriority',
  };
}
