/** Limits how many connections come in a time (envoy.filters.network.local_ratelimit). */
import {
  isOn,
  LOCAL_RATELIMIT_CLOSE_REASON,
  LOCAL_RATELIMIT_NETWORK_STATS,
  type LocalRateLimitNetworkRuntime,
  ResponseFlag,
  TokenBucket,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { ProxyServices } from '../../server/services.ts';
import type { AdmissionFilterKind } from './network-filter.ts';

const STATS = defineBlock(LOCAL_RATELIMIT_NETWORK_STATS);

/** Key: the proxy; within, the shared key with the bucket's own numbers. Sole writer: bucketFor. */
const shared = new WeakMap<ProxyServices, Map<string, TokenBucket>>();

/** See the file's head. */
export const LOCAL_RATE_LIMIT: AdmissionFilterKind = {
  typeName: 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit',
  create: ({ config }, { services }) => {
    const runtime = config as LocalRateLimitNetworkRuntime;
    const stats = services.stats.scope('local_rate_limit', runtime.statPrefix).block(STATS).values;
    const bucket = bucketFor(runtime, services);
    return {
      admit: ({ record }) => {
        if (!isOn(runtime.enabled, services.runtimeValues)) return 'pass';
        if (bucket.consume(services.clock.monotonic())) return 'pass';
        stats[STATS.at.rate_limited]! += 1;
        record.responseFlags |= ResponseFlag.upstreamRetryLimitExceeded;
        return { delayMs: 0, details: LOCAL_RATELIMIT_CLOSE_REASON };
      },
    };
  },
};

function bucketFor({ shareKey, bucket: spec }: LocalRateLimitNetworkRuntime, services: ProxyServices): TokenBucket {
  const create = () => new TokenBucket(spec, services.clock.monotonic());
  if (shareKey === '') return create();
  const buckets = shared.get(services) ?? new Map<string, TokenBucket>();
  shared.set(services, buckets);
  const key = JSON.stringify([shareKey, spec.maxTokens, spec.tokensPerFill, spec.fillIntervalMs]);
  const bucket = buckets.get(key) ?? create();
  buckets.set(key, bucket);
  return bucket;
}
