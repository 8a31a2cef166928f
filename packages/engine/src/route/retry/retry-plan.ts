import type { HeaderMatcher } from '../../match/header-matcher.ts';
import type { Trace } from '../../trace/trace.ts';
import type { RequestView } from '../../view/request-view.ts';
import { formatRetryOn, parseRetryGrpcOnHeader, parseRetryOnHeader } from './retry-on.ts';
import type { RetryPolicyRuntime } from './retry-policy.ts';

/** What is retried for one request: the policy of its route and what its headers say. */
export interface RetryPlan {
  /** Bits of RetryOn. */
  readonly retryOn: number;
  readonly maxRetries: number;
  readonly statusCodes: readonly number[];
  /** Conditions on the response of which one has to hold. */
  readonly headers: readonly Pick<HeaderMatcher, 'matches'>[];
  /** Undefined when only the request's headers ask for retries. */
  readonly policy: RetryPolicyRuntime | undefined;
}

/** Headers of a request that steer its retries; the proxy removes them before it forwards. */
export const RETRY_REQUEST_HEADERS: readonly string[] = [
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-per-try-timeout-ms',
];

/** Without a policy, headers that ask for retries get this many. */
const DEFAULT_MAX_RETRIES = 1;
const NO_CODES: readonly number[] = [];
const NO_HEADERS: readonly HeaderMatcher[] = [];

/** Plans the retries of a request; undefined when there can be none. */
export function planRetry(
  policy: RetryPolicyRuntime | undefined,
  request: RequestView,
  trace?: Trace,
): RetryPlan | undefined {
  const retryOn = conditionsOf(policy, request);
  if (retryOn === 0) {
    trace?.step({ kind: 'retry', name: '', outcome: 'skipped', why: whyNone(policy) });
    return undefined;
  }
  const plan = {
    retryOn,
    maxRetries: parseCount(request.get('x-envoy-max-retries')) ?? policy?.maxRetries ?? DEFAULT_MAX_RETRIES,
    statusCodes: withCodes(policy?.statusCodes ?? NO_CODES, request.get('x-envoy-retriable-status-codes')),
    headers: withNames(policy?.headers ?? NO_HEADERS, request.get('x-envoy-retriable-header-names')),
    policy,
  };
  if (trace !== undefined) {
    const why = `up to ${plan.maxRetries} retries on ${formatRetryOn(retryOn)}`;
    trace.step({ kind: 'retry', name: '', outcome: 'matched', why });
  }
  return plan;
}

function conditionsOf(policy: RetryPolicyRuntime | undefined, request: RequestView): number {
  let bits = policy?.retryOn ?? 0;
  const http = request.get('x-envoy-retry-on');
  const grpc = request.get('x-envoy-retry-grpc-on');
  if (http !== undefined) bits |= parseRetryOnHeader(http).bits;
  if (grpc !== undefined) bits |= parseRetryGrpcOnHeader(grpc).bits;
  const limits = policy?.requestHeaders ?? NO_HEADERS;
  const isLimited = limits.length > 0 && !limits.some((matcher) => matcher.matches(request));
  return isLimited ? 0 : bits;
}

function whyNone(policy: RetryPolicyRuntime | undefined): string {
  if (policy === undefined) return 'neither the route nor the request asks for retries';
  return policy.retryOn === 0 ? 'no retry_on' : 'the request has none of retriable_request_headers';
}

function withCodes(codes: readonly number[], text: string | undefined): readonly number[] {
  if (text === undefined) return codes;
  const own = text.split(',').flatMap((part) => parseCount(part.trim()) ?? []);
  return own.length === 0 ? codes : [...codes, ...own];
}

/** More names than this in one header are nothing but work. */
const MAX_NAMES = 32;

function withNames(
  matchers: readonly HeaderMatcher[],
  text: string | undefined,
): readonly Pick<HeaderMatcher, 'matches'>[] {
  if (text === undefined) return matchers;
  const names = text.split(',', MAX_NAMES).map((part) => part.trim().toLowerCase());
  return [...matchers, ...names.filter((name) => name !== '').map(presenceOf)];
}

function presenceOf(name: string): Pick<HeaderMatcher, 'matches'> {
  return { matches: (headers) => headers.get(name) !== undefined };
}

/** A whole number of a header; undefined for anything else. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}
