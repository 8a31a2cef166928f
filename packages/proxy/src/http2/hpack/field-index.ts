import type { HeaderField } from './header-field.ts';

const FIRST_CAPACITY = 16;

/**
 * Finds the sequence number of a field object in an encoder's table. Open addressing by the field's id, which counts up, so that
 * fields made together do not collide; a Map by identity costs about twice as much a look-up.
 */
export class FieldIndex {
  /** Written with #sequences by #place, delete and #grow only; at most half full. */
  #fields: (HeaderField | null)[] = new Array<HeaderField | null>(FIRST_CAPACITY).fill(null);
  #sequences = new Int32Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #count = 0;
  /** Sequence number that the last successful `has` found. */
  sequence = 0;

  /** Whether the field is in the table; `sequence` then tells where. */
  has(field: HeaderField): boolean {
    const fields = this.#fields;
    for (let slot = field.id & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = fields[slot];
      if (found === field) {
        this.sequence = this.#sequences[slot]!;
        return true;
      }
      if (found === null) return false;
    }
  }

  /** Adds a field that is not in the table. */
  add(field: HeaderField, sequence: number): void {
    if (this.#count * 2 >= this.#mask) this.#grow();
    this.#place(field, sequence);
    this.#count++;
  }

  /** Removes a field that is in the table; those behind it move up, so that no marks are left. */
  delete(field: HeaderField): void {
    const fields = this.#fields;
    const mask = this.#mask;
    let hole = field.id & mask;
    while (fields[hole] !== field) {
      if (fields[hole] === null) return;
      hole = (hole + 1) & mask;
    }
    for (let slot = (hole + 1) & mask; fields[slot] !== null; slot = (slot + 1) & mask) {
      const distance = (slot - fields[slot]!.id) & mask;
      if (distance < ((slot - hole) & mask)) continue;
      fields[hole] = fields[slot]!;
      this.#sequences[hole] = this.#sequences[slot]!;
      hole = slot;
    }
    fields[hole] = null;
    this.#count--;
  }

  #place(field: HeaderField, sequence: number): void {
    let slot = field.id & this.#mask;
    while (this.#fields[slot] !== null) slot = (slot + 1) & this.#mask;
    this.#fields[slot] = field;
    this.#sequences[slot] = sequence;
  }

  #grow(): void {
    const fields = this.#fields;
    const sequences = this.#sequences;
    const capacity = fields.length * 2;
    this.#fields = new Array<HeaderField | null>(capacity).fill(null);
    this.#sequences = new Int32Array(capacity);
    this.#mask = capacity - 1;
    for (let slot = 0; slot < fields.length; slot++) {
      const field = fields[slot];
      if (field) this.#place(field, sequences[slot]!);
    }
  }
}
