import { BUCKET_COUNT, bucketOf } from './buckets.ts';
import { type Cells, mergeCells, NO_CELLS } from './cells.ts';

/** Different buckets in one interval from which on an array of all buckets is used. */
const MAX_SPARSE = 12;

/** Steps in which that array grows: four powers of ten. */
const DENSE_STEP = 360;

/** What a percentage is multiplied with before it is recorded as a whole number. */
export const PERCENT_SCALE = 1_000_000;

/** Collects histograms that have something to flush. */
export interface FlushQueue {
  push(histogram: Histogram): unknown;
}

/**
 * Counts values in buckets with two significant digits. What is recorded shows after the next flush, as the interval that the flush
 * ended and as part of the whole. Few values take few bytes: buckets are counted in a short list before they get an array.
 */
export class Histogram {
  readonly #queue: FlushQueue;
  /** Since the last flush, in order of arrival: id, count, id, count … Not used while there is an array. */
  #sparse: number[] = [];
  #dense: Uint32Array | undefined;
  #isQueued = false;
  #interval: Cells = NO_CELLS;
  #cumulative: Cells = NO_CELLS;

  constructor(queue: FlushQueue) {
    this.#queue = queue;
  }

  /** What the last flush brought. */
  get interval(): Cells {
    return this.#interval;
  }

  /** Everything up to the last flush. */
  get cumulative(): Cells {
    return this.#cumulative;
  }

  /** Counts a value: a whole number of the histogram's unit. */
  record(value: number): void {
    const id = bucketOf(value);
    const dense = this.#dense;
    if (dense !== undefined && this.#isQueued && id < dense.length) dense[id]! += 1;
    else this.#recordSlowly(id);
  }

  /** Counts a fraction of a whole (0.25 for 25 %), for histograms whose unit is `percent`. */
  recordFraction(fraction: number): void {
    this.record(Math.round(fraction * PERCENT_SCALE));
  }

  #recordSlowly(id: number): void {
    if (!this.#isQueued) {
      this.#isQueued = true;
      this.#queue.push(this);
    }
    if (this.#dense !== undefined) {
      this.#growDense(id);
      this.#dense[id]! += 1;
      return;
    }
    const sparse = this.#sparse;
    for (let i = 0; i < sparse.length; i += 2) {
      if (sparse[i] === id) {
        sparse[i + 1]! += 1;
        return;
      }
    }
    sparse.push(id, 1);
    if (sparse.length > 2 * MAX_SPARSE) this.#makeDense();
  }

  #makeDense(): void {
    let highest = 0;
    for (let i = 0; i < this.#sparse.length; i += 2) highest = Math.max(highest, this.#sparse[i]!);
    this.#growDense(highest);
    for (let i = 0; i < this.#sparse.length; i += 2) this.#dense![this.#sparse[i]!] = this.#sparse[i + 1]!;
    this.#sparse = [];
  }

  #growDense(id: number): void {
    const old = this.#dense;
    if (old !== undefined && id < old.length) return;
    const length = Math.min(BUCKET_COUNT, Math.ceil((id + 1) / DENSE_STEP) * DENSE_STEP + 1);
    this.#dense = new Uint32Array(length);
    if (old !== undefined) this.#dense.set(old);
  }

  /**
   * Ends an interval. The result says whether there is something to end the next time too: values came, so that they have to leave
   * the interval again.
   */
  flush(): boolean {
    this.#isQueued = false;
    this.#interval = this.#dense === undefined ? this.#takeSparse() : this.#takeDense(this.#dense);
    this.#cumulative = mergeCells(this.#cumulative, this.#interval);
    if (this.#interval.length === 0) return false;
    this.#isQueued = true;
    return true;
  }

  #takeSparse(): Cells {
    const sparse = this.#sparse;
    if (sparse.length === 0) return NO_CELLS;
    this.#sparse = [];
    if (sparse.length === 2) return sparse;
    const ids: number[] = [];
    for (let i = 0; i < sparse.length; i += 2) ids.push(i);
    ids.sort((a, b) => sparse[a]! - sparse[b]!);
    return ids.flatMap((i) => [sparse[i]!, sparse[i + 1]!]);
  }

  /** An interval with few different buckets gives the array back. */
  #takeDense(dense: Uint32Array): Cells {
    const cells: number[] = [];
    for (let id = 0; id < dense.length; id++) {
      const count = dense[id]!;
      if (count !== 0) cells.push(id, count);
    }
    if (cells.length > MAX_SPARSE) dense.fill(0);
    else this.#dense = undefined;
    return cells;
  }
}
