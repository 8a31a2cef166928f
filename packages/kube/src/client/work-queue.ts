/**
 * Keys that need work. A key waits at most once however often it is added; it is worked on by one worker at a time, and if
 * it is added meanwhile, once more afterwards. So nothing is missed and nothing is done in parallel on one object.
 */
import {
  type BackoffPolicy,
  type BackoffState,
  type Clock,
  initialBackoff,
  nextBackoff,
  type Random,
  type Timer,
} from '@weft/core';

/** Told of what happens in a queue, for metrics. */
export interface WorkQueueObserver<K> {
  onAdd?(key: K, depth: number): void;
  /** A worker took the key, which had waited so long. */
  onStart?(key: K, waitedMs: number): void;
  onDone?(key: K, tookMs: number): void;
  onRetry?(key: K, failures: number, delayMs: number): void;
}

/** How a queue works. */
export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  readonly random: Random;
  /** Waits between the attempts at one key. */
  readonly backoff?: BackoffPolicy;
  readonly observer?: WorkQueueObserver<K>;
}

/** From an immediate second attempt to one a few minutes apart. */
export const DEFAULT_RETRY: BackoffPolicy = { baseMs: 10, maxMs: 5 * 60_000, jitter: 'full' };

/** The queue of a controller. Keys are compared as a `Map` compares. */
export class WorkQueue<K> {
  readonly #options: WorkQueueOptions<K>;
  /** Keys that wait for a worker, and since when, in order. */
  readonly #waiting = new Map<K, number>();
  /** Keys that a worker has, and since when. */
  readonly #working = new Map<K, number>();
  /** Keys added while a worker had them. */
  readonly #again = new Set<K>();
  /** Keys that are added later, with the time. */
  readonly #later = new Map<K, { readonly atMs: number; readonly timer: Timer }>();
  /** Failures in a row of a key; forgotten with the first success. */
  readonly #failures = new Map<K, BackoffState>();
  #takers: PromiseWithResolvers<K | undefined>[] = [];
  #isShutDown = false;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
  }

  /** How many keys wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** How many keys workers have. */
  get working(): number {
    return this.#working.size;
  }

  /** How many keys wait for their time. */
  get delayed(): number {
    return this.#later.size;
  }

  get isShutDown(): boolean {
    return this.#isShutDown;
  }

  add(key: K): void {
    if (this.#isShutDown) return;
    this.#cancelLater(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, this.#options.clock.monotonic());
    this.#options.observer?.onAdd?.(key, this.#waiting.size);
    this.#handOut();
  }

  /** Adds a key after a while; of several times for one key the earliest counts. */
  addAfter(key: K, delayMs: number): void {
    if (this.#isShutDown) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const { clock } = this.#options;
    const atMs = clock.monotonic() + delayMs;
    const known = this.#later.get(key);
    if (known !== undefined && known.atMs <= atMs) return;
    known?.timer.cancel();
    const timer = clock.setTimer(delayMs, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { atMs, timer });
  }

  /** Adds a key that failed, later each time. */
  addRateLimited(key: K): void {
    if (this.#isShutDown) return;
    const { clock, random, backoff, observer } = this.#options;
    const at = { nowMs: clock.monotonic(), random };
    const next = nextBackoff(backoff ?? DEFAULT_RETRY, this.#failures.get(key) ?? initialBackoff, at);
    this.#failures.set(key, next.state);
    observer?.onRetry?.(key, next.state.attempt, next.delayMs);
    this.addAfter(key, next.delayMs);
  }

  /** The key is well: its next failure counts as the first. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** Failures in a row of a key. */
  failuresOf(key: K): number {
    return this.#failures.get(key)?.attempt ?? 0;
  }

  /** The next key; undefined once the queue is shut down and empty. `done` must follow. */
  take(): Promise<K | undefined> {
    const taker = Promise.withResolvers<K | undefined>();
    this.#takers.push(taker);
    this.#handOut();
    return taker.promise;
  }

  /** The worker is finished with a key that it took. */
  done(key: K): void {
    const { clock, observer } = this.#options;
    const startMs = this.#working.get(key);
    if (startMs === undefined) return;
    this.#working.delete(key);
    observer?.onDone?.(key, clock.monotonic() - startMs);
    if (this.#again.delete(key)) this.#waiting.set(key, clock.monotonic());
    this.#handOut();
    this.#checkDrained();
  }

  /** Takes no more keys, and drops those whose time has not come; resolves when all others are done. */
  shutDown(): Promise<void> {
    this.#isShutDown = true;
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    this.#failures.clear();
    this.#drained ??= Promise.withResolvers<void>();
    this.#handOut();
    this.#checkDrained();
    return this.#drained.promise;
  }

  #handOut(): void {
    const { clock, observer } = this.#options;
    for (const [key, sinceMs] of this.#waiting) {
      const taker = this.#takers.shift();
      if (taker === undefined) return;
      const nowMs = clock.monotonic();
      this.#waiting.delete(key);
      this.#working.set(key, nowMs);
      observer?.onStart?.(key, nowMs - sinceMs);
      taker.resolve(key);
    }
    // Work that is under way may still bring its key back, so workers are let go only when nothing is.
    if (!this.#isShutDown || this.#working.size > 0) return;
    for (const taker of this.#takers.splice(0)) taker.resolve(undefined);
  }

  #checkDrained(): void {
    if (this.#isShutDown && this.#waiting.size === 0 && this.#working.size === 0) this.#drained?.resolve();
  }

  #cancelLater(key: K): void {
    this.#later.get(key)?.timer.cancel();
    this.#later.delete(key);
  }
}
