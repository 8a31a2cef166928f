import type { HeaderField } from './header-field.ts';

/** Table size of both sides until SETTINGS say otherwise (RFC 9113 §6.5.2). */
export const DEFAULT_TABLE_SIZE = 4096;

const FIRST_CAPACITY = 32;

/** The dynamic table of one direction of a connection (RFC 7541 §2.3.2): first in, first out, bounded by the sum of sizes. */
export class DynamicTable {
  /** Ring of a power of two; grows with the number of entries, which the size bounds. Free slots are null. */
  #ring: (HeaderField | null)[] = new Array<HeaderField | null>(FIRST_CAPACITY).fill(null);
  #mask = FIRST_CAPACITY - 1;
  #inserted = 0;
  #count = 0;
  #size = 0;
  #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Entries held. */
  get count(): number {
    return this.#count;
  }

  /** Sum of the entries' sizes. */
  get size(): number {
    return this.#size;
  }

  /** What the size may not exceed. */
  get maxSize(): number {
    return this.#maxSize;
  }

  /** Number of insertions so far modulo 2^32: the next entry's sequence number. */
  get inserted(): number {
    return this.#inserted;
  }

  /** The entry `age` insertions back, 0 being the newest. */
  get(age: number): HeaderField | undefined {
    if (age >= this.#count) return undefined;
    return this.#ring[(this.#inserted - 1 - age) & this.#mask]!;
  }

  /** Sets the bound. Does not evict: the owner does, so that it can follow what leaves. */
  setMaxSize(maxSize: number): void {
    this.#maxSize = maxSize;
  }

  /** Whether an entry must leave before `incoming` bytes fit. */
  mustEvict(incoming: number): boolean {
    return this.#count > 0 && this.#size + incoming > this.#maxSize;
  }

  /** Removes the oldest entry; there must be one. */
  evict(): HeaderField {
    const slot = (this.#inserted - this.#count) & this.#mask;
    const field = this.#ring[slot]!;
    this.#ring[slot] = null;
    this.#count--;
    this.#size -= field.size;
    return field;
  }

  /** Adds an entry that fits: the owner evicted before and asked `mustEvict`. */
  insert(field: HeaderField): void {
    if (this.#size + field.size > this.#maxSize) throw new RangeError('dynamic table: entry does not fit');
    if (this.#count > this.#mask) this.#grow();
    this.#ring[this.#inserted & this.#mask] = field;
    this.#inserted = (this.#inserted + 1) | 0;
    this.#count++;
    this.#size += field.size;
  }

  #grow(): void {
    const mask = this.#mask * 2 + 1;
    const ring = new Array<HeaderField | null>(mask + 1).fill(null);
    for (let age = 0; age < this.#count; age++) {
      const sequence = this.#inserted - 1 - age;
      ring[sequence & mask] = this.#ring[sequence & this.#mask]!;
    }
    this.#ring = ring;
    this.#mask = mask;
  }
}
