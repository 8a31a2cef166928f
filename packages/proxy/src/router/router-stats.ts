/** What routers count beside the cluster's own statistics: by virtual cluster, by route. */
import { defineBlock, ResponseCodeStats, type Scope, type StatBlock, type StatsRegistry } from '@weft/telemetry';

/** What is counted of the requests of a virtual cluster or a route, under `vhost.<v>.vcluster.<c>.` and `vhost.<v>.route.<r>.`. */
const REQUEST_STATS = defineBlock({
  counters: [
    'upstream_rq_retry',
    'upstream_rq_retry_limit_exceeded',
    'upstream_rq_retry_overflow',
    'upstream_rq_retry_success',
    'upstream_rq_timeout',
    'upstream_rq_total',
  ],
  histograms: { upstream_rq_time: 'ms' },
});

/** The names of REQUEST_STATS' counters. */
export type RequestStat = keyof typeof REQUEST_STATS.at;

/** The counts of one kind of request. */
export class RequestStats {
  readonly #block: StatBlock<typeof REQUEST_STATS>;
  readonly codes: ResponseCodeStats;

  constructor(scope: Scope) {
    this.#block = scope.block(REQUEST_STATS);
    this.codes = new ResponseCodeStats(scope, 'upstream_rq');
  }

  count(stat: RequestStat): void {
    this.#block.values[REQUEST_STATS.at[stat]]! += 1;
  }

  recordTime(ms: number): void {
    this.#block.histogram(REQUEST_STATS.histogramAt.upstream_rq_time).record(ms);
  }
}

/** See the file's head. Routers of several chains that count under the same names count together. */
export class RouterStats {
  readonly #registry: StatsRegistry;
  /** Key: kind, virtual host and name, as configured: there are no more than the configuration has. */
  readonly #requests = new Map<string, RequestStats>();

  constructor(registry: StatsRegistry) {
    this.#registry = registry;
  }

  /** The counts of a virtual cluster. */
  virtualCluster(virtualHost: string, name: string): RequestStats {
    return this.#requestStats('vcluster', 'envoy.virtual_cluster', virtualHost, name);
  }

  /** The counts of a route that has a prefix of its own for them. */
  route(virtualHost: string, prefix: string): RequestStats {
    return this.#requestStats('route', 'envoy.route', virtualHost, prefix);
  }

  #requestStats(kind: 'vcluster' | 'route', tag: string, virtualHost: string, name: string): RequestStats {
    const key = `${kind}\n${virtualHost}\n${name}`;
    let stats = this.#requests.get(key);
    if (stats === undefined) {
      const host = { tag: 'envoy.virtual_host', value: virtualHost };
      stats = new RequestStats(this.#registry.scope('vhost', host, kind, { tag, value: name }));
      this.#requests.set(key, stats);
    }
    return stats;
  }
}
