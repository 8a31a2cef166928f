/** What the router does to the head of a response on its way to the client. */
import { applyHeaderMutations } from '@weft/engine';
import type { ResponseHead } from '../http/head.ts';
import { KnownHeader } from '../http/known-headers.ts';
import type { TerminalHost } from '../http/manager/terminal.ts';
import type { ForwardingPlan } from './plan.ts';

const SERVICE_TIME = KnownHeader['x-envoy-upstream-service-time'];

/** The texts of the numbers that most services need in milliseconds. */
const SMALL: readonly string[] = Array.from({ length: 256 }, (_, ms) => String(ms));

function smallText(ms: number): string {
  return SMALL[ms] ?? String(ms);
}

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
  if (serviceMs !== undefined) head.setKnown(SERVICE_TIME, smallText(serviceMs));
  if (virtualHost.tellsAttemptsDownstream) head.set('x-envoy-attempt-count', String(attempts));
  for (const cookie of setCookies) head.add('set-cookie', cookie);
  if (pick.weighted !== undefined) applyHeaderMutations([pick.weighted.responseHeaders], head, stream);
  applyHeaderMutations(route.responseHeaders, head, stream);
}
