import type { LocalRateLimit } from '@weft/proto/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit';
import type { HttpStatus } from '@weft/proto/envoy/type/v3/http_status';
import { compileRuntimeFraction } from '../../compile/matchers/fraction.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import { compileHeaderMutations, type HeaderMutations, NO_MUTATIONS } from '../../headers/header-mutations.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { RuntimeFraction } from '../../match/fraction.ts';
import { compileLimitedDescriptors, type LimiterSpec, LOCAL_LIMIT_SUPPORT } from '../../rate-limit/local-limiter.ts';
import { compileBucket, TOKEN_BUCKET_SUPPORT } from '../../rate-limit/token-bucket.ts';
import type { RouteCompileContext } from '../../route/context.ts';
import { compileRateLimits, type RateLimitRuntime } from '../../route/rate-limit/rate-limit.ts';

const TYPE = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';

/** What is supported of the filter. */
export const LOCAL_RATELIMIT_SUPPORT = [
  supports<LocalRateLimit>(TYPE, {
    statPrefix: true,
    status: true,
    tokenBucket: true,
    filterEnabled: true,
    filterEnforced: true,
    requestHeadersToAddWhenNotEnforced: true,
    responseHeadersToAdd: true,
    descriptors: true,
    stage: true,
    localRateLimitPerDownstreamConnection: true,
    localClusterRateLimit: 'the limit is not divided among instances: give each its share of tokens',
    enableXRatelimitHeaders: true,
    vhRateLimits: true,
    alwaysConsumeDefaultTokenBucket: true,
    rateLimitedAsResourceExhausted: true,
    enableRetryAfterHeader: true,
    maxDynamicDescriptors: true,
    rateLimits: true,
  }),
  supports<HttpStatus>('envoy.type.v3.HttpStatus', { code: true }),
  ...TOKEN_BUCKET_SUPPORT,
  ...LOCAL_LIMIT_SUPPORT,
];

/** Counted in `<stat_prefix>.http_local_rate_limit.` of the configuration that applies, not within the connection manager's. */
export const LOCAL_RATELIMIT_STATS = { counters: ['enabled', 'enforced', 'ok', 'rate_limited'] } as const;

/** The body, and the details, of an answer to a request too many; its response flag is `rateLimited`. */
export const LOCAL_RATELIMIT_BODY = 'local_rate_limited';

/** Which of the rate limits of the virtual host count beside those of the route. */
export type HostRateLimits = 'override' | 'include' | 'ignore';

/** A compiled filter, or what a route says instead. */
export interface LocalRateLimitRuntime {
  readonly statPrefix: string;
  /** The status of an answer to a request too many. */
  readonly status: number;
  /** For gRPC clients; undefined for what follows from the status. */
  readonly grpcStatus: number | undefined;
  readonly limits: LimiterSpec;
  /** Undefined is off. */
  readonly enabled: RuntimeFraction | undefined;
  readonly enforced: RuntimeFraction | undefined;
  /** Added to requests too many that are let through. */
  readonly requestHeaders: HeaderMutations;
  /** Added to answers to requests too many. */
  readonly responseHeaders: HeaderMutations;
  readonly stage: number;
  /** Whether every downstream connection has buckets of its own. */
  readonly isPerConnection: boolean;
  /** Whether responses have `x-ratelimit-` headers. */
  readonly tellsLimits: boolean;
  /** Whether answers to requests too many have `retry-after`. */
  readonly tellsRetryAfter: boolean;
  readonly hostRateLimits: HostRateLimits;
  /** What makes descriptors, in the place of the rate limits of route and virtual host, if there are any. */
  readonly rateLimits: readonly RateLimitRuntime[];
}

