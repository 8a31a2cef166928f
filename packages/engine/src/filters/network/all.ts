import type { Support } from '../../compile/support-enum.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';
import { CONNECTION_LIMIT_FILTER, CONNECTION_LIMIT_SUPPORT } from './connection-limit.ts';
import { DIRECT_RESPONSE_NETWORK_FILTER, DIRECT_RESPONSE_NETWORK_SUPPORT } from './direct-response.ts';
import { ECHO_FILTER, ECHO_SUPPORT } from './echo.ts';
import { LOCAL_RATELIMIT_NETWORK_FILTER, LOCAL_RATELIMIT_NETWORK_SUPPORT } from './local-ratelimit.ts';
import { RBAC_NETWORK_FILTER, RBAC_NETWORK_SUPPORT } from './rbac.ts';
import { SET_FILTER_STATE_NETWORK_FILTER, SET_FILTER_STATE_NETWORK_SUPPORT } from './set-filter-state.ts';
import { SNI_CLUSTER_FILTER, SNI_CLUSTER_SUPPORT } from './sni-cluster.ts';

/** The network filters beside the connection manager and the TCP proxy. */
export const POLICY_NETWORK_FILTERS: readonly NetworkFilterCompiler[] = [
  CONNECTION_LIMIT_FILTER,
  DIRECT_RESPONSE_NETWORK_FILTER,
  ECHO_FILTER,
  LOCAL_RATELIMIT_NETWORK_FILTER,
  RBAC_NETWORK_FILTER,
  SET_FILTER_STATE_NETWORK_FILTER,
  SNI_CLUSTER_FILTER,
];

/** What is supported of their messages. */
export const POLICY_NETWORK_SUPPORTS: readonly Support[] = [
  ...CONNECTION_LIMIT_SUPPORT,
  ...DIRECT_RESPONSE_NETWORK_SUPPORT,
  ...ECHO_SUPPORT,
  ...LOCAL_RATELIMIT_NETWORK_SUPPORT,
  ...RBAC_NETWORK_SUPPORT,
  ...SET_FILTER_STATE_NETWORK_SUPPORT,
  ...SNI_CLUSTER_SUPPORT,
];
