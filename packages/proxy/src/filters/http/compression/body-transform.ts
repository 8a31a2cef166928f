/**
 * The body of one direction on its way through a codec: bytes go in as they come, and what comes out goes on. Both sides of it are bounded: when
 * much waits for the codec the source is asked to stop, and when nobody takes what comes out the codec is not read.
 */
import type { Transform } from 'node:stream';
import type { FieldList } from '../../../http/head.ts';
import type { FilterStream } from '../filter.ts';
import type { BodyCodec } from './body-codecs.ts';

/** Where the transformed body goes, and where it comes from. */
export interface BodySide {
  /** False: wait for #drain. */
  send(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  sendTrailers(trailers: FieldList): void;
  pause(isPaused: boolean): void;
}

/** What a body is transformed with. */
export interface BodyTransformParts {
  readonly codec: BodyCodec;
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
/** A body that is there in full with at most this is done at once. */
const SMALL_BYTES = 8 * 1024;
const NOTHING = Buffer.alloc(0);

/** See the file's head. */
export class BodyTransform {
  readonly #parts: BodyTransformParts;
  /** At work once a piece of the body has come that is not all of it. */
  #running: Transform | undefined;
  bytesIn = 0;
  bytesOut = 0;
  #trailers: FieldList | undefined;
  #isPausing = false;
  #isOver = false;
  readonly #onConsumed = () => this.#resumeSource();

  constructor(parts: BodyTransformParts) {
    this.#parts = parts;
  }

  /** Takes a piece of the body. */
  add(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (this.#isOver) return;
    const { stats, inputSlot, side } = this.#parts;
    this.bytesIn += end - start;
    stats[inputSlot]! += end - start;
    if (isLast && this.#running === undefined && this.#doAtOnce(bytes.subarray(start, end))) return;
    const piece = Buffer.from(bytes.subarray(start, end));
    const codec = this.#start();
    if (isLast) {
      codec.end(piece);
      return;
    }
    codec.write(piece, this.#onConsumed);
    if (this.#isPausing || codec.writableLength < MUCH_BYTES) return;
    this.#isPausing = true;
    side.pause(true);
  }

  /** The body ends with trailers. */
  addTrailers(trailers: FieldList): void {
    if (this.#isOver) return;
    this.#trailers = trailers;
    if (this.#running === undefined && this.#doAtOnce(NOTHING)) return;
    this.#start().end();
  }

  /** What comes out is taken again. */
  drain(): void {
    if (!this.#isOver) this.#running?.resume();
  }

  /** Gives the codec back. Nothing is sent any more. */
  stop(): void {
    this.#isOver = true;
    this.#running?.destroy();
  }

  #start(): Transform {
    let codec = this.#running;
    if (codec !== undefined) return codec;
    codec = this.#parts.codec.start();
    codec.on('data', (bytes: Buffer) => this.#pass(bytes));
    codec.on('end', () => this.#finish());
    codec.on('error', ({ code }: NodeJS.ErrnoException) => this.#fail(code ?? ''));
    this.#running = codec;
    return codec;
  }

  /** Whether the body was done with, since it is small. */
  #doAtOnce(body: Buffer): boolean {
    if (body.length > SMALL_BYTES) return false;
    const done = this.#parts.codec.apply(body);
    if (done === undefined) return false;
    if (done.kind === 'err') this.#fail(done.error);
    else {
      if (done.value.length > 0) this.#pass(done.value);
      this.#finish();
    }
    return true;
  }

  #pass(bytes: Buffer): void {
    if (this.#isOver) return;
    const { stats, outputSlot, side, maxRatio } = this.#parts;
    this.bytesOut += bytes.length;
    stats[outputSlot]! += bytes.length;
    if (this.bytesOut > this.bytesIn * maxRatio) this.#fail('Z_DATA_ERROR');
    else if (!side.send(bytes, 0, bytes.length, false)) this.#running?.pause();
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
    if (!this.#isPausing || this.#isOver || this.#running!.writableLength > FEW_BYTES) return;
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
