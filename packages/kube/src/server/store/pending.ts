/**
 * Writes between their acceptance and their commit: the queue for the medium, and over it the newest state of each key.
 * Invariant: for each key, the queued writes form a chain in which each was checked against the one before it.
 */
import type { Entry, StoreRow, WriteResult } from './types.ts';

/** A write that was accepted and waits for the medium. */
export interface PendingWrite {
  /** Key on the medium. */
  readonly key: string;
  /** The state after the write; for a deletion, the last state with the deletion's revision. */
  readonly entry: Entry;
  readonly previous: Entry | undefined;
  readonly isDelete: boolean;
  readonly outcome: PromiseWithResolvers<WriteResult>;
}

/** How much may wait and how much is committed at once. */
export interface PendingLimits {
  readonly maxWrites: number;
  readonly maxChars: number;
  readonly maxBatchWrites: number;
  readonly maxBatchChars: number;
}

/** A batch this large costs the medium some 10 ms; a queue this long, a second. */
export const DEFAULT_PENDING: PendingLimits = Object.freeze({
  maxWrites: 20_000,
  maxChars: 128 * 2 ** 20,
  maxBatchWrites: 1000,
  maxBatchChars: 8 * 2 ** 20,
});

/** The accepted writes, oldest first. */
export class PendingWrites {
  readonly #limits: PendingLimits;
  /** Not yet handed to the medium. */
  #queue: PendingWrite[] = [];
  /** With the medium. */
  #batch: readonly PendingWrite[] = [];
  /** Medium key to the newest pending write of that object. */
  readonly #newest = new Map<string, PendingWrite>();
  /** Of everything in `#queue` and `#batch`. */
  #chars = 0;

  constructor(limits: PendingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#queue.length + this.#batch.length;
  }

  /** The newest pending write of an object. */
  newest(key: string): PendingWrite | undefined {
    return this.#newest.get(key);
  }

  /** Whether there is no room for another write. */
  get isFull(): boolean {
    return this.size >= this.#limits.maxWrites || this.#chars >= this.#limits.maxChars;
  }

  add(write: PendingWrite): void {
    this.#queue.push(write);
    this.#newest.set(write.key, write);
    this.#chars += write.entry.json.length;
  }

  /** Takes the next batch from the queue; `finishBatch` or `failBatch` ends it. */
  startBatch(): readonly PendingWrite[] {
    let count = 0;
    let chars = 0;
    for (const write of this.#queue) {
      chars += write.entry.json.length;
      if (count > 0 && (count >= this.#limits.maxBatchWrites || chars > this.#limits.maxBatchChars)) break;
      count += 1;
    }
    this.#batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return this.#batch;
  }

  /** The batch is committed. */
  finishBatch(): void {
    for (const write of this.#batch) this.#forget(write);
    this.#batch = [];
  }

  /** The batch was refused: gives back its writes and every queued one that builds upon them, all forgotten. */
  failBatch(): readonly PendingWrite[] {
    const keys = new Set(this.#batch.map((write) => write.key));
    const failed = [...this.#batch, ...this.#queue.filter((write) => keys.has(write.key))];
    this.#queue = this.#queue.filter((write) => !keys.has(write.key));
    this.#batch = [];
    for (const write of failed) this.#forget(write);
    return failed;
  }

  #forget(write: PendingWrite): void {
    this.#chars -= write.entry.json.length;
    if (this.#newest.get(write.key) === write) this.#newest.delete(write.key);
  }
}

/** What a batch does to the medium: one row for each key, with its newest state. */
export function rowsOf(batch: readonly PendingWrite[]): StoreRow[] {
  const rows = new Map<string, StoreRow>();
  for (const { key, entry, isDelete } of batch) {
    // Deleted first, so that rows stay in the order of their revisions and the last one carries the batch's revision.
    rows.delete(key);
    rows.set(key, { key, revision: entry.revision, json: isDelete ? null : entry.json });
  }
  return [...rows.values()];
}
