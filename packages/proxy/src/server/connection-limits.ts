/**
 * How many client connections there may be: over all listeners, and at each. As in Envoy, runtime values say it, which are asked each time; over all
 * listeners, an overload manager may say it instead.
 */
import type { RuntimeSource } from '@weft/engine';

/** The limit over all listeners. */
const GLOBAL_KEY = 'overload.global_downstream_max_connections';

/** See the file's head. */
export class ConnectionLimits {
  readonly #runtime: RuntimeSource;
  readonly #max: number | undefined;
  #count = 0;

  /** `max` is that of the overload manager. */
  constructor(runtime: RuntimeSource, max?: number) {
    this.#runtime = runtime;
    this.#max = max;
  }

  /** Whether there are as many over all listeners as there may be. */
  get isReached(): boolean {
    return isReached(this.#count, this.#max ?? this.#runtime.integer(GLOBAL_KEY));
  }

  /** Whether a listener, by the key of its limit, has as many as it may have. */
  isReachedBy(key: string, count: number): boolean {
    return isReached(count, this.#runtime.integer(key));
  }

  /** A connection has come. */
  add(): void {
    this.#count++;
  }

  /** A connection has gone. */
  remove(): void {
    this.#count--;
  }
}

/** The key of the limit of a listener. */
export function limitKeyOf(listener: string): string {
  return `envoy.resource_limits.listener.${listener}.connection_limit`;
}

function isReached(count: number, limit: number | undefined): boolean {
  return limit !== undefined && count >= limit;
}
