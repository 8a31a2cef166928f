import type { Clock } from '@weft/core';

/** How much may be done at once and in the long run, as `RateLimitSettings` of an `ApiConfigSource` has it. */
export interface RateLimit {
  readonly maxTokens: number;
  readonly fillRatePerSecond: number;
}

/** Lets through what the rate limit allows; pure but for reading the clock. */
export class TokenBucket {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#tokens = limit.maxTokens;
    this.#filledAtMs = clock.monotonic();
  }

  /** Takes a token if there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes tokens even when there are not enough of them; false when some are owed now. */
  spend(count: number): boolean {
    this.#fill();
    this.#tokens -= count;
    return this.#tokens >= 0;
  }

  /** How long until there is a token. */
  waitMs(): number {
    this.#fill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#limit.fillRatePerSecond) * 1000);
  }

  #fill(): void {
    const nowMs = this.#clock.monotonic();
    const added = ((nowMs - this.#filledAtMs) / 1000) * this.#limit.fillRatePerSecond;
    this.#tokens = Math.min(this.#limit.maxTokens, this.#tokens + added);
    this.#filledAtMs = nowMs;
  }
}
