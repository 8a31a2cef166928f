/** Eviction, the body of the `eviction` subresource of pods. It is a type of its own, but no resource. */
import { objectMeta } from '../../kind/index.ts';
import { type Infer, object, string } from '../../schema/index.ts';
import { deleteOptions } from '../meta/delete-options.ts';

/** Asks for a pod to be ended if its disruption budgets allow that. */
export const eviction = object(
  'Asks for a pod to be ended if its disruption budgets allow that.',
  {
    apiVersion: string('Version of the API: policy/v1.'),
    kind: string('Eviction.'),
    metadata: objectMeta,
    deleteOptions: deleteOptions('How the pod is deleted.'),
  },
  { name: 'io.k8s.api.policy.v1.Eviction' },
);

/** Asks for a pod to be ended. */
export type Eviction = Infer<typeof eviction>;
