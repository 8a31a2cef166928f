/** Limits requests by buckets of tokens of this proxy alone (envoy.filters.http.local_ratelimit). */
import {
  applyHeaderMutations,
  decideLocalRateLimit,
  LOCAL_RATELIMIT_BODY,
  LOCAL_RATELIMIT_STATS,
  LocalLimiter,
  type LocalRateLimitRuntime,
  localDescriptors,
  ResponseFlag,
  rateLimitHeaders,
  type TokenBucket,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { RequestHead, ResponseHead } from '../../http/head.ts';
import type { ProxyServices } from '../../server/services.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(LOCAL_RATELIMIT_STATS);
const STAT = STATS.at;

/** See the file's head. */
export const LOCAL_RATE_LIMIT: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
  create: ({ name, isDisabled, config }, { services }) => {
    const limiters = new Limiters(services);
    return {
      name,
      isDisabled,
      create: (stream) => {
        const runtime = (stream.routeConfigs[0] ?? config) as LocalRateLimitRuntime;
        return new LocalRateLimitFilter(stream, runtime, limiters);
      },
    };
  },
};

/** The buckets of each configuration, of the filter and of routes; those of a configuration that is gone go with it. */
class Limiters {
  readonly services: ProxyServices;
  readonly #limiters = new WeakMap<LocalRateLimitRuntime, LocalLimiter>();
  /** Key: the downstream connection. */
  readonly #ofConnections = new WeakMap<object, WeakMap<LocalRateLimitRuntime, LocalLimiter>>();
  /** Key: the prefix of the statistics. */
  readonly #stats = new Map<string, Float64Array>();

  constructor(services: ProxyServices) {
    this.services = services;
  }

  of(runtime: LocalRateLimitRuntime, connection: object): LocalLimiter {
    if (!runtime.isPerConnection) return this.#limiterIn(this.#limiters, runtime);
    let own = this.#ofConnections.get(connection);
    if (own === undefined) {
      own = new WeakMap();
      this.#ofConnections.set(connection, own);
    }
    return this.#limiterIn(own, runtime);
  }

  stats(prefix: string): Float64Array {
    let stats = this.#stats.get(prefix);
    if (stats === undefined) {
      stats = this.services.stats.scope(prefix, 'http_local_rate_limit').block(STATS).values;
      this.#stats.set(prefix, stats);
    }
    return stats;
  }

  #limiterIn(limiters: WeakMap<LocalRateLimitRuntime, LocalLimiter>, runtime: LocalRateLimitRuntime): LocalLimiter {
    let limiter = limiters.get(runtime);
    if (limiter === undefined) {
      limiter = new LocalLimiter(runtime.limits, this.services.clock.monotonic());
      limiters.set(runtime, limiter);
    }
    return limiter;
  }
}

class LocalRateLimitFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: LocalRateLimitRuntime;
  readonly #limiters: Limiters;
  #bucket: TokenBucket | undefined;

  constructor(stream: FilterStream, runtime: LocalRateLimitRuntime, limiters: Limiters) {
    this.#stream = stream;
    this.#runtime = runtime;
    this.#limiters = limiters;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    const runtime = this.#runtime;
    const { services } = this.#limiters;
    const { decision, view, input, clusterName } = this.#stream;
    const { remote, dynamicMetadata, routeMetadata } = view;
    const descriptors = localDescriptors(runtime, decision.route, decision.virtualHost, {
      request: head,
      stream: view,
      remote,
      localCluster: services.localCluster,
      routeCluster: clusterName,
      dynamicMetadata,
      routeMetadata,
    });
    const { random } = services;
    const verdict = decideLocalRateLimit(runtime, this.#limiters.of(runtime, this.#stream.connection), descriptors, {
      nowMs: services.clock.monotonic(),
      random: () => random.int(RANDOM_RANGE),
      runtime: input.runtime,
    });
    this.#bucket = verdict.bucket;
    const stats = this.#limiters.stats(runtime.statPrefix);
    if (verdict.kind === 'disabled') return FilterStatus.next;
    stats[STAT.enabled]! += 1;
    stats[verdict.kind === 'ok' ? STAT.ok : STAT.rate_limited]! += 1;
    if (verdict.kind === 'ok') return FilterStatus.next;
    if (!verdict.isEnforced) {
      applyHeaderMutations([runtime.requestHeaders], head, view);
      return FilterStatus.next;
    }
    stats[STAT.enforced]! += 1;
    this.#refuse();
    return FilterStatus.hold;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    const bucket = this.#bucket;
    if (!this.#runtime.tellsLimits || bucket === undefined) return FilterStatus.next;
    const nowMs = this.#limiters.services.clock.monotonic();
    for (const [name, value] of rateLimitHeaders(bucket, nowMs)) head.set(name, value);
    return FilterStatus.next;
  }

  #refuse(): void {
    const { status, responseHeaders, grpcStatus, tellsRetryAfter } = this.#runtime;
    const waitS = tellsRetryAfter ? this.#bucket?.resetSeconds(this.#limiters.services.clock.monotonic()) : undefined;
    this.#stream.reply({
      status,
      body: LOCAL_RATELIMIT_BODY,
      details: LOCAL_RATELIMIT_BODY,
      flags: ResponseFlag.rateLimited,
      ...(waitS === undefined ? {} : { headers: [['retry-after', String(waitS)]] }),
      modify: (head) => applyHeaderMutations([responseHeaders], head, this.#stream.view),
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
    });
  }
}

const RANDOM_RANGE = 2 ** 53;
