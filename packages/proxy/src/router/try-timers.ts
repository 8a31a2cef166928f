/** The time limits of a request on its way upstream: altogether, of each attempt, and of an attempt without progress. */
import type { Deadlined, Deadlines } from '../http/manager/deadlines.ts';
import type { StreamServices } from '../http/manager/services.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class TryTimers implements Deadlined {
  deadlineMs = NEVER;
  deadlineSlot = -1;
  readonly #deadlines: Deadlines;
  readonly #clock: StreamServices['clock'];
  #dueAtMs = NEVER;
  #tryDueAtMs = NEVER;
  #tryIdleAtMs = NEVER;
  #tryIdleMs = 0;

  constructor({ deadlines, clock }: StreamServices) {
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  protected abstract onGlobalTimeout(): void;
  protected abstract onTryTimeout(): void;
  protected abstract onTryIdleTimeout(): void;

  onDeadline(nowMs: number): void {
    this.deadlineMs = NEVER;
    if (nowMs >= this.#dueAtMs) this.onGlobalTimeout();
    else if (nowMs >= this.#tryDueAtMs) {
      this.#tryDueAtMs = NEVER;
      this.onTryTimeout();
      this.#setDeadline();
    } else if (nowMs >= this.#tryIdleAtMs) {
      this.#tryIdleAtMs = NEVER;
      this.onTryIdleTimeout();
      this.#setDeadline();
    } else this.#setDeadline();
  }

  /** The limit of the whole; 0 is none. */
  protected armGlobal(ms: number): void {
    if (ms > 0) this.#dueAtMs = this.#clock.monotonic() + ms;
    this.#setDeadline();
  }

  /** The limits of the attempt that begins; 0 is none. */
  protected armTry(ms: number, idleMs: number): void {
    const now = this.#clock.monotonic();
    this.#tryIdleMs = idleMs;
    this.#tryDueAtMs = ms > 0 ? now + ms : NEVER;
    this.#tryIdleAtMs = idleMs > 0 ? now + idleMs : NEVER;
    this.#setDeadline();
  }

  /** Something of the response has come. */
  protected touchTry(): void {
    if (this.#tryIdleMs > 0) this.#tryIdleAtMs = this.#clock.monotonic() + this.#tryIdleMs;
  }

  /** An attempt has ended without a response, or its head is here. */
  protected disarmTry(keepsIdle: boolean): void {
    this.#tryDueAtMs = NEVER;
    if (!keepsIdle) {
      this.#tryIdleAtMs = NEVER;
      this.#tryIdleMs = 0;
    }
  }

  /** Nothing is due any more. */
  protected disarmAll(): void {
    this.#dueAtMs = NEVER;
    this.disarmTry(false);
    this.deadlineMs = NEVER;
    this.#deadlines.remove(this);
  }

  #setDeadline(): void {
    this.deadlineMs = Math.min(this.#dueAtMs, this.#tryDueAtMs, this.#tryIdleAtMs);
    if (this.deadlineMs === NEVER) return;
    if (this.deadlineSlot < 0) this.#deadlines.add(this);
    else this.#deadlines.bringForward(this);
  }
}
