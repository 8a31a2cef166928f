import { DATA_SOURCE_SUPPORT } from '../compile/data-source.ts';
import { METADATA_SUPPORT } from '../compile/metadata.ts';
import { PROXY_PROTOCOL_SUPPORT } from '../compile/proxy-protocol.ts';
import type { MessageSupport } from '../compile/support.ts';
import { HEADER_MUTATION_SUPPORT } from '../headers/header-mutations.ts';
import { MUTATION_STEP_SUPPORT } from '../headers/mutation-steps.ts';
import { CLUSTER_PLUGIN_SUPPORT } from './cluster.ts';
import { CORS_SUPPORT } from './cors.ts';
import { DIRECT_RESPONSE_SUPPORT } from './direct-response.ts';
import { ROUTE_ACTION_SUPPORT } from './forward-action.ts';
import { HASH_POLICY_SUPPORT } from './hash-policy.ts';
import { HEDGE_SUPPORT } from './hedge.ts';
import { INTERNAL_REDIRECT_SUPPORT } from './internal-redirect.ts';
import { MIRROR_SUPPORT } from './mirror.ts';
import { PATH_REWRITE_SUPPORT } from './path-rewrite.ts';
import { FILTER_CONFIG_SUPPORT } from './per-filter-config.ts';
import { METADATA_KEY_SUPPORT } from './rate-limit/metadata-key.ts';
import { RATE_LIMIT_SUPPORT } from './rate-limit/rate-limit.ts';
import { RATE_LIMIT_ACTION_SUPPORT } from './rate-limit/rate-limit-action.ts';
import { REDIRECT_SUPPORT } from './redirect.ts';
import { RETRY_HOST_SUPPORT } from './retry/retry-hosts.ts';
import { RETRY_POLICY_SUPPORT } from './retry/retry-policy.ts';
import { ROUTE_SUPPORT } from './route.ts';
import { ROUTE_CONFIG_SUPPORT } from './route-config.ts';
import { ROUTE_MATCH_SUPPORT } from './route-match.ts';
import { TIMEOUT_SUPPORT } from './timeouts.ts';
import { ROUTE_TRACING_SUPPORT } from './tracing.ts';
import { UPGRADE_SUPPORT } from './upgrade.ts';
import { VIRTUAL_CLUSTER_SUPPORT } from './virtual-cluster.ts';
import { VIRTUAL_HOST_SUPPORT } from './virtual-host.ts';
import { WEIGHTED_CLUSTER_SUPPORT } from './weighted-clusters.ts';

/** What is supported of the messages that make up a route configuration, beside those that state conditions. */
export const ROUTE_SUPPORTS: readonly MessageSupport[] = [
  ...ROUTE_CONFIG_SUPPORT,
  ...VIRTUAL_HOST_SUPPORT,
  ...VIRTUAL_CLUSTER_SUPPORT,
  ...ROUTE_SUPPORT,
  ...ROUTE_MATCH_SUPPORT,
  ...ROUTE_ACTION_SUPPORT,
  ...WEIGHTED_CLUSTER_SUPPORT,
  ...CLUSTER_PLUGIN_SUPPORT,
  ...REDIRECT_SUPPORT,
  ...DIRECT_RESPONSE_SUPPORT,
  ...PATH_REWRITE_SUPPORT,
  ...MIRROR_SUPPORT,
  ...HASH_POLICY_SUPPORT,
  ...UPGRADE_SUPPORT,
  ...TIMEOUT_SUPPORT,
  ...RETRY_POLICY_SUPPORT,
  ...RETRY_HOST_SUPPORT,
  ...HEDGE_SUPPORT,
  ...INTERNAL_REDIRECT_SUPPORT,
  ...CORS_SUPPORT,
  ...RATE_LIMIT_SUPPORT,
  ...RATE_LIMIT_ACTION_SUPPORT,
  ...METADATA_KEY_SUPPORT,
  ...ROUTE_TRACING_SUPPORT,
  ...FILTER_CONFIG_SUPPORT,
  ...HEADER_MUTATION_SUPPORT,
  ...MUTATION_STEP_SUPPORT,
  ...METADATA_SUPPORT,
  ...DATA_SOURCE_SUPPORT,
  ...PROXY_PROTOCOL_SUPPORT,
];
