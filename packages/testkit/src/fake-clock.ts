import { type Clock, checkDelay, MeshError, type Timer } from '@weft/core';

interface FakeTimer {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
  isUnref: boolean;
}

/** A chain of timers longer than this within one step of time is taken for an endless loop. */
const MAX_TIMERS_PER_ADVANCE = 100_000;

/** Rounds of the event loop's queues that `advanceAsync` lets pass after each timer, so that promise chains settle. */
const SETTLE_ROUNDS = 4;

/** A clock that stands still until the test moves it. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #epochMs: number;
  #order = 0;
  readonly #timers = new Set<FakeTimer>();

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#epochMs = startMs;
  }

  now(): number {
    return Math.floor(this.#epochMs + this.#elapsedMs);
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer: FakeTimer = { atMs: this.#elapsedMs + checkDelay(ms), order: this.#order, fn, isUnref: false };
    this.#order += 1;
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
      },
      unref: () => {
        timer.isUnref = true;
      },
    };
  }

  /** Timers that wait; a test that ends with some has left something running. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Waiting timers that would keep the process alive. */
  get pendingRefTimers(): number {
    return [...this.#timers].filter((timer) => !timer.isUnref).length;
  }

  /** Milliseconds until the next timer is due, or undefined when none waits. */
  get nextTimerMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : Math.max(0, next.atMs - this.#elapsedMs);
  }

  /** Moves time on and runs every timer that comes due, in order, each at its own time. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + checkDelay(ms);
    for (let ran = 0; this.#runNextUntil(endMs); ran += 1) this.#checkEndless(ran, ms);
    this.#elapsedMs = endMs;
  }

  /** As `advance`, and lets promises settle before the first timer, after each one, and at the end. */
  async advanceAsync(ms: number): Promise<void> {
    await settle();
    const endMs = this.#elapsedMs + checkDelay(ms);
    for (let ran = 0; this.#runNextUntil(endMs); ran += 1) {
      this.#checkEndless(ran, ms);
      await settle();
    }
    this.#elapsedMs = endMs;
    await settle();
  }

  /** Sets the wall clock, as an administrator or a time server would; timers and `monotonic` do not notice. */
  setWallClock(epochMs: number): void {
    this.#epochMs = epochMs - this.#elapsedMs;
  }

  #next(): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }

  #runNextUntil(endMs: number): boolean {
    const timer = this.#next();
    if (timer === undefined || timer.atMs > endMs) return false;
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs);
    timer.fn();
    return true;
  }

  #checkEndless(ran: number, ms: number): void {
    if (ran < MAX_TIMERS_PER_ADVANCE) return;
    throw new MeshError('MESH_TEST', `more than ${MAX_TIMERS_PER_ADVANCE} timers ran within ${ms} ms of fake time`);
  }
}

/** Lets everything that is ready to run do so: promise reactions and callbacks of finished I/O. */
export async function settle(): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
