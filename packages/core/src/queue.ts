import { MeshError } from './errors.ts';
import { WaitList } from './wait-list.ts';

/** What a full queue does with one item too many. */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest' | 'reject';

/** What became of a pushed item; `shed` carries the item that was thrown away, which need not be the pushed one. */
export type PushOutcome<T> =
  | { readonly kind: 'queued' }
  | { readonly kind: 'shed'; readonly value: T }
  | { readonly kind: 'rejected' };

/** The size of a queue and what it does beyond it. */
export interface BoundedQueueOptions {
  readonly capacity: number;
  readonly overflow: OverflowPolicy;
}

const QUEUED = Object.freeze({ kind: 'queued' });
const REJECTED = Object.freeze({ kind: 'rejected' });

/** A first-in, first-out queue that never holds more than its capacity and counts what it turns away. */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #overflow: OverflowPolicy;
  /** A ring: the oldest item is at `#head`. */
  readonly #ring: (T | undefined)[] = [];
  #head = 0;
  #size = 0;
  #shedCount = 0;
  #rejectedCount = 0;
  #isClosed = false;
  readonly #waiters = new WaitList();

  constructor(options: BoundedQueueOptions) {
    this.#capacity = checkCapacity(options.capacity);
    this.#overflow = options.overflow;
  }

  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Items thrown away since the queue was made. */
  get shedCount(): number {
    return this.#shedCount;
  }

  /** Pushes refused since the queue was made. */
  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Adds an item, or does what the overflow policy says; a closed queue rejects. */
  push(value: T): PushOutcome<T> {
    if (this.#isClosed || (this.#size === this.#capacity && this.#overflow === 'reject')) {
      this.#rejectedCount += 1;
      return REJECTED;
    }
    if (this.#size < this.#capacity) {
      this.#append(value);
      return QUEUED;
    }
    this.#shedCount += 1;
    if (this.#overflow === 'drop-newest') return { kind: 'shed', value };
    const oldest = this.#removeFirst();
    this.#append(value);
    return { kind: 'shed', value: oldest };
  }

  /** The oldest item, or undefined when there is none. */
  shift(): T | undefined {
    return this.#size === 0 ? undefined : this.#removeFirst();
  }

  /** Waits for an item; rejects when the signal aborts, and with `MESH_CLOSED` when the queue is closed and empty. */
  async take(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    while (this.#size === 0) {
      if (this.#isClosed) throw new MeshError('MESH_CLOSED', 'the queue is closed');
      await this.#waiters.wait(signal);
    }
    const value = this.#removeFirst();
    // An item may have come between this waiter's wake-up and now; nobody else was told of it.
    if (this.#size > 0) this.#waiters.wakeOne();
    return value;
  }

  /** Takes no more items; those inside can still be taken. */
  close(): void {
    this.#isClosed = true;
    this.#waiters.wakeAll();
  }

  /** Yields items until the queue is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#size > 0) yield this.#removeFirst();
      if (this.#isClosed) return;
      await this.#waiters.wait();
    }
  }

  #append(value: T): void {
    this.#ring[(this.#head + this.#size) % this.#capacity] = value;
    this.#size += 1;
    this.#waiters.wakeOne();
  }

  #removeFirst(): T {
    const value = this.#ring[this.#head] as T;
    // Or the ring would keep the item alive until the place is used again.
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#size -= 1;
    return value;
  }
}

/** Refuses a capacity that bounds nothing. */
export function checkCapacity(capacity: number): number {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new MeshError('MESH_INVALID_ARGUMENT', `queue capacity ${capacity} is not a whole number of at least 1`);
  }
  return capacity;
}
