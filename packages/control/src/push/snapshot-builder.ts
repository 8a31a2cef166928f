/** Makes snapshots of what changes: bursts become one, and none is made while another is being made. */
import { type Clock, Debounce, describeError, type Logger } from '@weft/core';
import { buildSnapshot, emptySnapshot, type MeshOptions, type MeshSnapshot, type ObjectChange } from '../mesh/index.ts';

/** What a builder needs. */
export interface SnapshotBuilderOptions {
  readonly mesh: Partial<MeshOptions>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A snapshot is made when nothing has changed for so long ... */
  readonly quietMs: number;
  /** ... but at the latest so long after the first change. */
  readonly maxWaitMs: number;
  /** What has changed since it was asked last. */
  readonly take: () => readonly ObjectChange[];
  readonly onSnapshot: (snapshot: MeshSnapshot, previous: MeshSnapshot) => void;
}

/** See the file's head. */
export class SnapshotBuilder {
  readonly #options: SnapshotBuilderOptions;
  readonly #debounce: Debounce<undefined>;
  #current: MeshSnapshot;

  constructor(options: SnapshotBuilderOptions) {
    const { clock, log, quietMs, maxWaitMs, mesh } = options;
    this.#options = options;
    this.#current = emptySnapshot(mesh);
    this.#debounce = new Debounce<undefined>({
      clock,
      quietMs,
      maxWaitMs,
      merge: () => undefined,
      run: () => this.#build(),
      onError: (thrown) => log.error('a snapshot of the mesh could not be made', { reason: describeError(thrown) }),
    });
  }

  /** The newest snapshot. */
  get current(): MeshSnapshot {
    return this.#current;
  }

  /** There is something to take. */
  changed(): void {
    this.#debounce.trigger(undefined);
  }

  /** Makes a snapshot of all that has changed so far, without waiting for quiet. */
  async flush(): Promise<void> {
    this.#debounce.trigger(undefined);
    await this.#debounce.flush();
  }

  close(): void {
    this.#debounce.close();
  }

  #build(): void {
    const previous = this.#current;
    const next = buildSnapshot(previous, this.#options.take());
    if (next === previous) return;
    this.#current = next;
    this.#options.onSnapshot(next, previous);
  }
}
