import type { LocalRateLimit } from '@weft/proto/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit';
import type { CompileContext } from '../../compile/context.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';
import { type BucketSpec, compileBucket } from '../../rate-limit/token-bucket.ts';
import { compileFlag, type FeatureFlag } from '../feature-flag.ts';

const TYPE = 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit';

/** What is supported of the filter. */
export const LOCAL_RATELIMIT_NETWORK_SUPPORT = [
  supports<LocalRateLimit>(TYPE, { statPrefix: true, tokenBucket: true, runtimeEnabled: true, shareKey: true }),
];

/** Counted in `local_rate_limit.<stat_prefix>.`. */
export const LOCAL_RATELIMIT_NETWORK_STATS = { counters: ['rate_limited'] } as const;

/** Why a connection too many is closed; it also has the response flag `upstreamRetryLimitExceeded`. */
export const LOCAL_RATELIMIT_CLOSE_REASON = 'local_ratelimit_close_over_limit';

/** A compiled filter: each connection takes a token, or is closed. */
export interface LocalRateLimitNetworkRuntime {
  readonly statPrefix: string;
  readonly bucket: BucketSpec;
  readonly enabled: FeatureFlag;
  /** Filters with the same key and an equal bucket share it; empty for a bucket of its own. */
  readonly shareKey: string;
}

/** Limits how many connections come in a time. */
export const LOCAL_RATELIMIT_NETWORK_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.local_ratelimit',
  typeName: TYPE,
  compile: (message, path, context) => compileLimit(message as LocalRateLimit, path, context),
};

function compileLimit(
  { statPrefix, tokenBucket, runtimeEnabled, shareKey }: LocalRateLimit,
  path: string,
  context: CompileContext,
): LocalRateLimitNetworkRuntime | undefined {
  if (statPrefix === '') return isMissing(path, 'stat_prefix', context);
  if (tokenBucket === undefined) return isMissing(path, 'token_bucket', context);
  const bucket = compileBucket(tokenBucket, `${path}.token_bucket`, context);
  return bucket && Object.freeze({ statPrefix, bucket, enabled: compileFlag(runtimeEnabled), shareKey });
}
