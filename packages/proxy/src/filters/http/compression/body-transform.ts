/**
 * The body of one direction on its way through a codec: bytes go in as they come, and what comes out goes on. Both sides of it are bounded: when
 * much waits for the codec the source is asked to stop, and when nobody takes what comes out the codec is not read.
 */
import type { Transform } from 'node:stream';
import type { FieldList } from '../../../http/head.ts';
import type { FilterStream } from '../filter.ts';

/** Where the transformed body goes, and where it comes from. */
export interface BodySide {
  /** False: wait for #drain. */
  send(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  sendTrailers(trailers: FieldList): void;
  pause(isPaused: boolean): void;
}

/** What a body is transformed with. */
export interface BodyTransformParts {
  readonly codec: Transform;
  readonly side: BodySide;
  /** Bytes that went in and came out are counted here. */
  readonly stats: Float64Array;
  readonly inputSlot: number;
  readonly outputSlot: number;
  /** What comes out may be larger than what went in by so much. */
  readonly maxRatio: number;
  /** The trailers that end the body, of those that came; undefined for none. */
  readonly endWith: (trailers: FieldList | undefined, body: BodyTransform) => FieldList | undefined;
  /** The bytes are not those of the codec (`code` is that of node:zlib), or too many come out of them (`Z_DATA_ERROR`). */
  readonly onFailure: (code: string) => void;
}

/** Bytes that wait for the codec before the source is asked to stop, and when it may go on. */
const MUCH_BYTES = 64 * 1024;
const FEW_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/** See the file's head. */
export class BodyTransform {
  readonly #parts: BodyTransformParts;
  readonly #codec: Transform;
  bytesIn = 0;
  bytesOut = 0;
  #trailers: FieldList | undefined;
  #isPausing = false;
  #isOver = false;
  readonly #onConsumed = () => this.#resumeSource();

  constructor(parts: BodyTransformParts) {
    const { codec } = parts;
    this.#parts = parts;
    this.#codec = codec;
    codec.on('data', (bytes: Buffer) => this.#pass(bytes));
    codec.on('end', () => this.#finish());
    codec.on('error', ({ code }: NodeJS.ErrnoException) => this.#fail(code ?? ''));
  }

  /** Takes a piece of the body. */
  add(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (this.#isOver) return;
    const { stats, inputSlot, side } = this.#parts;
    this.bytesIn += end - start;
    stats[inputSlot]! += end - start;
    const piece = Buffer.from(bytes.subarray(start, end));
    if (isLast) {
      this.#codec.end(piece);
      return;
    }
    this.#codec.write(piece, this.#onConsumed);
    if (this.#isPausing || this.#codec.writableLength < MUCH_BYTES) return;
    this.#isPausing = true;
    side.pause(true);
  }

  /** The body ends with trailers. */
  addTrailers(trailers: FieldList): void {
    if (this.#isOver) return;
    this.#trailers = trailers;
    this.#codec.end();
  }

  /** What comes out is taken again. */
  drain(): void {
    if (!this.#isOver) this.#codec.resume();
  }

  /** Gives the codec back. Nothing is sent any more. */
  stop(): void {
    this.#isOver = true;
    this.#codec.destroy();
  }

  #pass(bytes: Buffer): void {
    if (this.#isOver) return;
    const { stats, outputSlot, side, maxRatio } = this.#parts;
    this.bytesOut += bytes.length;
    stats[outputSlot]! += bytes.length;
    if (this.bytesOut > this.bytesIn * maxRatio) this.#fail('Z_DATA_ERROR');
    else if (!side.send(bytes, 0, bytes.length, false)) this.#codec.pause();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { side, endWith } = this.#parts;
    const trailers = endWith(this.#trailers, this);
    if (trailers === undefined) side.send(NOTHING, 0, 0, true);
    else side.sendTrailers(trailers);
  }

  #fail(code: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#parts.onFailure(code);
  }

  #resumeSource(): void {
    if (!this.#isPausing || this.#isOver || this.#codec.writableLength > FEW_BYTES) return;
    this.#isPausing = false;
    this.#parts.side.pause(false);
  }
}

/** The way in. */
export function requestSide(stream: FilterStream): BodySide {
  return {
    send: (bytes, start, end, endStream) => stream.sendRequestData(bytes, start, end, endStream),
    sendTrailers: (trailers) => stream.sendRequestTrailers(trailers),
    pause: (isPaused) => stream.pauseRequest(isPaused),
  };
}

/** The way out. */
export function responseSide(stream: FilterStream): BodySide {
  return {
    send: (bytes, start, end, endStream) => stream.sendResponseData(bytes, start, end, endStream),
    sendTrailers: (trailers) => stream.sendResponseTrailers(trailers),
    pause: (isPaused) => stream.pauseResponse(isPaused),
  };
}
