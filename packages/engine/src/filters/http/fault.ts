import type { HTTPFault } from '@weft/proto/envoy/extensions/filters/http/fault/v3/fault';
import type { CompileContext } from '../../compile/context.ts';
import { compileHeaderMessages } from '../../compile/matchers/header-matcher.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { HeaderMatcher } from '../../match/header-matcher.ts';
import {
  type AbortStatus,
  compileAbort,
  compileDelay,
  compileRate,
  FAULT_KIND_SUPPORT,
  type FaultKind,
} from './fault-config.ts';

const TYPE = 'envoy.extensions.filters.http.fault.v3.HTTPFault';

/** What is supported of the filter. */
export const FAULT_SUPPORT = [
  supports<HTTPFault>(TYPE, {
    delay: true,
    abort: true,
    upstreamCluster: true,
    headers: true,
    downstreamNodes: true,
    maxActiveFaults: true,
    responseRateLimit: true,
    delayPercentRuntime: true,
    abortPercentRuntime: true,
    delayDurationRuntime: true,
    abortHttpStatusRuntime: true,
    maxActiveFaultsRuntime: true,
    responseRateLimitPercentRuntime: true,
    abortGrpcStatusRuntime: true,
    disableDownstreamClusterStats: true,
    filterMetadata: true,
  }),
  ...FAULT_KIND_SUPPORT,
];

/**
 * Counted under `fault.` in the scope of the connection manager; the aborts and delays also under `fault.` and the name of the cluster that the
 * request came from (`x-envoy-downstream-service-cluster`), unless that is switched off.
 */
export const FAULT_STATS = {
  counters: ['aborts_injected', 'delays_injected', 'faults_overflow', 'response_rl_injected'],
  gauges: ['active_faults'],
} as const;

/** The body of an answer that a fault gives. */
export const FAULT_ABORT_BODY = 'fault filter abort';

/** The details of an answer that a fault gives; its response flag is `faultInjected`, that of a delay `delayInjected`. */
export const FAULT_ABORT_DETAILS = 'fault_filter_abort';

/** Where `metadata` is left for requests that met a fault. */
export const FAULT_METADATA_NAMESPACE = 'envoy.filters.http.fault';

/** The runtime keys that override parts of the configuration. */
export interface FaultKeys {
  readonly delayPercent: string;
  readonly delayMs: string;
  readonly abortPercent: string;
  readonly abortHttpStatus: string;
  readonly abortGrpcStatus: string;
  readonly ratePercent: string;
  readonly maxActive: string;
}

/** A compiled filter, or what a route says instead. */
export interface FaultRuntime {
  /** Milliseconds. */
  readonly delay: FaultKind<number> | undefined;
  readonly abort: FaultKind<AbortStatus> | undefined;
  /** KiB of the response per second. */
  readonly rate: FaultKind<number> | undefined;
  /** Only requests to this cluster; empty for all. */
  readonly upstreamCluster: string;
  readonly headers: readonly HeaderMatcher[];
  /** Only requests of these nodes; empty for all. */
  readonly downstreamNodes: ReadonlySet<string>;
  /** Infinite without a bound. */
  readonly maxActive: number;
  readonly keys: FaultKeys;
  readonly countsDownstreamClusters: boolean;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** Delays and answers requests, and slows down responses, to see how others bear it. */
export const FAULT_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.fault',
  typeName: TYPE,
  compile: (message, path, context) => compileFault(message as HTTPFault, path, context),
  route: {
    typeName: TYPE,
    compile: (message, path, context) => compileFault(message as HTTPFault, path, context),
  },
};

function compileFault(message: HTTPFault, path: string, context: CompileContext): FaultRuntime | undefined {
  const before = context.problems.count;
  const delay = message.delay && compileDelay(message.delay, `${path}.delay`, context);
  const abort = message.abort && compileAbort(message.abort, `${path}.abort`, context);
  const limit = message.responseRateLimit;
  const rate = limit && compileRate(limit, `${path}.response_rate_limit`, context);
  const headers = compileHeaderMessages(message.headers, `${path}.headers`, context);
  if (context.problems.count !== before) return undefined;
  return Object.freeze({
    delay,
    abort,
    rate,
    upstreamCluster: message.upstreamCluster,
    headers: headers ?? [],
    downstreamNodes: new Set(message.downstreamNodes),
    maxActive: message.maxActiveFaults ?? Number.POSITIVE_INFINITY,
    keys: keysOf(message),
    countsDownstreamClusters: !message.disableDownstreamClusterStats,
    metadata: message.filterMetadata,
  });
}

function keysOf(message: HTTPFault): FaultKeys {
  return {
    delayPercent: message.delayPercentRuntime || 'fault.http.delay.fixed_delay_percent',
    delayMs: message.delayDurationRuntime || 'fault.http.delay.fixed_duration_ms',
    abortPercent: message.abortPercentRuntime || 'fault.http.abort.abort_percent',
    abortHttpStatus: message.abortHttpStatusRuntime || 'fault.http.abort.http_status',
    abortGrpcStatus: message.abortGrpcStatusRuntime || 'fault.http.abort.grpc_status',
    ratePercent: message.responseRateLimitPercentRuntime || 'fault.http.rate_limit.response_percent',
    maxActive: message.maxActiveFaultsRuntime || 'fault.http.max_active_faults',
  };
}
