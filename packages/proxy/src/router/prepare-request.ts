/** What the router does to the head of a request before the first attempt. */
import {
  applyHeaderMutations,
  planRewrite,
  planStreamLimit,
  planTimeouts,
  RETRY_REQUEST_HEADERS,
  type RequestTimeouts,
} from '@weft/engine';
import type { RequestHead } from '../http/head.ts';
import { isGrpc } from '../http/manager/local-reply.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';

/** Plans the time limits, then changes the head: the limits are told and read by headers. */
export function prepareRequest(
  stream: TerminalHost,
  options: RouterOptions,
  plan: ForwardingPlan,
  head: RequestHead,
): RequestTimeouts {
  const timeouts = prepareTimeouts(stream, options, plan, head);
  for (const name of RETRY_REQUEST_HEADERS) head.remove(name);
  head.remove('x-envoy-upstream-rq-timeout-ms');
  const { route, action, pick } = plan;
  if (pick.weighted !== undefined) applyHeaderMutations([pick.weighted.requestHeaders], head, stream);
  applyHeaderMutations(route.requestHeaders, head, stream);
  const rewrite = planRewrite(action, route.match.matchedLength, pick, head);
  if (rewrite.path !== undefined) head.path = rewrite.path;
  if (rewrite.authority !== undefined) head.authority = rewrite.authority;
  if (rewrite.forwardedHost !== undefined) head.set('x-forwarded-host', rewrite.forwardedHost);
  if (!options.suppressesEnvoyHeaders) {
    if (rewrite.originalPath !== undefined) head.set('x-envoy-original-path', rewrite.originalPath);
    if (rewrite.originalAuthority !== undefined) head.set('x-envoy-original-host', rewrite.originalAuthority);
  }
  return timeouts;
}

function prepareTimeouts(
  stream: TerminalHost,
  options: RouterOptions,
  { action }: ForwardingPlan,
  head: RequestHead,
): RequestTimeouts {
  const timeouts = planTimeouts(action.timeouts, action.retry, head, {
    isGrpc: isGrpc(head.get('content-type')),
    isHedging: action.hedgesOnPerTryTimeout,
    respectsExpected: options.respectsExpectedTimeout,
  });
  const limit = planStreamLimit(action.timeouts, head, stream.services.runtime.http.maxStreamDurationMs);
  if (action.timeouts.idleMs !== undefined || limit.limitMs !== undefined) {
    stream.setLimits(action.timeouts.idleMs, limit.limitMs);
  }
  const grpcMs = limit.grpcTimeoutMs ?? timeouts.grpcTimeoutMs;
  if (grpcMs !== undefined) head.set('grpc-timeout', `${grpcMs}m`);
  if (timeouts.expectedMs > 0 && !options.suppressesEnvoyHeaders) {
    head.set('x-envoy-expected-rq-timeout-ms', String(timeouts.expectedMs));
  }
  return timeouts;
}
