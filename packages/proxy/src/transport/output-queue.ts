import { giveOutputBuffer, LARGE_BUFFER_BYTES, type OutputBuffer, takeOutputBuffer } from './output-buffers.ts';

/** More than this waiting makes a stream congested. */
export const HIGH_WATER_BYTES = 64 * 1024;

/** An output buffer of no stream: before the first room(). */
const NONE = Buffer.alloc(0);

/** A buffer that is full, or as full as it gets. */
interface Filled {
  readonly buffer: OutputBuffer;
  readonly used: number;
}

/** What a stream has to send: the buffer being filled, and those that wait in front of it. */
export class OutputQueue {
  /** Where output is put. */
  out: Buffer = NONE;
  /** How much of the buffer that was taken last is used. */
  takenBytes = 0;
  #current: OutputBuffer | undefined;
  #used = 0;
  readonly #filled: Filled[] = [];
  #filledBytes = 0;

  get pendingBytes(): number {
    return this.#filledBytes + this.#used;
  }

  room(bytes: number): number {
    const current = this.#current;
    if (current !== undefined) {
      if (this.#used + bytes <= current.bytes.length) return this.#used;
      this.#setAside(current);
    }
    this.#current = takeOutputBuffer(bytes);
    this.out = this.#current.bytes;
    return 0;
  }

  commit(end: number): void {
    this.#used = end;
  }

  write(bytes: Buffer, start: number, end: number): void {
    let from = start;
    while (from < end) {
      // A large piece fills what is left of the buffer before it takes another.
      const free = this.#current === undefined ? 0 : this.#current.bytes.length - this.#used;
      const length = Math.min(end - from, free > 0 ? free : LARGE_BUFFER_BYTES);
      const at = this.room(length);
      bytes.copy(this.out, at, from, from + length);
      this.#used = at + length;
      from += length;
    }
  }

  /** The next buffer to send, of which `takenBytes` are used; the caller owns it then. Undefined when there is nothing. */
  take(): OutputBuffer | undefined {
    if (this.#filled.length > 0) {
      const { buffer, used } = this.#filled.shift()!;
      this.#filledBytes -= used;
      this.takenBytes = used;
      return buffer;
    }
    const current = this.#current;
    if (current === undefined) return undefined;
    const used = this.#used;
    this.#current = undefined;
    this.#used = 0;
    this.out = NONE;
    this.takenBytes = used;
    if (used > 0) return current;
    giveOutputBuffer(current);
    return undefined;
  }

  /** Drops everything. */
  clear(): void {
    for (const { buffer } of this.#filled) giveOutputBuffer(buffer);
    this.#filled.length = 0;
    this.#filledBytes = 0;
    if (this.#current !== undefined) giveOutputBuffer(this.#current);
    this.#current = undefined;
    this.#used = 0;
    this.out = NONE;
  }

  #setAside(current: OutputBuffer): void {
    if (this.#used === 0) giveOutputBuffer(current);
    else {
      this.#filled.push({ buffer: current, used: this.#used });
      this.#filledBytes += this.#used;
    }
    this.#current = undefined;
    this.#used = 0;
  }
}
