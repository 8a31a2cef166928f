import type {
  RetryPolicy,
  RetryPolicy_RateLimitedRetryBackOff,
  RetryPolicy_ResetHeader,
  RetryPolicy_RetryBackOff,
  RetryPolicy_RetryHostPredicate,
  RetryPolicy_RetryPriority,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { compileHeaderMessages } from '../../compile/matchers/header-matcher.ts';
import { supports } from '../../compile/support.ts';
import { later } from '../../config/later.ts';
import type { HeaderMatcher } from '../../match/header-matcher.ts';
import type { RouteCompileContext } from '../context.ts';
import { type BackOffRuntime, compileBackOff, compileResetBackOff, type ResetBackOffRuntime } from './back-off.ts';
import {
  compileRetryHosts,
  compileRetryPriority,
  type RetryHostPredicate,
  type RetryPriorityRuntime,
} from './retry-hosts.ts';
import { parseRetryOn } from './retry-on.ts';

/** What is supported of retry policies. */
export const RETRY_POLICY_SUPPORT = [
  supports<RetryPolicy>('envoy.config.route.v3.RetryPolicy', {
    retryOn: true,
    numRetries: true,
    perTryTimeout: true,
    perTryIdleTimeout: true,
    retryPriority: later('avoid the priorities of the attempts before'),
    retryHostPredicate: true,
    retryOptionsPredicates: 'a retry uses the options of the first attempt: leave it out',
    hostSelectionRetryMaxAttempts: true,
    retriableStatusCodes: true,
    retryBackOff: true,
    rateLimitedRetryBackOff: true,
    retriableHeaders: true,
    retriableRequestHeaders: true,
    refreshClusterOnRetry: 'the cluster of a request stays: leave it out',
  }),
  supports<RetryPolicy_RetryPriority>('envoy.config.route.v3.RetryPolicy.RetryPriority', {
    name: true,
    configType: { typedConfig: true },
  }),
  supports<RetryPolicy_RetryHostPredicate>('envoy.config.route.v3.RetryPolicy.RetryHostPredicate', {
    name: true,
    configType: { typedConfig: true },
  }),
  supports<RetryPolicy_RetryBackOff>('envoy.config.route.v3.RetryPolicy.RetryBackOff', {
    baseInterval: true,
    maxInterval: true,
  }),
  supports<RetryPolicy_ResetHeader>('envoy.config.route.v3.RetryPolicy.ResetHeader', { name: true, format: true }),
  supports<RetryPolicy_RateLimitedRetryBackOff>('envoy.config.route.v3.RetryPolicy.RateLimitedRetryBackOff', {
    resetHeaders: true,
    maxInterval: true,
  }),
];

/** A compiled retry policy. */
export interface RetryPolicyRuntime {
  /** Bits of RetryOn. */
  readonly retryOn: number;
  readonly maxRetries: number;
  /** 0 for none. */
  readonly perTryTimeoutMs: number;
  /** 0 for none. */
  readonly perTryIdleTimeoutMs: number;
  readonly statusCodes: readonly number[];
  /** Of the response. */
  readonly headers: readonly HeaderMatcher[];
  /** Of the request: where there are some, one has to hold for any retry. */
  readonly requestHeaders: readonly HeaderMatcher[];
  readonly hostPredicates: readonly RetryHostPredicate[];
  /** How often another host is chosen because a predicate refused one. */
  readonly maxHostSelections: number;
  readonly priority: RetryPriorityRuntime | undefined;
  readonly backOff: BackOffRuntime | undefined;
  readonly resetBackOff: ResetBackOffRuntime | undefined;
}

/** Compiles a retry policy; undefined when there was a problem. */
export function compileRetryPolicy(
  message: RetryPolicy,
  path: string,
  context: RouteCompileContext,
): RetryPolicyRuntime | undefined {
  const before = context.problems.count;
  const { bits, unknown } = parseRetryOn(message.retryOn);
  for (const word of unknown) context.problems.add(`${path}.retry_on`, `${JSON.stringify(word)} is no retry condition`);
  const policy = {
    retryOn: bits,
    maxRetries: message.numRetries ?? 1,
    perTryTimeoutMs: compileOptionalMs(message.perTryTimeout, `${path}.per_try_timeout`, context) ?? 0,
    perTryIdleTimeoutMs: compileOptionalMs(message.perTryIdleTimeout, `${path}.per_try_idle_timeout`, context) ?? 0,
    statusCodes: message.retriableStatusCodes,
    headers: compileHeaderMessages(message.retriableHeaders, `${path}.retriable_headers`, context) ?? [],
    requestHeaders:
      compileHeaderMessages(message.retriableRequestHeaders, `${path}.retriable_request_headers`, context) ?? [],
    hostPredicates: compileRetryHosts(message.retryHostPredicate, `${path}.retry_host_predicate`, context),
    maxHostSelections: Number(message.hostSelectionRetryMaxAttempts) || 1,
    priority: message.retryPriority && compileRetryPriority(message.retryPriority, `${path}.retry_priority`, context),
    backOff: message.retryBackOff && compileBackOff(message.retryBackOff, `${path}.retry_back_off`, context),
    resetBackOff:
      message.rateLimitedRetryBackOff &&
      compileResetBackOff(message.rateLimitedRetryBackOff, `${path}.rate_limited_retry_back_off`, context),
  };
  return context.problems.count === before ? Object.freeze(policy) : undefined;
}
