/** Whether and when a request is tried again. */
import type { Timer } from '@weft/core';
import { type AttemptOutcome, backOffMs, isRetriable, type RetryPlan, refusesHost, resetBackOffMs } from '@weft/engine';
import type { StreamServices } from '../http/manager/services.ts';
import { enter, leave } from '../transport/turn.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { Countable } from '../upstream/resources.ts';
import type { UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import type { ResponseCounts } from './response-counts.ts';

/** What came of asking for another attempt. */
export type RetryAnswer =
  | 'waiting'
  /** The outcome stands: it is none to repeat, or nothing may be repeated now. */
  | 'no'
  /** It would be repeated, had that not been done as often as allowed. */
  | 'exhausted';

/** See the file's head. One for each request that may be retried. */
export class Retries {
  readonly #plan: RetryPlan;
  readonly #cluster: UpstreamCluster;
  readonly #priority: 'default' | 'high';
  readonly #services: StreamServices;
  readonly #counts: ResponseCounts;
  readonly #onRetry: () => void;
  #left: number;
  #made = 0;
  /** Addresses of the hosts that were tried. */
  readonly #tried: string[] = [];
  /** The wait under way. */
  #timer: Timer | undefined;
  /** Of the retries that the cluster allows at a time, the one that is taken: from the wait until it is known what became of the attempt. */
  #taken: Countable | undefined;

  constructor(
    plan: RetryPlan,
    cluster: UpstreamCluster,
    priority: 'default' | 'high',
    services: StreamServices,
    counts: ResponseCounts,
    onRetry: () => void,
  ) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#priority = priority;
    this.#services = services;
    this.#counts = counts;
    this.#onRetry = onRetry;
    this.#left = plan.maxRetries;
  }

  /** Whether a retry is waited for. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** How often a host may be drawn for an attempt. */
  get maxHostSelections(): number {
    return this.#plan.policy?.maxHostSelections ?? 1;
  }

  /** Tells which hosts the next attempt should not go to; undefined while there is no reason to. */
  get rejection(): ((host: UpstreamHost) => boolean) | undefined {
    const predicates = this.#plan.policy?.hostPredicates;
    if (this.#tried.length === 0 || predicates === undefined || predicates.length === 0) return undefined;
    return ({ address, metadata }) => {
      const isCanary = (metadata['envoy.lb'] as Readonly<Record<string, unknown>> | undefined)?.['canary'] === true;
      return refusesHost(predicates, { address: address.text, isCanary, metadata }, this.#tried);
    };
  }

  /** A host was chosen. */
  noteHost(host: UpstreamHost): void {
    this.#tried.push(host.address.text);
  }

  /** Whether this is an outcome to repeat, if that can be. */
  isRetriable(outcome: AttemptOutcome): boolean {
    return isRetriable(this.#plan, outcome);
  }

  /** Asks for another attempt after this outcome; `canRepeat` is whether the whole request is at hand still. */
  ask(outcome: AttemptOutcome, canRepeat: boolean): RetryAnswer {
    const { stats } = this.#cluster;
    this.#release();
    if (!isRetriable(this.#plan, outcome)) {
      if (this.#made > 0 && outcome.kind === 'response') this.#countSuccess();
      return 'no';
    }
    if (this.#left === 0) {
      stats[CLUSTER_STAT.upstream_rq_retry_limit_exceeded]! += 1;
      this.#counts.count('upstream_rq_retry_limit_exceeded');
      return 'exhausted';
    }
    const { retries } = this.#cluster.resources(this.#priority);
    if (!retries.isAvailable) {
      stats[CLUSTER_STAT.upstream_rq_retry_overflow]! += 1;
      this.#counts.count('upstream_rq_retry_overflow');
      return 'no';
    }
    if (!canRepeat) {
      stats[CLUSTER_STAT.retry_or_shadow_abandoned]! += 1;
      return 'no';
    }
    this.#left--;
    this.#made++;
    stats[CLUSTER_STAT.upstream_rq_retry]! += 1;
    this.#counts.count('upstream_rq_retry');
    this.#wait(this.#waitMs(outcome), retries);
    return 'waiting';
  }

  /** Nothing is repeated any more. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#release();
  }

  #waitMs(outcome: AttemptOutcome): number {
    const { policy } = this.#plan;
    const { clock, random, runtimeValues } = this.#services;
    const { stats } = this.#cluster;
    const asked =
      policy?.resetBackOff === undefined || outcome.kind !== 'response'
        ? undefined
        : resetBackOffMs(policy.resetBackOff, outcome.headers, clock.now(), random.next());
    if (asked !== undefined) {
      stats[CLUSTER_STAT.upstream_rq_retry_backoff_ratelimited]! += 1;
      return asked;
    }
    stats[CLUSTER_STAT.upstream_rq_retry_backoff_exponential]! += 1;
    return backOffMs(policy?.backOff, this.#made, random.next(), runtimeValues);
  }

  #wait(ms: number, retries: Countable): void {
    retries.used++;
    this.#taken = retries;
    this.#timer = this.#services.clock.setTimer(ms, () => {
      this.#timer = undefined;
      enter();
      this.#onRetry();
      leave();
    });
  }

  #release(): void {
    if (this.#taken !== undefined) this.#taken.used--;
    this.#taken = undefined;
  }

  #countSuccess(): void {
    this.#cluster.stats[CLUSTER_STAT.upstream_rq_retry_success]! += 1;
    this.#counts.count('upstream_rq_retry_success');
  }
}
