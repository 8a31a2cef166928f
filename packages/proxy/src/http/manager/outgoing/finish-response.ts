/** What a connection manager does with the head of a response after every filter has seen it. */
import type { Clock } from '@weft/core';
import type { HttpManagerRuntime } from '@weft/engine';
import type { ResponseHead } from '../../head.ts';

/** Completes the head. */
export function finishResponse(head: ResponseHead, runtime: HttpManagerRuntime, dates: DateText): void {
  if (runtime.serverHeader === 'overwrite') head.set('server', runtime.serverName);
  else if (runtime.serverHeader === 'appendIfAbsent' && !head.has('server')) head.set('server', runtime.serverName);
  if (!head.has('date')) head.set('date', dates.now());
  if (runtime.via !== '') head.add('via', runtime.via);
}

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
