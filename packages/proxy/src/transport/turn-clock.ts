/**
 * A clock that is read once for each callback of the event loop: what happens within one happens at the same time. A request looks at the time some
 * ten times, which would cost it as much as reading its head.
 */
import type { Clock, Timer } from '@weft/core';
import { currentTurn } from './turn.ts';

/** Wall-clock time is asked for anew this often: it may be set. */
const WALL_CHECK_MS = 1000;

/** See the file's head. */
export class TurnClock implements Clock {
  readonly #clock: Clock;
  /** The turn that #monotonicMs was read in. */
  #turn = 0;
  #monotonicMs = 0;
  /** What wall-clock time is ahead of monotonic time. */
  #wallAheadMs = 0;
  #wallCheckMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  monotonic(): number {
    const turn = currentTurn();
    // Outside of callbacks there is nothing that says how long the time holds.
    if (turn === 0) return this.#clock.monotonic();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#monotonicMs = this.#clock.monotonic();
    }
    return this.#monotonicMs;
  }

  now(): number {
    const monotonic = this.monotonic();
    if (monotonic >= this.#wallCheckMs) {
      this.#wallCheckMs = monotonic + WALL_CHECK_MS;
      this.#wallAheadMs = this.#clock.now() - monotonic;
    }
    return monotonic + this.#wallAheadMs;
  }

  setTimer(ms: number, fn: () => void): Timer {
    return this.#clock.setTimer(ms, fn);
  }
}
