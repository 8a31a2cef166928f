import { BUFFER } from './buffer.ts';
import { COMPRESSOR } from './compression/compressor.ts';
import { DECOMPRESSOR } from './compression/decompressor.ts';
import { CORS } from './cors.ts';
import { CSRF } from './csrf.ts';
import { FAULT } from './fault.ts';
import type { HttpFilterKind } from './filter.ts';
import { GRPC_STATS_KIND } from './grpc-stats.ts';
import { GRPC_WEB } from './grpc-web.ts';
import { HEADER_MUTATION } from './header-mutation.ts';
import { HEADER_TO_METADATA } from './header-to-metadata.ts';
import { HEALTH_CHECK } from './health-check.ts';
import { LOCAL_RATE_LIMIT } from './local-rate-limit.ts';
import { RBAC } from './rbac.ts';
import { SET_FILTER_STATE } from './set-filter-state.ts';
import { SET_METADATA } from './set-metadata.ts';
import { STATEFUL_SESSION } from './stateful-session.ts';

/** Every HTTP filter but the router. Adding one is one file and one line here. */
export const HTTP_FILTER_KINDS: readonly HttpFilterKind[] = [
  BUFFER,
  COMPRESSOR,
  CORS,
  CSRF,
  DECOMPRESSOR,
  FAULT,
  GRPC_STATS_KIND,
  GRPC_WEB,
  HEADER_MUTATION,
  HEADER_TO_METADATA,
  HEALTH_CHECK,
  LOCAL_RATE_LIMIT,
  RBAC,
  SET_FILTER_STATE,
  SET_METADATA,
  STATEFUL_SESSION,
];

/** The router, which is always the last. */
export const ROUTER_TYPE = 'envoy.extensions.filters.http.router.v3.Router';
