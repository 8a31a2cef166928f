import type { MessageGroup } from '../message-group.ts';

/** Messages of `scheduling.k8s.io/v1`. */
export const schedulingMessages: MessageGroup = {
  namespace: 'scheduling',
  apiVersion: 'scheduling.k8s.io/v1',
  kinds: ['PriorityClass'],
  table: `
PriorityClass metadata:1:meta.ObjectMeta value:2:int globalDefault:3:bool? description:4:string?
  preemptionPolicy:5:string
`,
};
