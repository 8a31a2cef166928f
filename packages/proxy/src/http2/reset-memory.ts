const REMEMBERED = 64;

/**
 * The streams this side reset last: what the peer had sent before it learnt of the reset still arrives and is no fault. Bounded: with more
 * resets than it remembers, late frames are forgiven to all closed streams.
 */
export class ResetMemory {
  #ids: Int32Array | undefined = undefined;
  #next = 0;
  #hasForgotten = false;

  add(id: number): void {
    this.#ids ??= new Int32Array(REMEMBERED);
    if (this.#ids[this.#next] !== 0) this.#hasForgotten = true;
    this.#ids[this.#next] = id;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Whether a frame on this closed stream may be a late one. */
  forgives(id: number): boolean {
    return this.#hasForgotten || this.#ids?.includes(id) === true;
  }
}
