import type { RouteAction, RouteAction_MaxStreamDuration } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { supports } from '../compile/support.ts';
import type { HeaderSource } from '../match/header-matcher.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';
import { grpcTimeoutMs } from './grpc-timeout.ts';
import { parseCount } from './retry/retry-plan.ts';
import type { RetryPolicyRuntime } from './retry/retry-policy.ts';

/** What is supported of the stream duration of routes. */
export const TIMEOUT_SUPPORT = [
  supports<RouteAction_MaxStreamDuration>('envoy.config.route.v3.RouteAction.MaxStreamDuration', {
    maxStreamDuration: true,
    grpcTimeoutHeaderMax: true,
    grpcTimeoutHeaderOffset: true,
  }),
];

/** The time limits of a route in milliseconds; 0 is none, undefined is not said. */
export interface TimeoutsRuntime {
  readonly timeoutMs: number;
  readonly idleMs: number | undefined;
  readonly maxStreamMs: number | undefined;
  readonly grpcHeaderMaxMs: number | undefined;
  readonly grpcHeaderOffsetMs: number | undefined;
  /** Whether the route has max_stream_duration: its own timeout does not count then. */
  readonly hasStreamDuration: boolean;
  /** Deprecated forms of the two above. */
  readonly maxGrpcMs: number | undefined;
  readonly grpcOffsetMs: number | undefined;
}

/** The time limits of one request in milliseconds; 0 is none. */
export interface RequestTimeouts {
  /** From the end of the request to the end of the response, all attempts together. */
  readonly globalMs: number;
  readonly perTryMs: number;
  readonly perTryIdleMs: number;
  /** What x-envoy-expected-rq-timeout-ms tells the upstream; 0 for nothing. */
  readonly expectedMs: number;
  /** What the upstream's grpc-timeout becomes; undefined leaves it. */
  readonly grpcTimeoutMs: number | undefined;
  /** The status of the answer when a limit is reached: 204 where the request asks for that. */
  readonly timeoutStatus: 504 | 204;
}

/** Headers of a request that steer its time limits; the proxy removes them before it forwards. */
export const TIMEOUT_REQUEST_HEADERS: readonly string[] = [
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
];

