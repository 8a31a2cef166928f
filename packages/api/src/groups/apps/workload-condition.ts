import { list, object, required, type Schema, string } from '../../schema/index.ts';
import { timestamp } from '../meta/index.ts';

interface WorkloadCondition {
  type: string;
  status: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Conditions of a workload; `name` is the OpenAPI component, which differs between kinds. */
export function workloadConditions(name: string, hasUpdateTime = false): Schema<WorkloadCondition[]> {
  const condition: Schema<WorkloadCondition> = object(
    'One aspect of the state.',
    {
      type: required(string('What the condition is about.')),
      status: required(string('True, False or Unknown.')),
      ...(hasUpdateTime ? { lastUpdateTime: timestamp('When the condition was last written.') } : {}),
      lastTransitionTime: timestamp('When the status last changed.'),
      reason: string('Why the condition last changed, as one CamelCase word.'),
      message: string('The reason in a sentence for people.'),
    },
    { name },
  );
  return list('Aspects of the state.', condition, {
    listType: 'map',
    mapKeys: ['type'],
    patch: { strategy: 'merge', mergeKey: 'type' },
  });
}
