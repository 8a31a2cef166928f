import type { Clock, CoarseTimer, CoarseTimers, Random } from '@weft/core';
import type { KeepaliveOptions } from './options.ts';

const MARKS = 2 ** 31;

/** What keepalive works with. */
export interface KeepaliveParts {
  readonly options: KeepaliveOptions;
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly random: Random;
  /** Sends a PING with this mark. */
  readonly ping: (mark: number) => void;
  /** The peer did not answer in time. */
  readonly onTimeout: () => void;
}

/**
 * Asks the peer by PING whether it is alive: at intervals, and before a new stream on a connection that was idle. Any bytes from the peer
 * extend the wait, since an answer may stand behind a large frame.
 */
export class Keepalive {
  readonly #parts: KeepaliveParts;
  readonly #onInterval = (): void => this.#ask();
  readonly #onTimeout = (): void => this.#parts.onTimeout();
  #interval: CoarseTimer | undefined = undefined;
  #timeout: CoarseTimer | undefined = undefined;
  #lastBytesMs: number;
  #mark = 0;

  constructor(parts: KeepaliveParts) {
    this.#parts = parts;
    this.#lastBytesMs = parts.clock.monotonic();
  }

  start(): void {
    const { intervalMs, jitterPct } = this.#parts.options;
    if (intervalMs === 0) return;
    const jitterMs = (intervalMs * jitterPct * this.#parts.random.next()) / 100;
    this.#interval = this.#parts.timers.set(intervalMs + jitterMs, this.#onInterval);
  }

  stop(): void {
    this.#interval?.cancel();
    this.#timeout?.cancel();
    this.#interval = undefined;
    this.#timeout = undefined;
  }

  /** The peer has sent something. */
  onBytes(): void {
    this.#timeout?.refresh();
    if (this.#parts.options.connectionIdleIntervalMs > 0) this.#lastBytesMs = this.#parts.clock.monotonic();
  }

  /** The peer has answered a PING, with its mark. */
  onAck(mark: number): void {
    if (this.#timeout === undefined || mark !== this.#mark) return;
    this.stop();
    this.start();
  }

  /** A stream is about to begin. */
  onNewStream(): void {
    const { connectionIdleIntervalMs } = this.#parts.options;
    if (connectionIdleIntervalMs === 0 || this.#timeout !== undefined) return;
    if (this.#parts.clock.monotonic() - this.#lastBytesMs >= connectionIdleIntervalMs) this.#ask();
  }

  #ask(): void {
    this.#mark = (this.#mark + 1) % MARKS;
    this.#parts.ping(this.#mark);
    this.#interval?.cancel();
    this.#interval = undefined;
    this.#timeout = this.#parts.timers.set(this.#parts.options.timeoutMs, this.#onTimeout);
  }
}
