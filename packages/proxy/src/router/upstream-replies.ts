/** What the client is told when no upstream has answered. */
import { ResponseFlag } from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import { detailWords, type ResetCause } from './reset-causes.ts';

/** There is no host to send to. */
export const NO_HEALTHY_UPSTREAM: LocalReply = Object.freeze({
  status: 503,
  body: 'no healthy upstream',
  details: 'no_healthy_upstream',
  flags: ResponseFlag.noHealthyUpstream,
});

/** The last attempt ended without a response. `transport` is what the transport said of it, empty for nothing. */
export function resetReply(
  { status, reason, flags }: ResetCause,
  transport: string,
  attempts: number,
  suppressesEnvoyHeaders: boolean,
): LocalReply {
  const words = attempts > 1 ? 'retried and the latest reset reason' : 'reset reason';
  const said = transport === '' ? '' : `|${detailWords(transport)}`;
  const isOverflow = flags === ResponseFlag.upstreamOverflow && !suppressesEnvoyHeaders;
  return {
    status,
    body: `upstream connect error or disconnect/reset before headers. ${words}: ${reason}`,
    details: `upstream_reset_before_response_started{${detailWords(reason)}${said}}`,
    flags,
    ...(isOverflow ? { headers: [['x-envoy-overloaded', 'true']] } : {}),
  };
}

/** A time limit was reached. */
export function timeoutReply(status: 504 | 204, details: string): LocalReply {
  const body = status === 204 ? '' : 'upstream request timeout';
  return { status, body, details, flags: ResponseFlag.upstreamRequestTimeout };
}

/** The same with the number of attempts. */
export function withAttemptCount(reply: LocalReply, attempts: number): LocalReply {
  return { ...reply, headers: [...(reply.headers ?? []), ['x-envoy-attempt-count', String(attempts)]] };
}
