/** What the router does to the head of a response on its way to the client. */
import { applyHeaderMutations } from '@weft/engine';
import type { ResponseHead } from '../http/head.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import type { ForwardingPlan } from './plan.ts';

/** What the router knows of a response. */
export interface UpstreamHeadFacts {
  /** From the end of the request to the head; undefined when the request is not complete, or nobody is to know. */
  readonly serviceMs: number | undefined;
  readonly attempts: number;
  /** Values of cookies that hash policies made for the client. */
  readonly setCookies: readonly string[];
}

/** Tells what is to be told of the upstream, then applies the route's rules. */
export function finishUpstreamHead(
  head: ResponseHead,
  stream: TerminalHost,
  { virtualHost, pick, route }: ForwardingPlan,
  { serviceMs, attempts, setCookies }: UpstreamHeadFacts,
): void {
  if (serviceMs !== undefined) head.set('x-envoy-upstream-service-time', String(serviceMs));
  if (virtualHost.tellsAttemptsDownstream) head.set('x-envoy-attempt-count', String(attempts));
  for (const cookie of setCookies) head.add('set-cookie', cookie);
  if (pick.weighted !== undefined) applyHeaderMutations([pick.weighted.responseHeaders], head, stream);
  applyHeaderMutations(route.responseHeaders, head, stream);
}
