import type { HttpManagerRuntime } from '@weft/engine';
import { ADMIN_MANAGER } from '../admin/admin-manager.ts';
import { NO_SOURCE } from '../xds/no-source.ts';

/** A connection manager for tests: Envoy's defaults, with trailers, and no time limits of requests. */
export const MANAGER_RUNTIME: HttpManagerRuntime = {
  ...ADMIN_MANAGER,
  statPrefix: 'test',
  routes: { kind: 'rds', name: 'test', source: NO_SOURCE },
  http1: { ...ADMIN_MANAGER.http1, acceptsHttp10: false, http10Host: '', hasTrailers: true },
  http2: {
    ...ADMIN_MANAGER.http2,
    maxConcurrentStreams: 1024,
    initialStreamWindowBytes: 1024 * 1024,
    initialConnectionWindowBytes: 16 * 1024 * 1024,
  },
  requestTimeoutMs: 0,
  headTimeoutMs: 0,
  drainTimeoutMs: 5000,
  requestId: { generates: true, preservesExternal: false, setsInResponse: false, packsTraceReason: true },
  normalizesPath: false,
};
