import type { MessageSupport } from '../compile/support.ts';
import { RBAC_RULES_SUPPORT } from './engine.ts';
import { RBAC_ACTION_SUPPORT } from './matcher-engine.ts';
import { PERMISSION_SUPPORT } from './permission.ts';
import { POLICY_SUPPORT } from './policy.ts';
import { PRINCIPAL_SUPPORT } from './principal.ts';
import { SOURCED_METADATA_SUPPORT } from './request-rules.ts';

/** What is supported of the messages that make up access rules. */
export const RBAC_SUPPORTS: readonly MessageSupport[] = [
  ...RBAC_RULES_SUPPORT,
  ...POLICY_SUPPORT,
  ...PERMISSION_SUPPORT,
  ...PRINCIPAL_SUPPORT,
  ...SOURCED_METADATA_SUPPORT,
  ...RBAC_ACTION_SUPPORT,
];
