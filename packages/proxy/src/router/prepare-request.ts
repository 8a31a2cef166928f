/** What the router does to the head of a request before the first attempt, and again before others. */
import {
  applyHeaderMutations,
  formatGrpcTimeout,
  hostTraces,
  isHedging,
  planRetry,
  planRewrite,
  planStreamLimit,
  planTimeouts,
  RETRY_REQUEST_HEADERS,
  type RequestTimeouts,
  type RetryPlan,
  TIMEOUT_REQUEST_HEADERS,
} from '@weft/engine';
import type { RequestHead } from '../http/head.ts';
import { KnownHeader } from '../http/known-headers.ts';
import { isGrpc } from '../http/manager/local-reply.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import { NameSet } from '../http/name-set.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';

/** What was planned from the head as it came. */
export interface PreparedRequest {
  readonly timeouts: RequestTimeouts;
  readonly retry: RetryPlan | undefined;
  readonly isGrpc: boolean;
  /** Whether a per-try timeout starts another attempt beside the slow one. */
  readonly isHedging: boolean;
  /** Whether the name of the chosen host becomes the host of the request. */
  readonly takesUpstreamName: boolean;
}

const { 'x-envoy-expected-rq-timeout-ms': EXPECTED, 'content-type': CONTENT_TYPE } = KnownHeader;

/** Headers that steer this router alone. */
const STEERING = new NameSet([
  ...RETRY_REQUEST_HEADERS,
  ...TIMEOUT_REQUEST_HEADERS,
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-stream-duration-ms',
]);

/** Plans by the head, then changes it: what steers this router is taken out, what the next one is to know is put in. */
export function prepareRequest(
  stream: TerminalHost,
  options: RouterOptions,
  plan: ForwardingPlan,
  head: RequestHead,
): PreparedRequest {
  const { action } = plan;
  const isGrpcCall = isGrpc(head.getKnown(CONTENT_TYPE));
  const isSteered = head.hasAnyOf(STEERING);
  const { respectsExpectedTimeout: respectsExpected } = options.runtime;
  const isHedged = isSteered ? isHedging(action.hedgesOnPerTryTimeout, head) : action.hedgesOnPerTryTimeout;
  const retry = action.retry === undefined && !isSteered ? undefined : planRetry(action.retry, head);
  const timeouts =
    isSteered || isGrpcCall || respectsExpected
      ? planTimeouts(action.timeouts, action.retry, head, { isGrpc: isGrpcCall, isHedging: isHedged, respectsExpected })
      : action.usualTimeouts;
  limitStream(stream, plan, head);
  if (isSteered) head.removeAnyOf(STEERING);
  tellTimeouts(head, options, timeouts, isHedged, 0);
  const takesUpstreamName = rewrite(stream, options, plan, head);
  return { timeouts, retry, isGrpc: isGrpcCall, isHedging: isHedged, takesUpstreamName };
}

/** Tells the upstream how long it has. `elapsedMs` is what attempts before have taken of the whole. */
export function tellTimeouts(
  head: RequestHead,
  { runtime }: RouterOptions,
  { globalMs, perTryMs, expectedMs, grpcTimeoutMs }: RequestTimeouts,
  isHedged: boolean,
  elapsedMs: number,
): void {
  if (expectedMs <= 0) return;
  let left = expectedMs;
  if (elapsedMs > 0 && globalMs > 0) {
    // 0 would mean that there is no limit.
    const rest = Math.max(Math.ceil(globalMs - elapsedMs), 1);
    left = isHedged || perTryMs === 0 ? rest : Math.min(rest, perTryMs);
  }
  if (!runtime.suppressesEnvoyHeaders) head.setKnown(EXPECTED, String(left));
  if (grpcTimeoutMs !== undefined) head.set('grpc-timeout', formatGrpcTimeout(left));
}

/** Puts the name of the host that was chosen in the place of the client's, and leaves traces of that one. */
export function takeUpstreamName(
  head: RequestHead,
  { runtime }: RouterOptions,
  { action }: ForwardingPlan,
  hostName: string,
): void {
  if (hostName === '' || hostName === head.authority) return;
  const traces = hostTraces(action, hostName, head.authority, head.get('x-forwarded-host'));
  head.authority = hostName;
  if (traces.forwardedHost !== undefined) head.set('x-forwarded-host', traces.forwardedHost);
  if (traces.originalAuthority !== undefined && !runtime.suppressesEnvoyHeaders) {
    head.set('x-envoy-original-host', traces.originalAuthority);
  }
}

/** The route may say how long the stream lasts and may be idle; a gRPC client may say it too, as far as the route lets it. */
function limitStream(stream: TerminalHost, { action }: ForwardingPlan, head: RequestHead): void {
  const { timeouts } = action;
  const limit = planStreamLimit(timeouts, head, stream.services.runtime.http.maxStreamDurationMs);
  if (timeouts.idleMs !== undefined || limit.limitMs !== undefined) stream.setLimits(timeouts.idleMs, limit.limitMs);
  if (limit.grpcTimeoutMs !== undefined) head.set('grpc-timeout', formatGrpcTimeout(limit.grpcTimeoutMs));
}

function rewrite(
  stream: TerminalHost,
  { runtime }: RouterOptions,
  { route, action, pick }: ForwardingPlan,
  head: RequestHead,
): boolean {
  if (pick.weighted !== undefined) applyHeaderMutations([pick.weighted.requestHeaders], head, stream);
  applyHeaderMutations(route.requestHeaders, head, stream);
  const plan = planRewrite(action, route.match.matchedLength, pick, head, stream);
  if (plan.path !== undefined) head.path = plan.path;
  if (plan.authority !== undefined) head.authority = plan.authority;
  if (plan.forwardedHost !== undefined) head.set('x-forwarded-host', plan.forwardedHost);
  if (!runtime.suppressesEnvoyHeaders) {
    if (plan.originalPath !== undefined) head.set('x-envoy-original-path', plan.originalPath);
    if (plan.originalAuthority !== undefined) head.set('x-envoy-original-host', plan.originalAuthority);
  }
  return plan.takesUpstreamName;
}
