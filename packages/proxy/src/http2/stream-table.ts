const FIRST_CAPACITY = 16;
const LARGEST_CAPACITY = 4096;

/** What a table can hold. */
export interface Identified {
  readonly id: number;
}

/**
 * The open streams of a connection by id. Ids of one side are dense, so a ring finds nearly all by their low bits; ids that a peer chooses to
 * collide are kept in a map beside it.
 */
export class StreamTable<S extends Identified> {
  #ring: (S | undefined)[] = new Array<S | undefined>(FIRST_CAPACITY).fill(undefined);
  #mask = FIRST_CAPACITY - 1;
  /** Key: id. Streams whose slot was taken; written by add and delete only. */
  #others: Map<number, S> | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): S | undefined {
    const found = this.#ring[(id >>> 1) & this.#mask];
    if (found !== undefined && found.id === id) return found;
    return this.#others === undefined ? undefined : this.#others.get(id);
  }

  /** Adds a stream whose id is not in the table. */
  add(stream: S): void {
    this.#size++;
    const slot = (stream.id >>> 1) & this.#mask;
    if (this.#ring[slot] === undefined) {
      this.#ring[slot] = stream;
      return;
    }
    if (this.#ring.length < LARGEST_CAPACITY && this.#size * 2 > this.#ring.length) this.#grow();
    this.#place(stream);
  }

  delete(id: number): void {
    const slot = (id >>> 1) & this.#mask;
    if (this.#ring[slot]?.id === id) this.#ring[slot] = undefined;
    else if (this.#others?.delete(id) !== true) return;
    this.#size--;
  }

  /** All streams, for the rare cases that concern each; the table may be changed while the list is used. */
  list(): S[] {
    const streams: S[] = [];
    for (const stream of this.#ring) if (stream !== undefined) streams.push(stream);
    if (this.#others !== undefined) streams.push(...this.#others.values());
    return streams;
  }

  #place(stream: S): void {
    const slot = (stream.id >>> 1) & this.#mask;
    if (this.#ring[slot] === undefined) this.#ring[slot] = stream;
    else {
      this.#others ??= new Map();
      this.#others.set(stream.id, stream);
    }
  }

  #grow(): void {
    const streams = this.list();
    const capacity = this.#ring.length * 2;
    this.#ring = new Array<S | undefined>(capacity).fill(undefined);
    this.#mask = capacity - 1;
    this.#others = undefined;
    for (const stream of streams) this.#place(stream);
  }
}
