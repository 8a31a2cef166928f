/**
 * Earliest deadline first: a host comes again after 1 / weight, so that over time each gets its share, and heavy ones are spread between the light.
 */
export class EdfQueue<T> {
  readonly #items: T[];
  readonly #weightOf: (item: T) => number;
  /** A binary heap of places in #items. */
  readonly #heap: number[] = [];
  readonly #deadlines: Float64Array;

  /** `skip` rounds are made up front: balancers that all begin anew should not all begin with the same host. */
  constructor(items: readonly T[], weightOf: (item: T) => number, skip: number) {
    this.#items = [...items];
    this.#weightOf = weightOf;
    this.#deadlines = new Float64Array(items.length);
    for (let place = 0; place < items.length; place++) {
      this.#deadlines[place] = 1 / Math.max(weightOf(items[place]!), Number.MIN_VALUE);
      this.#heap.push(place);
      this.#siftUp(this.#heap.length - 1);
    }
    for (let i = 0; i < skip; i++) this.next();
  }

  /** The item that is due, which is put back by its weight of now; undefined when there are none. */
  next(): T | undefined {
    const place = this.#heap[0];
    if (place === undefined) return undefined;
    const item = this.#items[place]!;
    this.#deadlines[place]! += 1 / Math.max(this.#weightOf(item), Number.MIN_VALUE);
    this.#siftDown();
    return item;
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#deadlines[a]! - this.#deadlines[b]!;
    return difference === 0 ? a < b : difference < 0;
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(heap[at]!, heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #siftDown(): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && this.#isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && this.#isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const kept = heap[a]!;
    heap[a] = heap[b]!;
    heap[b] = kept;
  }
}
