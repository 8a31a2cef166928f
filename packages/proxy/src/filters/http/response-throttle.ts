import type { Clock, Timer } from '@weft/core';
import { enter, leave } from '../../transport/turn.ts';
import type { FilterStream } from './filter.ts';

/** Pieces are let through this often. */
const TICK_MS = 50;
const TICKS_PER_SECOND = 1000 / TICK_MS;

/** Lets the body of a response through at a rate. What waits is bounded by the window that the upstream has. */
export class ResponseThrottle {
  readonly #stream: FilterStream;
  readonly #clock: Clock;
  readonly #bytesPerTick: number;
  #waiting: Buffer[] = [];
  #isEnded = false;
  #timer: Timer | undefined;

  constructor(stream: FilterStream, clock: Clock, kibPerSecond: number) {
    this.#stream = stream;
    this.#clock = clock;
    this.#bytesPerTick = Math.max(1, Math.floor((kibPerSecond * 1024) / TICKS_PER_SECOND));
  }

  add(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
    this.#isEnded ||= isLast;
    this.#timer ??= this.#clock.setTimer(0, () => this.#tick());
  }

  /** Lets everything through: what follows must not come before it. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.#stream.sendResponseData(bytes, 0, bytes.length, false);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #tick(): void {
    this.#timer = undefined;
    enter();
    let left = this.#bytesPerTick;
    while (left > 0 && this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const length = Math.min(left, first.length);
      left -= length;
      if (length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(length);
      const isLast = this.#isEnded && this.#waiting.length === 0;
      this.#stream.sendResponseData(first, 0, length, isLast);
      if (isLast || length === 0) break;
    }
    if (this.#waiting.length > 0) this.#timer = this.#clock.setTimer(TICK_MS, () => this.#tick());
    leave();
  }
}
