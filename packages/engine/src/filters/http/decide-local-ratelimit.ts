/** What local rate limits do to a request. */
import { hitsRuntimeFraction, type RuntimeFraction, type RuntimeSource } from '../../match/fraction.ts';
import type { LocalLimiter } from '../../rate-limit/local-limiter.ts';
import type { TokenBucket } from '../../rate-limit/token-bucket.ts';
import { type Descriptor, type RateLimitRuntime, rateLimitDescriptors } from '../../route/rate-limit/rate-limit.ts';
import type { RateLimitView } from '../../route/rate-limit/rate-limit-action.ts';
import type { RouteRuntime } from '../../route/route.ts';
import type { VirtualHostRuntime } from '../../route/virtual-host.ts';
import type { Trace } from '../../trace/trace.ts';
import type { LocalRateLimitRuntime } from './local-ratelimit.ts';

const NO_DESCRIPTORS: readonly Descriptor[] = [];

/** The descriptors of a request, by the rate limits of the filter, or else by those of its route and virtual host. */
export function localDescriptors(
  runtime: LocalRateLimitRuntime,
  route: RouteRuntime | undefined,
  virtualHost: VirtualHostRuntime | undefined,
  view: RateLimitView,
): readonly Descriptor[] {
  if (runtime.limits.descriptors.length === 0) return NO_DESCRIPTORS;
  if (runtime.rateLimits.length > 0) return rateLimitDescriptors(runtime.rateLimits, 0, view);
  if (route?.action.kind !== 'forward') return NO_DESCRIPTORS;
  const { rateLimits, includesHostRateLimits } = route.action;
  const own = descriptorsOf(rateLimits, runtime.stage, view);
  const isIncluded = runtime.hostRateLimits === 'include' || (includesHostRateLimits && rateLimits.length > 0);
  const isOverridden = runtime.hostRateLimits === 'ignore' || rateLimits.length > 0;
  if (virtualHost === undefined || (isOverridden && !isIncluded)) return own;
  return [...own, ...descriptorsOf(virtualHost.rateLimits, runtime.stage, view)];
}

/** Here, limits that a runtime key may switch off are left to the global rate limit, as in Envoy. */
function descriptorsOf(limits: readonly RateLimitRuntime[], stage: number, view: RateLimitView): readonly Descriptor[] {
  return rateLimitDescriptors(
    limits.filter(({ disableKey }) => disableKey === ''),
    stage,
    view,
  );
}

/** What becomes of a request; `bucket` is the one to tell the client of. */
export type LocalRateLimitDecision =
  | { readonly kind: 'disabled'; readonly bucket: undefined }
  | { readonly kind: 'ok'; readonly bucket: TokenBucket | undefined }
  /** Too many: let through if that is not enforced. */
  | { readonly kind: 'limited'; readonly isEnforced: boolean; readonly bucket: TokenBucket | undefined };

/** What a decision depends on beside the request. */
export interface LocalRateLimitInput {
  readonly nowMs: number;
  /** A new random whole number of 53 bits for each call: whether a limit is in force and whether it is enforced are different questions. */
  readonly random: () => number;
  readonly runtime: RuntimeSource;
}

const DISABLED: LocalRateLimitDecision = Object.freeze({ kind: 'disabled', bucket: undefined });

/** Decides about a request, and takes its tokens from the buckets. */
export function decideLocalRateLimit(
  runtime: LocalRateLimitRuntime,
  limiter: LocalLimiter,
  descriptors: readonly Descriptor[],
  input: LocalRateLimitInput,
  trace?: Trace,
): LocalRateLimitDecision {
  if (!isHit(runtime.enabled, input)) return DISABLED;
  const { isAllowed, bucket } = limiter.check(descriptors, input.nowMs);
  if (trace !== undefined) {
    const why =
      bucket === undefined ? 'no bucket' : `${bucket.remaining(input.nowMs)} of ${bucket.spec.maxTokens} tokens left`;
    trace.step({ kind: 'rate_limit', name: runtime.statPrefix, outcome: isAllowed ? 'matched' : 'failed', why });
  }
  return isAllowed ? { kind: 'ok', bucket } : { kind: 'limited', isEnforced: isHit(runtime.enforced, input), bucket };
}

function isHit(fraction: RuntimeFraction | undefined, { random, runtime }: LocalRateLimitInput): boolean {
  return fraction !== undefined && hitsRuntimeFraction(fraction, random(), runtime);
}

/** The headers that tell a client of a bucket, in the third draft of the RateLimit header fields. */
export function rateLimitHeaders(bucket: TokenBucket, nowMs: number): readonly (readonly [string, string])[] {
  return [
    ['x-ratelimit-limit', String(bucket.spec.maxTokens)],
    ['x-ratelimit-remaining', String(bucket.remaining(nowMs))],
    ['x-ratelimit-reset', String(bucket.resetSeconds(nowMs))],
  ];
}
