import type { Clock, Timer } from './clock.ts';
import { throwLater } from './throw-later.ts';

/** When a debounced action runs, and with what. */
export interface DebounceOptions<T> {
  readonly clock: Clock;
  /** Runs this long after the last trigger ... */
  readonly quietMs: number;
  /** ... but at most this long after the first one, so that a steady stream of triggers cannot put it off for ever. */
  readonly maxWaitMs: number;
  /** Makes one value of those of two triggers. */
  readonly merge: (pending: T, next: T) => T;
  /** The action; while it runs, triggers collect for the next run, so it never overlaps with itself. */
  readonly run: (value: T) => void | Promise<void>;
  /** Takes what `run` throws; the default reports it as an uncaught error. */
  readonly onError?: (thrown: unknown) => void;
}

type Phase<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly value: T; readonly firstMs: number; readonly lastMs: number }
  | { readonly kind: 'closed' };

/** Collects bursts of triggers into single runs of an action. */
export class Debounce<T> {
  readonly #options: DebounceOptions<T>;
  #phase: Phase<T> = { kind: 'idle' };
  #timer: Timer | undefined;
  /** The run under way, which `flush` waits for. */
  #running: Promise<void> | undefined;

  constructor(options: DebounceOptions<T>) {
    this.#options = options;
  }

  /** Tells whether a value waits for its run. */
  get isPending(): boolean {
    return this.#phase.kind === 'waiting';
  }

  /** Asks for a run with this value, merged with those that wait; does nothing once closed. */
  trigger(value: T): void {
    const { clock, merge } = this.#options;
    const now = clock.monotonic();
    switch (this.#phase.kind) {
      case 'closed':
        return;
      case 'idle':
        this.#phase = { kind: 'waiting', value, firstMs: now, lastMs: now };
        this.#arm(now);
        return;
      case 'waiting':
        this.#phase = { ...this.#phase, value: merge(this.#phase.value, value), lastMs: now };
    }
  }

  /** Runs what waits right now, after the run under way, and waits until it is done. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#runNow();
  }

  /** Forgets what waits and ignores all later triggers; a run under way finishes. */
  close(): void {
    this.#phase = { kind: 'closed' };
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #dueMs(phase: { readonly firstMs: number; readonly lastMs: number }): number {
    return Math.min(phase.lastMs + this.#options.quietMs, phase.firstMs + this.#options.maxWaitMs);
  }

  /** One timer a burst: a trigger only moves the due time, and a timer that comes too early is set again. */
  #arm(nowMs: number): void {
    if (this.#phase.kind !== 'waiting' || this.#running !== undefined || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.setTimer(this.#dueMs(this.#phase) - nowMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#phase.kind !== 'waiting') return;
    const now = this.#options.clock.monotonic();
    if (this.#dueMs(this.#phase) <= now) void this.#runNow();
    else this.#arm(now);
  }

  #runNow(): Promise<void> {
    if (this.#phase.kind !== 'waiting') return Promise.resolve();
    const { value } = this.#phase;
    this.#phase = { kind: 'idle' };
    this.#timer?.cancel();
    this.#timer = undefined;
    // The executor runs at once, and turns what `run` throws into a rejection.
    this.#running = new Promise<void>((resolve) => {
      resolve(this.#options.run(value));
    })
      .catch(this.#options.onError ?? throwLater)
      .finally(() => {
        this.#running = undefined;
        this.#arm(this.#options.clock.monotonic());
      });
    return this.#running;
  }
}
