/** Keeps one client, or all of them together, from taking the server down: requests at once, and requests a second. */
import type { Clock } from '@weft/core';
import { tooManyRequests } from '../../shared/api-errors.ts';

/** Bounds of a server. */
export interface LimitOptions {
  /** Reads at once, watches not counted. */
  readonly maxReads: number;
  /** Writes at once. */
  readonly maxWrites: number;
  /** Requests a second that one user may make on average. */
  readonly perUserPerSecond: number;
  /** Requests that a user may make at once after a pause. */
  readonly perUserBurst: number;
}

/** What a server on a laptop can take; real clusters use the same order of numbers. */
export const defaultLimits: LimitOptions = {
  maxReads: 800,
  maxWrites: 400,
  perUserPerSecond: 20_000,
  perUserBurst: 20_000,
};

const MAX_USERS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts requests. `admit` comes first; `enter` and `leave` are called in pairs; all by the handler alone. */
export class RequestLimits {
  private readonly options: LimitOptions;
  private readonly clock: Clock;
  private reads = 0;
  private writes = 0;
  /** Username to its token bucket; the oldest user is forgotten when there are too many. */
  private readonly buckets = new Map<string, Bucket>();

  constructor(options: LimitOptions, clock: Clock) {
    this.options = options;
    this.clock = clock;
  }

  /** Admits a request of a user or throws 429. */
  admit(user: string): void {
    if (!this.takeToken(user)) throw tooManyRequests(1);
  }

  /** Takes a place among those that work, or throws 429. */
  enter(isWrite: boolean): void {
    if (isWrite ? this.writes >= this.options.maxWrites : this.reads >= this.options.maxReads) throw tooManyRequests(1);
    if (isWrite) this.writes++;
    else this.reads++;
  }

  leave(isWrite: boolean): void {
    if (isWrite) this.writes--;
    else this.reads--;
  }

  private takeToken(user: string): boolean {
    const now = this.clock.monotonic();
    let bucket = this.buckets.get(user);
    if (bucket === undefined) {
      if (this.buckets.size >= MAX_USERS) this.buckets.delete(this.buckets.keys().next().value!);
      bucket = { tokens: this.options.perUserBurst, at: now };
      this.buckets.set(user, bucket);
    }
    const refill = ((now - bucket.at) / 1000) * this.options.perUserPerSecond;
    bucket.tokens = Math.min(this.options.perUserBurst, bucket.tokens + refill);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
