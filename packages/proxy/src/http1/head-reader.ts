import type { HeadPool, PooledHead } from './head-pool.ts';
import type { HeadScan } from './head-scan.ts';
import { PartialHead } from './partial-head.ts';
import { NEED_MORE } from './scan-states.ts';

/** One of scanRequestHead and scanResponseHead. */
type Scan = (scan: HeadScan, bytes: Uint8Array, limit: number) => number;

/** Reads the heads of a connection, which may come in pieces. */
export class HeadReader<T extends PooledHead> {
  readonly #pool: HeadPool<T>;
  readonly #scan: Scan;
  #head: T | undefined;
  #partial: PartialHead | undefined;
  /** Which of the bytes that append() returned are to be read. */
  at = 0;
  limit = 0;

  constructor(pool: HeadPool<T>, scan: Scan) {
    this.#pool = pool;
    this.#scan = scan;
  }

  /** Whether a head has begun and not ended. */
  get hasBegun(): boolean {
    return this.#head !== undefined;
  }

  /** Puts what has arrived behind the head that has begun, if there is one. Returns what is to be read, from `at` to `limit`. */
  append(bytes: Buffer, start: number, end: number): Buffer {
    const partial = this.#partial;
    if (partial === undefined) {
      this.at = start;
      this.limit = end;
      return bytes;
    }
    const all = partial.append(bytes, start, end);
    this.at = partial.scanned;
    this.limit = partial.length;
    return all;
  }

  /** Scans bytes[at, limit). Returns the head's end when it is complete, for take(); NEED_MORE; or a negated WireError. */
  read(bytes: Buffer, at: number, limit: number): number {
    let head = this.#head;
    if (head === undefined) {
      head = this.#pool.take();
      this.#head = head;
      head.scan.begin(at);
    }
    const result = this.#scan(head.scan, bytes, limit);
    if (result === NEED_MORE) {
      if (this.#partial === undefined) this.#partial = new PartialHead(head.scan, bytes, limit);
      else this.#partial.scanned = limit;
    } else if (result < 0) this.drop();
    return result;
  }

  /** The complete head. It is the caller's: settle() gives it back. */
  take(): T {
    const head = this.#head!;
    this.#head = undefined;
    // The bytes of a head that came in pieces go on to be read by whoever has them.
    this.#partial = undefined;
    return head;
  }

  /** The head has been handed on: it goes back to the pool unless it is kept. */
  settle(head: T): void {
    if (!head.isRetained) this.#pool.give(head);
  }

  /** Forgets a head that has begun. */
  drop(): void {
    if (this.#head !== undefined) this.#pool.give(this.#head);
    this.#head = undefined;
    this.#partial = undefined;
  }
}
