import type { Support } from '../../compile/support-enum.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { BUFFER_FILTER, BUFFER_SUPPORT } from './buffer.ts';
import { COMPRESSION_CODEC_SUPPORT } from './compression/codec.ts';
import { COMPRESSOR_FILTER, COMPRESSOR_SUPPORT } from './compression/compressor.ts';
import { DECOMPRESSOR_FILTER, DECOMPRESSOR_SUPPORT } from './compression/decompressor.ts';
import { CORS_FILTER } from './cors.ts';
import { CSRF_FILTER, CSRF_SUPPORT } from './csrf.ts';
import { FAULT_FILTER, FAULT_SUPPORT } from './fault.ts';
import { GRPC_STATS_FILTER, GRPC_STATS_SUPPORT } from './grpc-stats.ts';
import { GRPC_WEB_FILTER, GRPC_WEB_SUPPORT } from './grpc-web.ts';
import { HEADER_MUTATION_FILTER, HEADER_MUTATION_FILTER_SUPPORT } from './header-mutation.ts';
import { HEADER_TO_METADATA_FILTER, HEADER_TO_METADATA_SUPPORT } from './header-to-metadata.ts';
import { HEALTH_CHECK_FILTER, HEALTH_CHECK_FILTER_SUPPORT } from './health-check.ts';
import { LOCAL_RATELIMIT_FILTER, LOCAL_RATELIMIT_SUPPORT } from './local-ratelimit.ts';
import { RBAC_FILTER, RBAC_FILTER_SUPPORT } from './rbac.ts';
import { SET_FILTER_STATE_FILTER, SET_FILTER_STATE_SUPPORT } from './set-filter-state.ts';
import { SET_METADATA_FILTER, SET_METADATA_SUPPORT } from './set-metadata.ts';
import { STATEFUL_SESSION_FILTER, STATEFUL_SESSION_SUPPORT } from './stateful-session.ts';

/** The HTTP filters beside the router. */
export const POLICY_HTTP_FILTERS: readonly HttpFilterCompiler[] = [
  BUFFER_FILTER,
  COMPRESSOR_FILTER,
  CORS_FILTER,
  CSRF_FILTER,
  DECOMPRESSOR_FILTER,
  FAULT_FILTER,
  GRPC_STATS_FILTER,
  GRPC_WEB_FILTER,
  HEADER_MUTATION_FILTER,
  HEADER_TO_METADATA_FILTER,
  HEALTH_CHECK_FILTER,
  LOCAL_RATELIMIT_FILTER,
  RBAC_FILTER,
  SET_FILTER_STATE_FILTER,
  SET_METADATA_FILTER,
  STATEFUL_SESSION_FILTER,
];

/** What is supported of their messages. */
export const POLICY_HTTP_SUPPORTS: readonly Support[] = [
  ...BUFFER_SUPPORT,
  ...COMPRESSOR_SUPPORT,
  ...CSRF_SUPPORT,
  ...DECOMPRESSOR_SUPPORT,
  ...COMPRESSION_CODEC_SUPPORT,
  ...FAULT_SUPPORT,
  ...GRPC_STATS_SUPPORT,
  ...GRPC_WEB_SUPPORT,
  ...HEADER_MUTATION_FILTER_SUPPORT,
  ...HEADER_TO_METADATA_SUPPORT,
  ...HEALTH_CHECK_FILTER_SUPPORT,
  ...LOCAL_RATELIMIT_SUPPORT,
  ...RBAC_FILTER_SUPPORT,
  ...SET_FILTER_STATE_SUPPORT,
  ...SET_METADATA_SUPPORT,
  ...STATEFUL_SESSION_SUPPORT,
];
