/** The built-in admission steps, in the order in which they run. */
import type { RbacAuthorizer } from '../../auth/rbac/authorizer.ts';
import type { MutatingPlugin, ValidatingPlugin } from '../types.ts';
import { webhookConditions } from '../webhooks/conditions.ts';
import { crdFinalizer } from './crd-finalizer.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { defaultIngressClass } from './ingress-class.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { podPriority } from './priority.ts';
import { createRbacEscalation } from './rbac-escalation.ts';
import { podServiceAccount } from './service-account.ts';
import { createServiceAddress } from './service-address.ts';
import { storedOnly } from './stored-only.ts';

/** Steps that may change an object. */
export function createMutatingPlugins(): readonly MutatingPlugin[] {
  return [
    podServiceAccount,
    podPriority,
    defaultTolerations,
    createServiceAddress(),
    defaultIngressClass,
    crdFinalizer,
  ];
}

/** Steps that may refuse a write. */
export function createValidatingPlugins(authorizer: RbacAuthorizer): readonly ValidatingPlugin[] {
  return [namespaceLifecycle, createRbacEscalation(authorizer), webhookConditions, storedOnly];
}
