/** Every group whose messages can be decoded; a new group is one file and one line here. */
import type { MessageGroup } from '../message-group.ts';
import { admissionregistrationMessages } from './admissionregistration.ts';
import { appsMessages } from './apps.ts';
import { authenticationMessages } from './authentication.ts';
import { authorizationMessages } from './authorization.ts';
import { autoscaling1Messages } from './autoscaling-v1.ts';
import { autoscaling2Messages } from './autoscaling-v2.ts';
import { batchMessages } from './batch.ts';
import { coordinationMessages } from './coordination.ts';
import { coreMessages } from './core.ts';
import { discoveryMessages } from './discovery.ts';
import { eventsMessages } from './events.ts';
import { metaMessages } from './meta.ts';
import { networkingMessages } from './networking.ts';
import { policyMessages } from './policy.ts';
import { rbacMessages } from './rbac.ts';
import { schedulingMessages } from './scheduling.ts';

/** All groups, for `MessageTables`. */
export const messageGroups: readonly MessageGroup[] = [
  metaMessages,
  coreMessages,
  appsMessages,
  batchMessages,
  autoscaling1Messages,
  autoscaling2Messages,
  networkingMessages,
  policyMessages,
  rbacMessages,
  authenticationMessages,
  authorizationMessages,
  coordinationMessages,
  discoveryMessages,
  eventsMessages,
  schedulingMessages,
  admissionregistrationMessages,
];
