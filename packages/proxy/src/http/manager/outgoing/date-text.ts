import type { Clock } from '@weft/core';

/** The `date` header's text, made once a second. */
export class DateText {
  readonly #clock: Clock;
  #second = 0;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): string {
    const ms = this.#clock.now();
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(ms).toUTCString();
    }
    return this.#text;
  }
}
