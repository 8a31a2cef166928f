import { abortReason } from './clock.ts';

/** Callers that wait for something to appear, first come, first served. */
export class WaitList {
  /** In order of arrival; written by `wait` and `wakeOne` only. */
  readonly #waiting = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when woken; rejects with the signal's reason, and then takes no wake-up away from others. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortReason(signal));
        return;
      }
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(wake);
        reject(abortReason(signal));
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Wakes the one that waits longest, if any. */
  wakeOne(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first();
  }

  /** Wakes everybody. */
  wakeAll(): void {
    while (this.#waiting.size > 0) this.wakeOne();
  }
}