/** What the caller knows of a request. */
export interface TimeoutOptions {
  readonly isGrpc: boolean;
  /** Whether a per-try timeout starts another attempt beside the first. */
  readonly isHedging: boolean;
  /** Whether x-envoy-expected-rq-timeout-ms of a proxy in front of us counts as the timeout. */
  readonly respectsExpected: boolean;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const NO_HEADERS: HeaderSource = Object.freeze({ get: () => undefined });

/** The limits of a route that says nothing about them. */
const DEFAULTS: TimeoutsRuntime = Object.freeze({
  timeoutMs: DEFAULT_TIMEOUT_MS,
  idleMs: undefined,
  maxStreamMs: undefined,
  grpcHeaderMaxMs: undefined,
  grpcHeaderOffsetMs: undefined,
  hasStreamDuration: false,
  maxGrpcMs: undefined,
  grpcOffsetMs: undefined,
});

function hasTimeouts(action: RouteAction): boolean {
  const { timeout, idleTimeout, maxStreamDuration, maxGrpcTimeout, grpcTimeoutOffset } = action;
  return [timeout, idleTimeout, maxStreamDuration, maxGrpcTimeout, grpcTimeoutOffset].some((own) => own !== undefined);
}

/** Compiles the time limits of a route; undefined when there was a problem. */
export function compileTimeouts(
  action: RouteAction,
  path: string,
  context: RouteCompileContext,
): TimeoutsRuntime | undefined {
  if (!hasTimeouts(action)) return DEFAULTS;
  const before = context.problems.count;
  const stream = action.maxStreamDuration;
  const at = `${path}.max_stream_duration`;
  const timeouts = {
    timeoutMs: compileOptionalMs(action.timeout, `${path}.timeout`, context) ?? DEFAULT_TIMEOUT_MS,
    idleMs: compileOptionalMs(action.idleTimeout, `${path}.idle_timeout`, context),
    maxStreamMs: compileOptionalMs(stream?.maxStreamDuration, `${at}.max_stream_duration`, context),
    grpcHeaderMaxMs: compileOptionalMs(stream?.grpcTimeoutHeaderMax, `${at}.grpc_timeout_header_max`, context),
    grpcHeaderOffsetMs: compileOptionalMs(stream?.grpcTimeoutHeaderOffset, `${at}.grpc_timeout_header_offset`, context),
    hasStreamDuration: stream !== undefined,
    maxGrpcMs: compileOptionalMs(action.maxGrpcTimeout, `${path}.max_grpc_timeout`, context),
    grpcOffsetMs: compileOptionalMs(action.grpcTimeoutOffset, `${path}.grpc_timeout_offset`, context),
  };
  return context.problems.count === before ? Object.freeze(timeouts) : undefined;
}

/** The time limits of a request: those of its route, and what its headers say. */
export function planTimeouts(
  timeouts: TimeoutsRuntime,
  retry: RetryPolicyRuntime | undefined,
  request: HeaderSource,
  options: TimeoutOptions,
): RequestTimeouts {
  const stated = statedTimeout(request, options.respectsExpected);
  const globalMs = stated ?? routeTimeout(timeouts, request, options.isGrpc);
  const perTry = parseCount(request.get('x-envoy-upstream-rq-per-try-timeout-ms')) ?? retry?.perTryTimeoutMs ?? 0;
  // A limit for each attempt that is not below the one for all of them limits nothing.
  const perTryMs = perTry >= globalMs && globalMs !== 0 ? 0 : perTry;
  const expectedMs = options.isHedging || perTryMs === 0 ? globalMs : perTryMs;
  const tellsGrpc = options.isGrpc && !timeouts.hasStreamDuration && timeouts.maxGrpcMs !== undefined;
  return {
    globalMs,
    perTryMs,
    perTryIdleMs: retry?.perTryIdleTimeoutMs ?? 0,
    expectedMs,
    grpcTimeoutMs: tellsGrpc && expectedMs > 0 ? expectedMs : undefined,
    timeoutStatus: request.get('x-envoy-upstream-rq-timeout-alt-response') === undefined ? 504 : 204,
  };
}

/** The same for a request that is not of gRPC and whose headers say nothing of it. */
export function planUsualTimeouts(
  timeouts: TimeoutsRuntime,
  retry: RetryPolicyRuntime | undefined,
  isHedging: boolean,
): RequestTimeouts {
  return Object.freeze(
    planTimeouts(timeouts, retry, NO_HEADERS, { isGrpc: false, isHedging, respectsExpected: false }),
  );
}

function statedTimeout(request: HeaderSource, respectsExpected: boolean): number | undefined {
  const expected = respectsExpected ? request.get('x-envoy-expected-rq-timeout-ms') : undefined;
  return parseCount(expected ?? request.get('x-envoy-upstream-rq-timeout-ms'));
}

/** The deprecated gRPC limits: what the client says, less an offset, up to a maximum; where 0 is none. */
function routeTimeout(timeouts: TimeoutsRuntime, request: HeaderSource, isGrpc: boolean): number {
  if (timeouts.hasStreamDuration) return 0;
  if (!isGrpc || timeouts.maxGrpcMs === undefined) return timeouts.timeoutMs;
  let ms = grpcTimeoutMs(request.get('grpc-timeout')) ?? 0;
  const offset = timeouts.grpcOffsetMs ?? 0;
  if (offset < ms) ms -= offset;
  const isTooLong = timeouts.maxGrpcMs !== 0 && (ms === 0 || ms > timeouts.maxGrpcMs);
  return isTooLong ? timeouts.maxGrpcMs : ms;
}

/** How long a stream may last, and what grpc-timeout becomes. */
export interface StreamLimit {
  /** Undefined for no limit; 0 ends the stream at once. */
  readonly limitMs: number | undefined;
  /** Undefined leaves the header. */
  readonly grpcTimeoutMs: number | undefined;
}

/** How long the stream of a request may last; `managerMs` is what the connection manager allows where the route says nothing. */
export function planStreamLimit(
  timeouts: TimeoutsRuntime,
  request: RequestView,
  managerMs: number | undefined,
): StreamLimit {
  const max = timeouts.grpcHeaderMaxMs;
  const asked = max === undefined ? undefined : grpcTimeoutMs(request.get('grpc-timeout'));
  if (asked === undefined || max === undefined) {
    const limitMs = timeouts.maxStreamMs ?? managerMs ?? 0;
    return { limitMs: limitMs === 0 ? undefined : limitMs, grpcTimeoutMs: undefined };
  }
  const capped = max !== 0 && asked > max ? max : asked;
  const limitMs = Math.max(capped - (timeouts.grpcHeaderOffsetMs ?? 0), 0);
  return { limitMs, grpcTimeoutMs: limitMs };
}
