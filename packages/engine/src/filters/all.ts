import type { Support } from '../compile/support-enum.ts';
import { MATCHER_TREE_SUPPORTS } from '../matcher/all.ts';
import { RBAC_SUPPORTS } from '../rbac/all.ts';
import { FEATURE_FLAG_SUPPORT } from './feature-flag.ts';
import { FILTER_STATE_SUPPORT } from './filter-state.ts';
import { POLICY_HTTP_SUPPORTS } from './http/all.ts';
import { POLICY_NETWORK_SUPPORTS } from './network/all.ts';

/** What is supported of the filters, and of the rules and matchers in them. */
export const FILTER_SUPPORTS: readonly Support[] = [
  ...POLICY_HTTP_SUPPORTS,
  ...POLICY_NETWORK_SUPPORTS,
  ...FEATURE_FLAG_SUPPORT,
  ...FILTER_STATE_SUPPORT,
  ...RBAC_SUPPORTS,
  ...MATCHER_TREE_SUPPORTS,
];
