/** Circuit breakers: how much of each resource a cluster may use at a time, for one priority. */

import type { ThresholdsRuntime } from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import { BREAKER_STATS, REMAINING_STATS } from './cluster-stats.ts';

/** Retries as a share of the requests under way, but at least some. */
export type RetryBudgetRuntime = NonNullable<ThresholdsRuntime['retryBudget']>;

/** The limits, from CircuitBreakers.Thresholds. */
export interface ResourceLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  /** Counts where there is no budget. */
  readonly maxRetries: number;
  readonly retryBudget: RetryBudgetRuntime | undefined;
  /** Whether statistics show how much is left. */
  readonly tracksRemaining: boolean;
}

/** Envoy's defaults. */
export const DEFAULT_LIMITS: ResourceLimits = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  retryBudget: undefined,
  tracksRemaining: false,
};

/** Where the resources of one priority show what is in use of them. */
export interface ResourceGauges {
  /** The values of BREAKER_STATS. */
  readonly open: Float64Array;
  /** The values of REMAINING_STATS; undefined where nobody asks what is left. */
  readonly remaining: Float64Array | undefined;
}

/** Something of which only so much may be in use. */
export interface Countable {
  used: number;
  /** How much there may be now. */
  readonly max: number;
  /** Whether one more may be used. */
  readonly isAvailable: boolean;
}

/** One resource: counts what is in use. */
export class Resource implements Countable {
  readonly max: number;
  readonly #gauges: ResourceGauges;
  readonly #openSlot: number;
  readonly #remainingSlot: number;
  #used = 0;

  constructor(max: number, gauges: ResourceGauges, openSlot: number, remainingSlot: number) {
    this.max = max;
    this.#gauges = gauges;
    this.#openSlot = openSlot;
    this.#remainingSlot = remainingSlot;
    this.used = 0;
  }

  get used(): number {
    return this.#used;
  }

  set used(used: number) {
    const { open, remaining } = this.#gauges;
    this.#used = used;
    open[this.#openSlot] = used < this.max ? 0 : 1;
    if (remaining !== undefined) remaining[this.#remainingSlot] = Math.max(this.max - used, 0);
  }

  /** Whether one more may be used. */
  get isAvailable(): boolean {
    return this.#used < this.max;
  }
}

/** The retries that a budget allows: they are the more, the more requests are under way. How many are left is not shown, as in Envoy. */
class BudgetedRetries implements Countable {
  readonly #budget: RetryBudgetRuntime;
  readonly #requests: Resource;
  readonly #pending: Resource;
  readonly #open: Float64Array;
  #used = 0;

  constructor(budget: RetryBudgetRuntime, requests: Resource, pending: Resource, { open }: ResourceGauges) {
    this.#budget = budget;
    this.#requests = requests;
    this.#pending = pending;
    this.#open = open;
    this.used = 0;
  }

  get used(): number {
    return this.#used;
  }

  set used(used: number) {
    this.#used = used;
    this.#open[BREAKER_STATS.at.rq_retry_open] = this.isAvailable ? 0 : 1;
  }

  get max(): number {
    const { budgetPct, minConcurrency } = this.#budget;
    const underWay = this.#requests.used + this.#pending.used;
    return Math.max(Math.floor((budgetPct / 100) * underWay), minConcurrency);
  }

  get isAvailable(): boolean {
    return this.#used < this.max;
  }
}

/** The resources of a cluster for one priority. */
export class Resources {
  readonly connections: Resource;
  readonly pending: Resource;
  readonly requests: Resource;
  readonly retries: Countable;

  constructor(limits: ResourceLimits, gauges: ResourceGauges) {
    const { cx_open, rq_pending_open, rq_open, rq_retry_open } = BREAKER_STATS.at;
    const { remaining_cx, remaining_pending, remaining_rq, remaining_retries } = REMAINING_STATS.at;
    this.connections = new Resource(limits.maxConnections, gauges, cx_open, remaining_cx);
    this.pending = new Resource(limits.maxPendingRequests, gauges, rq_pending_open, remaining_pending);
    this.requests = new Resource(limits.maxRequests, gauges, rq_open, remaining_rq);
    this.retries =
      limits.retryBudget === undefined
        ? new Resource(limits.maxRetries, gauges, rq_retry_open, remaining_retries)
        : new BudgetedRetries(limits.retryBudget, this.requests, this.pending, gauges);
  }
}

/** The gauges of resources within the scope of their cluster. */
export function resourceGauges(scope: Scope, priority: string, tracksRemaining: boolean): ResourceGauges {
  const own = scope.child('circuit_breakers', priority);
  const remaining = tracksRemaining ? own.block(REMAINING_STATS).values : undefined;
  return { open: own.block(BREAKER_STATS).values, remaining };
}
