import type { MessageGroup } from '../message-group.ts';

/** Messages of `coordination.k8s.io/v1`. */
export const coordinationMessages: MessageGroup = {
  namespace: 'coordination',
  apiVersion: 'coordination.k8s.io/v1',
  kinds: ['Lease'],
  table: `
Lease metadata:1:meta.ObjectMeta spec:2:LeaseSpec
LeaseSpec holderIdentity:1:string leaseDurationSeconds:2:int acquireTime:3:MicroTime renewTime:4:MicroTime
  leaseTransitions:5:int strategy:6:string preferredHolder:7:string
`,
};
