import type { HeaderSource } from '../../match/header-matcher.ts';
import { GRPC_STATUS_BITS, RetryOn } from './retry-on.ts';
import type { RetryPlan } from './retry-plan.ts';

/** Why an attempt ended without a response. */
export type AttemptReset =
  /** No connection: refused, unreachable, TLS failed, or it took too long. */
  | 'connectFailure'
  /** The peer reset the stream or ended the connection. */
  | 'remoteReset'
  /** The peer refused the stream and has not looked at it (REFUSED_STREAM, or above a GOAWAY). */
  | 'refusedStream'
  /** We reset it: a timeout of this attempt, or a protocol error. */
  | 'localReset'
  /** A limit of ours: never retried. */
  | 'overflow';

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'response'; readonly status: number; readonly headers: HeaderSource }
  | { readonly kind: 'reset'; readonly reason: AttemptReset; readonly isRequestStarted: boolean };

const GATEWAY_ERRORS = [502, 503, 504];
const RESET_AS_5XX = RetryOn['5xx'] | RetryOn['gateway-error'];
const ANY_GRPC = [...GRPC_STATUS_BITS.values()].reduce((all, bit) => all | bit, 0);
const TOO_EARLY = 425;

/** Whether an attempt that ended so is one to repeat; how many attempts are left is the caller's count. */
export function isRetriable(plan: RetryPlan, outcome: AttemptOutcome): boolean {
  return outcome.kind === 'response'
    ? isResponseRetriable(plan, outcome.status, outcome.headers)
    : isResetRetriable(plan.retryOn, outcome.reason, outcome.isRequestStarted);
}

function isResponseRetriable(
  { retryOn, statusCodes, headers }: RetryPlan,
  status: number,
  source: HeaderSource,
): boolean {
  // An answer of another proxy's rate limit is repeated only when that is asked for by name, whatever its status.
  if (source.get('x-envoy-ratelimited') !== undefined) return has(retryOn, 'envoy-ratelimited');
  if (has(retryOn, '5xx') && status >= 500 && status < 600) return true;
  if (has(retryOn, 'gateway-error') && GATEWAY_ERRORS.includes(status)) return true;
  if (has(retryOn, 'retriable-4xx') && status === 409) return true;
  if (has(retryOn, 'retriable-status-codes') && status !== TOO_EARLY && statusCodes.includes(status)) return true;
  if (has(retryOn, 'retriable-headers') && headers.some((matcher) => matcher.matches(source))) return true;
  if ((retryOn & ANY_GRPC) === 0) return false;
  return (retryOn & (GRPC_STATUS_BITS.get(source.get('grpc-status') ?? '') ?? 0)) !== 0;
}

function isResetRetriable(retryOn: number, reason: AttemptReset, isRequestStarted: boolean): boolean {
  if (reason === 'overflow') return false;
  if (reason === 'connectFailure' && has(retryOn, 'connect-failure')) return true;
  if (!isRequestStarted && has(retryOn, 'reset-before-request')) return true;
  if (has(retryOn, 'reset') || (retryOn & RESET_AS_5XX) !== 0) return true;
  return reason === 'refusedStream' && has(retryOn, 'refused-stream');
}

function has(retryOn: number, text: keyof typeof RetryOn): boolean {
  return (retryOn & RetryOn[text]) !== 0;
}
