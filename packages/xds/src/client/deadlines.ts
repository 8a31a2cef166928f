import type { Clock, Timer } from '@weft/core';

/** Deadlines by name with one timer for all of them: a client waits for thousands of names at once when it starts. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #onExpired: (names: readonly string[]) => void;
  /** Name to its deadline on the clock's `monotonic`; written by this class alone. */
  readonly #deadlines = new Map<string, number>();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onExpired: (names: readonly string[]) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#deadlines.size;
  }

  /** Every name that has a deadline. */
  names(): readonly string[] {
    return [...this.#deadlines.keys()];
  }

  has(name: string): boolean {
    return this.#deadlines.has(name);
  }

  /** Sets or renews the deadline of a name. */
  set(name: string, inMs: number): void {
    const atMs = this.#clock.monotonic() + inMs;
    this.#deadlines.set(name, atMs);
    if (atMs < this.#timerAtMs) this.#arm(atMs);
  }

  delete(name: string): void {
    this.#deadlines.delete(name);
    if (this.#deadlines.size === 0) this.#disarm();
  }

  /** Drops every name that fails the test. */
  retain(isKept: (name: string) => boolean): void {
    for (const name of [...this.#deadlines.keys()]) if (!isKept(name)) this.delete(name);
  }

  clear(): void {
    this.#deadlines.clear();
    this.#disarm();
  }

  #arm(atMs: number): void {
    this.#disarm();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(Math.max(0, atMs - this.#clock.monotonic()), () => this.#expire());
    this.#timer.unref();
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }

  /** The timer may ring for a deadline that was deleted or renewed since; then it only looks for the next one. */
  #expire(): void {
    this.#disarm();
    const nowMs = this.#clock.monotonic();
    const expired: string[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [name, atMs] of this.#deadlines) {
      if (atMs <= nowMs) expired.push(name);
      else nextMs = Math.min(nextMs, atMs);
    }
    for (const name of expired) this.#deadlines.delete(name);
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
    if (expired.length > 0) this.#onExpired(expired);
  }
}
