import type { FieldList } from '../http/head.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import { BodyKind } from './body-framing.ts';
import { writeTrailers } from './head-writer.ts';
import type { NameCase } from './name-case.ts';

const CR = 13;
const LF = 10;
/** `0\r\n\r\n`. */
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const MAX_SIZE_LINE = 12;

/** Frames the body of one message after another on a stream. */
export class BodyWriter {
  readonly #stream: ByteStream;
  readonly #nameCase: NameCase;
  #kind: number = BodyKind.none;
  /** What the Content-Length still promises. */
  #remaining = 0;

  constructor(stream: ByteStream, nameCase: NameCase) {
    this.#stream = stream;
    this.#nameCase = nameCase;
  }

  /** Begins a body; `length` for BodyKind.length. */
  begin(kind: number, length: number): void {
    this.#kind = kind;
    this.#remaining = length;
  }

  /** Whether the stream's end is the body's end. */
  get endsWithStream(): boolean {
    return this.#kind === BodyKind.untilClose || this.#kind === BodyKind.tunnel;
  }

  /**
   * Sends a piece. False if the message is broken: less or more than its Content-Length said, so that the connection cannot go on.
   */
  write(bytes: Buffer, start: number, end: number, isLast: boolean): boolean {
    const length = end - start;
    switch (this.#kind) {
      case BodyKind.chunked:
        if (length > 0) this.#writeChunk(bytes, start, end, isLast);
        else if (isLast) this.#stream.write(LAST_CHUNK, 0, LAST_CHUNK.length);
        return true;
      case BodyKind.length:
        if (length > this.#remaining) return false;
        this.#remaining -= length;
        this.#stream.write(bytes, start, end);
        return !isLast || this.#remaining === 0;
      case BodyKind.none:
        // The body of an answer to HEAD, and of 204 and 304, stays here.
        return true;
      default:
        this.#stream.write(bytes, start, end);
        return true;
    }
  }

  /** Ends the body with trailers, where the framing has a place for them. False as in write. */
  end(trailers: FieldList | undefined): boolean {
    if (this.#kind === BodyKind.chunked) writeTrailers(this.#stream, trailers, this.#nameCase);
    return this.#kind !== BodyKind.length || this.#remaining === 0;
  }

  #writeChunk(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    const stream = this.#stream;
    const length = end - start;
    const isSmall = length <= 16 * 1024;
    const at = stream.room(MAX_SIZE_LINE + (isSmall ? length : 0) + 2 + LAST_CHUNK.length);
    let to = putSize(stream.out, at, length);
    if (isSmall) {
      bytes.copy(stream.out, to, start, end);
      to = putEnd(stream.out, to + length, isLast);
      stream.commit(to);
      return;
    }
    stream.commit(to);
    stream.write(bytes, start, end);
    const tail = stream.room(2 + LAST_CHUNK.length);
    stream.commit(putEnd(stream.out, tail, isLast));
  }
}

function putSize(out: Buffer, at: number, size: number): number {
  let digits = 1;
  for (let rest = size >>> 4; rest > 0; rest >>>= 4) digits++;
  for (let i = digits - 1, rest = size; i >= 0; i--, rest >>>= 4) {
    const digit = rest & 15;
    out[at + i] = digit < 10 ? digit + 48 : digit + 87;
  }
  out[at + digits] = CR;
  out[at + digits + 1] = LF;
  return at + digits + 2;
}

function putEnd(out: Buffer, at: number, isLast: boolean): number {
  out[at] = CR;
  out[at + 1] = LF;
  if (!isLast) return at + 2;
  LAST_CHUNK.copy(out, at + 2);
  return at + 2 + LAST_CHUNK.length;
}
