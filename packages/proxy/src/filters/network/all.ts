import { CONNECTION_LIMIT } from './connection-limit.ts';
import { DIRECT_RESPONSE } from './direct-response.ts';
import { ECHO } from './echo.ts';
import { HTTP_CONNECTION_MANAGER } from './http-connection-manager.ts';
import { LOCAL_RATE_LIMIT } from './local-rate-limit.ts';
import type { AdmissionFilterKind, TerminalFilterKind } from './network-filter.ts';
import { RBAC } from './rbac.ts';
import { SET_FILTER_STATE } from './set-filter-state.ts';
import { SNI_CLUSTER } from './sni-cluster.ts';
import { TCP_PROXY } from './tcp-proxy.ts';

/** Every network filter in front of the one that ends a chain. Adding one is one file and one line here. */
export const ADMISSION_FILTER_KINDS: readonly AdmissionFilterKind[] = [
  CONNECTION_LIMIT,
  LOCAL_RATE_LIMIT,
  RBAC,
  SET_FILTER_STATE,
  SNI_CLUSTER,
];

/** Every network filter that ends a chain. Adding one is one file and one line here. */
export const TERMINAL_FILTER_KINDS: readonly TerminalFilterKind[] = [
  HTTP_CONNECTION_MANAGER,
  TCP_PROXY,
  DIRECT_RESPONSE,
  ECHO,
];
