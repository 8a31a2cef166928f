import type { Clock, Timer } from '@weft/core';

/** Somebody who has something to send. */
export interface PushJob {
  /** Sends as much as can be; `blocked` when the connection has to take it first. */
  run(): 'done' | 'blocked';
}

/** How pushes share the process. */
export interface PushSchedulerOptions {
  readonly clock: Clock;
  /** Calls back soon, after what waits on sockets had a turn. */
  readonly defer: (work: () => void) => unknown;
  readonly maxConcurrent: number;
  readonly slowReaderMs: number;
  readonly sliceMs: number;
}

/**
 * Lets a bounded number of streams have data under way, each once at a time, and gives the loop back in between. A job that waits again is
 * not queued twice: what it sends is decided when its turn comes.
 */
export class PushScheduler {
  readonly #options: PushSchedulerOptions;
  /** Jobs that wait for their turn, in order; written by `enqueue`, `#pump` and `remove`. */
  readonly #waiting = new Set<PushJob>();
  /** Jobs whose data is not taken yet, with what ends their hold on the turn. */
  readonly #blocked = new Map<PushJob, Timer>();
  #isDeferred = false;
  #isPumping = false;

  constructor(options: PushSchedulerOptions) {
    this.#options = options;
  }

  /** Jobs that wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Jobs whose data is not taken yet and that count as concurrent. */
  get blockedCount(): number {
    return this.#blocked.size;
  }

  /** Says that a job may have something to send. */
  enqueue(job: PushJob): void {
    if (this.#blocked.has(job)) return;
    this.#waiting.add(job);
    this.#pumpSoon();
  }

  /** Says that the connection of a job took what it was sent. */
  drained(job: PushJob): void {
    this.#blocked.get(job)?.cancel();
    this.#blocked.delete(job);
    this.#waiting.add(job);
    this.#pumpSoon();
  }

  /** Forgets a job. */
  remove(job: PushJob): void {
    this.#waiting.delete(job);
    this.#blocked.get(job)?.cancel();
    this.#blocked.delete(job);
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#isDeferred || this.#isPumping || this.#waiting.size === 0) return;
    this.#isDeferred = true;
    this.#options.defer(() => {
      this.#isDeferred = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { clock, maxConcurrent, sliceMs } = this.#options;
    const endMs = clock.monotonic() + sliceMs;
    this.#isPumping = true;
    try {
      for (const job of this.#waiting) {
        if (this.#blocked.size >= maxConcurrent) break;
        this.#waiting.delete(job);
        if (job.run() === 'blocked') this.#block(job);
        if (clock.monotonic() >= endMs) break;
      }
    } finally {
      this.#isPumping = false;
    }
    if (this.#blocked.size < maxConcurrent) this.#pumpSoon();
  }

  #block(job: PushJob): void {
    const { clock, slowReaderMs } = this.#options;
    const timer = clock.setTimer(slowReaderMs, () => {
      this.#blocked.delete(job);
      this.#pumpSoon();
    });
    timer.unref();
    this.#blocked.set(job, timer);
  }
}
