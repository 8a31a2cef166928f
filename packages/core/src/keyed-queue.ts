import { MeshError } from './errors.ts';
import { checkCapacity } from './queue.ts';
import { WaitList } from './wait-list.ts';

/** How many keys may wait, and how two values of one key become one. */
export interface KeyedQueueOptions<V> {
  readonly capacity: number;
  /** Called when a key that already waits is pushed again; the result takes the place of both. */
  readonly merge: (waiting: V, pushed: V) => V;
}

/** What became of a push; `rejected` means the queue is full of other keys, or closed. */
export type KeyedPushOutcome = 'queued' | 'merged' | 'rejected';

/**
 * A queue with at most one value a key: whoever is slow gets one merged value instead of a backlog. Keys come out in the
 * order they first came in. Nothing is ever dropped silently, because a dropped key would never be looked at again.
 */
export class KeyedQueue<K, V> implements AsyncIterable<readonly [key: K, value: V]> {
  readonly #capacity: number;
  readonly #merge: (waiting: V, pushed: V) => V;
  /** Key to its merged value, in order of arrival; written by `push` and the takers. */
  readonly #waiting = new Map<K, V>();
  readonly #waiters = new WaitList();
  #mergedCount = 0;
  #rejectedCount = 0;
  #isClosed = false;

  constructor(options: KeyedQueueOptions<V>) {
    this.#capacity = checkCapacity(options.capacity);
    this.#merge = options.merge;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Pushes that were merged into a waiting value: how much work the queue saved. */
  get mergedCount(): number {
    return this.#mergedCount;
  }

  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  has(key: K): boolean {
    return this.#waiting.has(key);
  }

  push(key: K, value: V): KeyedPushOutcome {
    if (!this.#isClosed && this.#waiting.has(key)) {
      this.#waiting.set(key, this.#merge(this.#waiting.get(key) as V, value));
      this.#mergedCount += 1;
      return 'merged';
    }
    if (this.#isClosed || this.#waiting.size >= this.#capacity) {
      this.#rejectedCount += 1;
      return 'rejected';
    }
    this.#waiting.set(key, value);
    this.#waiters.wakeOne();
    return 'queued';
  }

  /** The key that waits longest with its merged value, or undefined when none waits. */
  shift(): readonly [key: K, value: V] | undefined {
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry[0]);
      return entry;
    }
    return undefined;
  }

  /** Takes one key out of the queue, wherever it stands. */
  remove(key: K): V | undefined {
    const value = this.#waiting.get(key);
    this.#waiting.delete(key);
    return value;
  }

  /** Waits for a key; rejects when the signal aborts, and with `MESH_CLOSED` when the queue is closed and empty. */
  async take(signal?: AbortSignal): Promise<readonly [key: K, value: V]> {
    signal?.throwIfAborted();
    for (;;) {
      const entry = this.shift();
      if (entry !== undefined) {
        if (this.#waiting.size > 0) this.#waiters.wakeOne();
        return entry;
      }
      if (this.#isClosed) throw new MeshError('MESH_CLOSED', 'the queue is closed');
      await this.#waiters.wait(signal);
    }
  }

  /** Takes no more pushes; what waits can still be taken. */
  close(): void {
    this.#isClosed = true;
    this.#waiters.wakeAll();
  }

  /** Yields keys until the queue is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly [key: K, value: V], void, undefined> {
    for (;;) {
      for (let entry = this.shift(); entry !== undefined; entry = this.shift()) yield entry;
      if (this.#isClosed) return;
      await this.#waiters.wait();
    }
  }
}