/** Limits requests by buckets of tokens in this process. */
export const LOCAL_RATELIMIT_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.local_ratelimit',
  typeName: TYPE,
  compile: (message, path, context) => compileLimit(message as LocalRateLimit, path, context),
  route: {
    typeName: TYPE,
    compile: (message, path, context) => {
      const limit = message as LocalRateLimit;
      // The filter may be there for its routes only; a route that limits nothing would be a mistake.
      if (limit.tokenBucket === undefined) return isMissing(path, 'token_bucket', context);
      return compileLimit(limit, path, context);
    },
  },
};

/** By the number of the enum. */
const HOST_RATE_LIMITS: readonly HostRateLimits[] = ['override', 'include', 'ignore'];
const TOO_MANY_REQUESTS = 429;
const RESOURCE_EXHAUSTED = 8;
/** As Envoy's. */
const DEFAULT_COMBINATIONS = 20;

function compileLimit(
  message: LocalRateLimit,
  path: string,
  context: RouteCompileContext,
): LocalRateLimitRuntime | undefined {
  const before = context.problems.count;
  if (message.statPrefix === '') isMissing(path, 'stat_prefix', context);
  const limits = compileLimits(message, path, context);
  const { filterEnabled, filterEnforced } = message;
  const enabled = filterEnabled && compileRuntimeFraction(filterEnabled, `${path}.filter_enabled`, context);
  const enforced = filterEnforced && compileRuntimeFraction(filterEnforced, `${path}.filter_enforced`, context);
  const headers = compileHeaders(message, path, context);
  const rateLimits = compileRateLimits(message.rateLimits, `${path}.rate_limits`, context, 'filter');
  const code = message.status?.code ?? 0;
  const hostRateLimits = HOST_RATE_LIMITS[message.vhRateLimits];
  if (hostRateLimits === undefined)
    context.problems.add(`${path}.vh_rate_limits`, `${message.vhRateLimits} is not known`);
  if (context.problems.count !== before || limits === undefined || rateLimits === undefined) return undefined;
  if (hostRateLimits === undefined) return undefined;
  return Object.freeze({
    statPrefix: message.statPrefix,
    // As in Envoy, a status that is no error would tell clients that all is well.
    status: code >= 400 ? code : TOO_MANY_REQUESTS,
    grpcStatus: message.rateLimitedAsResourceExhausted ? RESOURCE_EXHAUSTED : undefined,
    limits,
    enabled,
    enforced,
    ...headers,
    stage: message.stage,
    isPerConnection: message.localRateLimitPerDownstreamConnection,
    tellsLimits: message.enableXRatelimitHeaders === 1,
    tellsRetryAfter: message.enableRetryAfterHeader,
    hostRateLimits,
    rateLimits,
  });
}

function compileLimits(message: LocalRateLimit, path: string, context: RouteCompileContext): LimiterSpec | undefined {
  const { tokenBucket } = message;
  const bucket = tokenBucket && compileBucket(tokenBucket, `${path}.token_bucket`, context);
  const descriptors = compileLimitedDescriptors(message.descriptors, `${path}.descriptors`, context);
  const alwaysTakesDefault = message.alwaysConsumeDefaultTokenBucket ?? true;
  const { maxDynamicDescriptors: maxCombinations = DEFAULT_COMBINATIONS } = message;
  return descriptors && Object.freeze({ bucket, descriptors, alwaysTakesDefault, maxCombinations });
}

function compileHeaders(
  message: LocalRateLimit,
  path: string,
  context: RouteCompileContext,
): Pick<LocalRateLimitRuntime, 'requestHeaders' | 'responseHeaders'> {
  const compile = (options: LocalRateLimit['responseHeadersToAdd'], name: string) =>
    compileHeaderMutations(options, [], { add: `${path}.${name}`, remove: path }, context) ?? NO_MUTATIONS;
  const name = 'request_headers_to_add_when_not_enforced';
  return {
    requestHeaders: compile(message.requestHeadersToAddWhenNotEnforced, name),
    responseHeaders: compile(message.responseHeadersToAdd, 'response_headers_to_add'),
  };
}
