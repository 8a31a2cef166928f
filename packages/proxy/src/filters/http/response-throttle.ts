import type { Clock, Timer } from '@weft/core';
import type { FieldList } from '../../http/head.ts';
import { enter, leave } from '../../transport/turn.ts';
import type { FilterStream } from './filter.ts';

/** Pieces are let through this often. */
const TICK_MS = 50;
const TICKS_PER_SECOND = 1000 / TICK_MS;

/** Bytes that wait before the upstream is asked to stop, and when it may go on. */
const MUCH_BYTES = 64 * 1024;
const FEW_BYTES = 16 * 1024;

/** What a throttle does with its stream. */
export type ThrottledStream = Pick<FilterStream, 'sendResponseData' | 'sendResponseTrailers' | 'pauseResponse'>;

/** Lets the body of a response through at a rate. The upstream waits with what would be too much to keep. */
export class ResponseThrottle {
  readonly #stream: ThrottledStream;
  readonly #clock: Clock;
  readonly #bytesPerTick: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isPausing = false;
  #isEnded = false;
  #trailers: FieldList | undefined;
  #timer: Timer | undefined;

  constructor(stream: ThrottledStream, clock: Clock, kibPerSecond: number) {
    this.#stream = stream;
    this.#clock = clock;
    this.#bytesPerTick = Math.max(1, Math.floor((kibPerSecond * 1024) / TICKS_PER_SECOND));
  }

  add(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
    this.#waitingBytes += end - start;
    if (!this.#isPausing && this.#waitingBytes >= MUCH_BYTES) {
      this.#isPausing = true;
      this.#stream.pauseResponse(true);
    }
    this.#isEnded ||= isLast;
    this.#timer ??= this.#clock.setTimer(0, () => this.#tick());
  }

  /** The body ends with trailers, which come behind what waits. */
  addTrailers(trailers: FieldList): void {
    this.#trailers = trailers;
    this.#timer ??= this.#clock.setTimer(0, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
    this.#trailers = undefined;
  }

  #tick(): void {
    this.#timer = undefined;
    enter();
    this.#letThrough();
    if (this.#isPausing && this.#waitingBytes <= FEW_BYTES) {
      this.#isPausing = false;
      this.#stream.pauseResponse(false);
    }
    if (this.#waiting.length > 0) this.#timer ??= this.#clock.setTimer(TICK_MS, () => this.#tick());
    else if (this.#trailers !== undefined) this.#stream.sendResponseTrailers(this.#trailers);
    leave();
  }

  #letThrough(): void {
    let left = this.#bytesPerTick;
    while (left > 0 && this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      const length = Math.min(left, first.length);
      left -= length;
      this.#waitingBytes -= length;
      if (length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(length);
      const isLast = this.#isEnded && this.#waiting.length === 0;
      this.#stream.sendResponseData(first, 0, length, isLast);
      if (isLast) return;
    }
  }
}
