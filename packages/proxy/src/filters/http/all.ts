import { BUFFER } from './buffer.ts';
import { CORS } from './cors.ts';
import { FAULT } from './fault.ts';
import type { HttpFilterKind } from './filter.ts';
import { HEADER_MUTATION } from './header-mutation.ts';
import { LOCAL_RATE_LIMIT } from './local-rate-limit.ts';
import { RBAC } from './rbac.ts';

/** Every HTTP filter but the router. Adding one is one file and one line here. */
export const HTTP_FILTER_KINDS: readonly HttpFilterKind[] = [
  BUFFER,
  CORS,
  FAULT,
  HEADER_MUTATION,
  LOCAL_RATE_LIMIT,
  RBAC,
];

/** The router, which is always the last. */
export const ROUTER_TYPE = 'envoy.extensions.filters.http.router.v3.Router';
