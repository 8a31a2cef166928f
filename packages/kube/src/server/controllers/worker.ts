/** Works through keys one after the other, each at most once at a time, and tries failed ones again later. */
import type { Clock, Logger } from '@weft/core';

const RETRY_BASE_MS = 50;
const RETRY_MAX_MS = 30_000;

/** A small work queue: keys are merged while they wait, so it never holds more than there are objects. */
export class KeyWorker {
  private readonly parts: { readonly name: string; readonly clock: Clock; readonly log: Logger };
  private readonly reconcile: (key: string) => Promise<void>;
  private readonly waiting = new Set<string>();
  /** Key to how often it failed in a row. */
  private readonly failures = new Map<string, number>();
  private readonly retries = new Map<string, { cancel(): void }>();
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    parts: { readonly name: string; readonly clock: Clock; readonly log: Logger },
    reconcile: (key: string) => Promise<void>,
  ) {
    this.parts = parts;
    this.reconcile = reconcile;
  }

  /** Has the key looked at soon. */
  add(key: string): void {
    if (this.isStopped) return;
    this.waiting.add(key);
    this.running ??= this.run();
  }

  /** Has the key looked at after a while. */
  addLater(key: string, ms: number): void {
    if (this.isStopped) return;
    this.retries.get(key)?.cancel();
    const timer = this.parts.clock.setTimer(ms, () => {
      this.retries.delete(key);
      this.add(key);
    });
    timer.unref();
    this.retries.set(key, timer);
  }

  /** Finishes the key that is being worked on and forgets the rest. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.waiting.clear();
    for (const timer of this.retries.values()) timer.cancel();
    this.retries.clear();
    await this.running;
  }

  private async run(): Promise<void> {
    // The first turn of the loop waits a tick, so that changes that come together are looked at together.
    await Promise.resolve();
    for (;;) {
      const [key] = this.waiting;
      if (key === undefined) break;
      this.waiting.delete(key);
      await this.work(key);
    }
    this.running = undefined;
  }

  private async work(key: string): Promise<void> {
    try {
      await this.reconcile(key);
      this.failures.delete(key);
    } catch (error) {
      const count = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, count);
      this.parts.log.warning('will try again', { controller: this.parts.name, object: key, error });
      this.addLater(key, Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(count, 10)));
    }
  }
}
