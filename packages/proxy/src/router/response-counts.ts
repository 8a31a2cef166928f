/** Counts the responses to one request, wherever they belong. */
import type { RequestHead, ResponseHead } from '../http/head.ts';
import { KnownHeader } from '../http/known-headers.ts';
import type { ForwardingPlan, RouterOptions } from './plan.ts';
import type { RequestStat, RequestStats } from './router-stats.ts';

const { 'x-envoy-internal': INTERNAL, 'x-envoy-upstream-canary': CANARY } = KnownHeader;

/** A code that counts as completed only. */
const NO_CODE = 0;

/** See the file's head. */
export class ResponseCounts {
  readonly #options: RouterOptions;
  readonly #plan: ForwardingPlan;
  readonly #isInternal: boolean;
  /** Failures of gRPC calls are counted elsewhere, if they are to be. */
  readonly #omitsCodes: boolean;
  readonly #kinds: readonly RequestStats[];

  constructor(
    options: RouterOptions,
    plan: ForwardingPlan,
    head: RequestHead,
    isGrpc: boolean,
    virtualCluster: string,
  ) {
    const { stats, runtime } = options;
    const { virtualHost, route } = plan;
    this.#options = options;
    this.#plan = plan;
    this.#isInternal = head.getKnown(INTERNAL) === 'true';
    this.#omitsCodes = isGrpc && runtime.suppressesGrpcFailureStats;
    if (virtualCluster === '' && route.statPrefix === '') this.#kinds = NO_KINDS;
    else {
      const kinds: RequestStats[] = [];
      if (virtualCluster !== '') kinds.push(stats.virtualCluster(virtualHost.name, virtualCluster));
      if (route.statPrefix !== '') kinds.push(stats.route(virtualHost.name, route.statPrefix));
      this.#kinds = kinds;
    }
  }

  /** A response that the client gets, or a status for want of one. */
  charge(status: number, response: ResponseHead | undefined): void {
    if (!this.#options.runtime.hasDynamicStats) return;
    const { cluster } = this.#plan;
    const code = this.#omitsCodes ? NO_CODE : status;
    cluster.codes.charge(code);
    const { origins } = cluster;
    origins.charge(this.#isInternal ? 'internal' : 'external', code);
    if (response?.getKnown(CANARY) === 'true') origins.charge('canary', code);
    for (const kind of this.#kinds) kind.codes.charge(code);
  }

  /** A response that nobody gets, for another attempt is made. */
  chargeRetried(status: number): void {
    if (!this.#options.runtime.hasDynamicStats) return;
    this.#plan.cluster.origins.charge('retry', this.#omitsCodes ? NO_CODE : status);
  }

  /** From the start of the request to the end of its response. */
  recordTime(ms: number): void {
    if (!this.#options.runtime.hasDynamicStats) return;
    this.#plan.cluster.requestTime.record(ms);
    for (const kind of this.#kinds) kind.recordTime(ms);
  }

  count(stat: RequestStat): void {
    for (const kind of this.#kinds) kind.count(stat);
  }
}

const NO_KINDS: readonly RequestStats[] = [];
