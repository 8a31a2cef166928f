import type { Clock } from '@weft/core';

/** The states of envoy.admin.v3.ServerInfo, by their numbers. */
export const SERVER_STATES = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'] as const;

/** One of the states. */
export type ServerStateName = (typeof SERVER_STATES)[number];

/** Whether the proxy serves, and since when. */
export class ServerState {
  readonly #clock: Clock;
  readonly #startedMs: number;
  #isInitialized = false;
  #isDraining = false;
  /** Set by hand: health checks fail, and clients are asked to leave. */
  isHealthFailed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
  }

  get name(): ServerStateName {
    if (this.#isDraining || this.isHealthFailed) return 'DRAINING';
    return this.#isInitialized ? 'LIVE' : 'PRE_INITIALIZING';
  }

  /** Seconds since the start. */
  get uptimeS(): number {
    return Math.floor((this.#clock.monotonic() - this.#startedMs) / 1000);
  }

  /** Milliseconds since the start. */
  get ageMs(): number {
    return this.#clock.monotonic() - this.#startedMs;
  }

  /** Everything listens. */
  markInitialized(): void {
    this.#isInitialized = true;
  }

  /** The proxy is about to end. */
  markDraining(): void {
    this.#isDraining = true;
  }
}
