/** Cuts a byte stream into lines, whatever the boundaries of its chunks. */
import { decodeUtf8, MeshError, unwrap } from '@weft/core';

const NEWLINE = 0x0a;

/** Push in chunks, get out whole lines. */
export class LineDecoder {
  readonly #maxBytes: number;
  /** The beginning of a line that has not ended yet. */
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this chunk, without their ends and without empty ones; throws on a line that is too long. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#append(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
    return lines;
  }

  /** Whether the stream so far ends in the middle of a line. */
  get isInLine(): boolean {
    return this.#size > 0;
  }

  #append(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#size += part.length;
    if (this.#size > this.#maxBytes) {
      throw new MeshError('MESH_PROTOCOL', `a line of the stream is longer than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    return unwrap(decodeUtf8(bytes)).trim();
  }
}
