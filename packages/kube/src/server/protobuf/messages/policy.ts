import type { MessageGroup } from '../message-group.ts';

/** Messages of `policy/v1`. */
export const policyMessages: MessageGroup = {
  namespace: 'policy',
  apiVersion: 'policy/v1',
  kinds: ['PodDisruptionBudget', 'Eviction'],
  table: `
Eviction metadata:1:meta.ObjectMeta deleteOptions:2:meta.DeleteOptions
PodDisruptionBudget metadata:1:meta.ObjectMeta spec:2:PodDisruptionBudgetSpec status:3:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable:1:IntOrString selector:2:meta.LabelSelector maxUnavailable:3:IntOrString
  unhealthyPodEvictionPolicy:4:string
PodDisruptionBudgetStatus observedGeneration:1:int? disruptedPods:2:{}Time disruptionsAllowed:3:int
  currentHealthy:4:int desiredHealthy:5:int expectedPods:6:int conditions:7:[]meta.Condition
`,
};
