/** The time limits of a request on its way upstream: altogether, of each attempt, and of an attempt without progress. */
import type { Clock } from '@weft/core';

const NEVER = Number.POSITIVE_INFINITY;

/** The stream, which is watched already. */
export interface TimedHost {
  /** When the terminal's onDeadline is to be called; Infinity for never. */
  setTerminalDeadline(atMs: number): void;
}

/** The limits of one attempt. */
interface TryLimits {
  dueAtMs: number;
  idleAtMs: number;
  readonly idleMs: number;
}

/** See the file's head. A base class, for an object of its own would cost every request one more. */
export abstract class TryTimers {
  readonly #host: TimedHost;
  readonly #clock: Clock;
  #dueAtMs = NEVER;
  /** Undefined where attempts have no limits of their own. */
  #try: TryLimits | undefined;

  constructor(host: TimedHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  protected abstract onGlobalTimeout(): void;
  protected abstract onTryTimeout(): void;
  protected abstract onTryIdleTimeout(): void;

  onDeadline(nowMs: number): void {
    if (nowMs >= this.#dueAtMs) {
      this.onGlobalTimeout();
      return;
    }
    const limits = this.#try;
    if (limits !== undefined && nowMs >= limits.dueAtMs) {
      limits.dueAtMs = NEVER;
      this.onTryTimeout();
    } else if (limits !== undefined && nowMs >= limits.idleAtMs) {
      limits.idleAtMs = NEVER;
      this.onTryIdleTimeout();
    }
    this.#setDeadline();
  }

  /** The limit of the whole; 0 is none. */
  protected armGlobal(ms: number): void {
    if (ms > 0) this.#dueAtMs = this.#clock.monotonic() + ms;
    this.#setDeadline();
  }

  /** The limits of the attempt that begins; 0 is none. */
  protected armTry(ms: number, idleMs: number): void {
    const now = this.#clock.monotonic();
    this.#try = { dueAtMs: ms > 0 ? now + ms : NEVER, idleAtMs: idleMs > 0 ? now + idleMs : NEVER, idleMs };
    this.#setDeadline();
  }

  /** Something of the response has come. */
  protected touchTry(): void {
    const limits = this.#try;
    if (limits !== undefined && limits.idleMs > 0) limits.idleAtMs = this.#clock.monotonic() + limits.idleMs;
  }

  /** An attempt has ended without a response, or its head is here. */
  protected disarmTry(keepsIdle: boolean): void {
    const limits = this.#try;
    if (limits === undefined) return;
    if (keepsIdle) limits.dueAtMs = NEVER;
    else this.#try = undefined;
  }

  /** Nothing is due any more. */
  protected disarmAll(): void {
    this.#dueAtMs = NEVER;
    this.#try = undefined;
    this.#host.setTerminalDeadline(NEVER);
  }

  #setDeadline(): void {
    const limits = this.#try;
    const tryAtMs = limits === undefined ? NEVER : Math.min(limits.dueAtMs, limits.idleAtMs);
    this.#host.setTerminalDeadline(Math.min(this.#dueAtMs, tryAtMs));
  }
}
