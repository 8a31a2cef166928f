/** Circuit breakers: how much of each resource a cluster may use at a time, for one priority. */

import type { Scope } from '@weft/telemetry';
import { BREAKER_STATS, REMAINING_STATS } from './cluster-stats.ts';

/** The limits, from CircuitBreakers.Thresholds. */
export interface ResourceLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  /** Whether statistics show how much is left. */
  readonly tracksRemaining: boolean;
}

/** Envoy's defaults. */
export const DEFAULT_LIMITS: ResourceLimits = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  tracksRemaining: false,
};

/** Where the resources of one priority show what is in use of them. */
export interface ResourceGauges {
  /** The values of BREAKER_STATS. */
  readonly open: Float64Array;
  /** The values of REMAINING_STATS; undefined where nobody asks what is left. */
  readonly remaining: Float64Array | undefined;
}

/** One resource: counts what is in use. */
export class Resource {
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

/** The resources of a cluster for one priority. */
export class Resources {
  readonly connections: Resource;
  readonly pending: Resource;
  readonly requests: Resource;
  readonly retries: Resource;

  constructor(limits: ResourceLimits, gauges: ResourceGauges) {
    const { cx_open, rq_pending_open, rq_open, rq_retry_open } = BREAKER_STATS.at;
    const { remaining_cx, remaining_pending, remaining_rq, remaining_retries } = REMAINING_STATS.at;
    this.connections = new Resource(limits.maxConnections, gauges, cx_open, remaining_cx);
    this.pending = new Resource(limits.maxPendingRequests, gauges, rq_pending_open, remaining_pending);
    this.requests = new Resource(limits.maxRequests, gauges, rq_open, remaining_rq);
    this.retries = new Resource(limits.maxRetries, gauges, rq_retry_open, remaining_retries);
  }
}

/** The gauges of resources within the scope of their cluster. */
export function resourceGauges(scope: Scope, priority: string, tracksRemaining: boolean): ResourceGauges {
  const own = scope.child('circuit_breakers', priority);
  const remaining = tracksRemaining ? own.block(REMAINING_STATS).values : undefined;
  return { open: own.block(BREAKER_STATS).values, remaining };
}
