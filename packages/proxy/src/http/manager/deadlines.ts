/**
 * Timeouts of streams. A stream's deadlines change with every byte and hardly ever come: so setting one is a write to a field, and one timer goes
 * through the streams that are active when the earliest may be due.
 */
import { type Clock, type Timer, throwLater } from '@weft/core';

/** Something that may come to be too late. */
export interface Deadlined {
  /** In the time of Clock.monotonic; Infinity for none. May be put off at will, but brought forward only with Deadlines.bringForward. */
  deadlineMs: number;
  /** Its place in the list; written by Deadlines only. */
  deadlineSlot: number;
  /** The deadline has come: the owner sets another, or leaves the list. */
  onDeadline(nowMs: number): void;
}

/** Deadlines are met at most so late. */
const GRAIN_MS = 10;
const FREE = -1;

/** See the file's head. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #items: Deadlined[] = [];
  /** When the timer fires. */
  #nextMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are watched. */
  get size(): number {
    return this.#items.length;
  }

  /** Watches an item until it is removed. */
  add(item: Deadlined): void {
    item.deadlineSlot = this.#items.length;
    this.#items.push(item);
    if (item.deadlineMs < this.#nextMs) this.#arm(item.deadlineMs);
  }

  remove(item: Deadlined): void {
    const slot = item.deadlineSlot;
    if (slot === FREE) return;
    item.deadlineSlot = FREE;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#items[slot] = last;
    last.deadlineSlot = slot;
  }

  /** To be called after a deadline has become earlier. */
  bringForward(item: Deadlined): void {
    if (item.deadlineSlot !== FREE && item.deadlineMs < this.#nextMs) this.#arm(item.deadlineMs);
  }

  /** Stops the timer; for the end of the process. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#nextMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: number): void {
    this.#timer?.cancel();
    this.#nextMs = atMs;
    this.#timer = this.#clock.setTimer(Math.max(atMs - this.#clock.monotonic(), GRAIN_MS), () => this.#sweep());
    this.#timer.unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    this.#nextMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    // From the end: removing an item moves the last one into its place, which has been looked at by then.
    for (let i = this.#items.length - 1; i >= 0; i--) {
      const item = this.#items[i];
      if (item !== undefined && item.deadlineMs <= now) this.#fire(item, now);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#items) if (deadlineMs < next) next = deadlineMs;
    if (next < this.#nextMs) this.#arm(next);
  }

  #fire(item: Deadlined, now: number): void {
    try {
      item.onDeadline(now);
    } catch (thrown) {
      throwLater(thrown);
    }
  }
}
