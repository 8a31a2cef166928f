/** The end of a connection after its last response, so that the peer gets all of it. */
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type { ByteStream } from '../transport/byte-stream.ts';

/** Where nothing is to be waited for, a peer that takes nothing of what is on the way has this long. */
const STALLED_MS = 1000;

/**
 * Sends what is queued and the end, then waits for the peer to close: closing while something of the peer is unread would reset the connection,
 * and the peer might lose the response (RFC 9112 §9.6). As Envoy's delayed_close_timeout, the time counts from the last progress of sending.
 */
export class DelayedClose {
  readonly #stream: ByteStream;
  readonly #timers: CoarseTimers;
  readonly #delayMs: number;
  #timer: CoarseTimer | undefined;
  #pendingBytes = 0;

  /** `delayMs` 0 closes as soon as everything is sent. */
  constructor(stream: ByteStream, timers: CoarseTimers, delayMs: number) {
    this.#stream = stream;
    this.#timers = timers;
    this.#delayMs = delayMs;
  }

  /** Begins; what still arrives is for the caller to drop. */
  begin(): void {
    const stream = this.#stream;
    if (stream.isClosed || this.#timer !== undefined) return;
    stream.end();
    stream.resume();
    stream.flush();
    if (this.#delayMs === 0 && stream.pendingBytes === 0) stream.destroy();
    else this.#wait();
  }

  /** The stream has gone. */
  cancel(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#pendingBytes = this.#stream.pendingBytes;
    this.#timer = this.#timers.set(this.#delayMs === 0 ? STALLED_MS : this.#delayMs, () => this.#look());
  }

  #look(): void {
    const { pendingBytes } = this.#stream;
    const isWaiting = pendingBytes > 0 || this.#delayMs > 0;
    if (isWaiting && pendingBytes < this.#pendingBytes) this.#wait();
    else this.#stream.destroy();
  }
}
