/** Circuit breakers: how much of each resource a cluster may use at a time, for one priority. */

/** The limits, from CircuitBreakers.Thresholds. */
export interface ResourceLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
}

/** Envoy's defaults. */
export const DEFAULT_LIMITS: ResourceLimits = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
};

/** One resource: counts what is in use. */
export class Resource {
  max: number;
  used = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** Whether one more may be used. */
  get isAvailable(): boolean {
    return this.used < this.max;
  }
}

/** The resources of a cluster for one priority. */
export class Resources {
  readonly connections: Resource;
  readonly pending: Resource;
  readonly requests: Resource;
  readonly retries: Resource;

  constructor(limits: ResourceLimits) {
    this.connections = new Resource(limits.maxConnections);
    this.pending = new Resource(limits.maxPendingRequests);
    this.requests = new Resource(limits.maxRequests);
    this.retries = new Resource(limits.maxRetries);
  }

  /** Takes other limits; what is in use beyond them is let run out. */
  setLimits(limits: ResourceLimits): void {
    this.connections.max = limits.maxConnections;
    this.pending.max = limits.maxPendingRequests;
    this.requests.max = limits.maxRequests;
    this.retries.max = limits.maxRetries;
  }
}
