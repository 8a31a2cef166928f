import { Backoff, type BackoffPolicy, type Clock, type Random, type Timer } from '@weft/core';

const POLICY: BackoffPolicy = { baseMs: 50, maxMs: 1000, jitter: 'none' };

/**
 * Holds the answer to a version back that was refused before. Some servers take every refusal for a request and send the same again at once
 * (go-control-plane does in state of the world), which would keep both sides busy for ever.
 */
export class RepeatDamper {
  readonly #clock: Clock;
  readonly #pause: () => () => void;
  readonly #backoff: Backoff;
  /** The version of the last response, if it was rejected. */
  #rejectedVersion: string | undefined;
  #timer: Timer | undefined;
  /** Ends the pause that is in force. */
  #resume: (() => void) | undefined;

  /** `pause` holds answers back until what it returns is called. */
  constructor(options: { readonly clock: Clock; readonly random: Random; readonly pause: () => () => void }) {
    this.#clock = options.clock;
    this.#pause = options.pause;
    this.#backoff = new Backoff(POLICY, options.clock, options.random);
  }

  /** Notes the verdict on a response, before it is answered: its version if it was rejected. */
  note(rejectedVersion: string | undefined): void {
    const isRepeated = rejectedVersion !== undefined && rejectedVersion === this.#rejectedVersion;
    this.#rejectedVersion = rejectedVersion;
    if (!isRepeated) {
      this.#backoff.reset();
      this.release();
    } else if (this.#timer === undefined) {
      this.#resume = this.#pause();
      this.#timer = this.#clock.setTimer(this.#backoff.next(), () => this.release());
    }
  }

  /** Lets answers go now. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
