import { CR, HEX_VALUE, LF, NOT_HEX, SEMICOLON, VALUE_BYTE } from './bytes.ts';
import { DEFAULT_HEAD_LIMITS, HeadScan } from './head-scan.ts';
import { scanTrailers } from './head-scanner.ts';
import { NEED_MORE } from './scan-states.ts';
import { WireError } from './wire-errors.ts';

/** What ChunkedParser.next found; results below zero are negated WireError codes. */
export const ChunkEvent = { needMore: 0, data: 1, end: 2 } as const;

/** Bounds of one chunked body's overhead. */
export interface ChunkedLimits {
  /** All chunk extensions of a body together: nothing uses them but attacks. */
  readonly maxExtensionBytes: number;
  /** The trailers with the empty line behind them. */
  readonly maxTrailerBytes: number;
  readonly maxTrailerFields: number;
}

/** Enough for any honest peer. */
export const DEFAULT_CHUNKED_LIMITS: ChunkedLimits = {
  maxExtensionBytes: 16 * 1024,
  maxTrailerBytes: DEFAULT_HEAD_LIMITS.maxHeadBytes,
  maxTrailerFields: DEFAULT_HEAD_LIMITS.maxFields,
};

const MAX_SIZE_DIGITS = 15;
const FIRST_TRAILER_BUFFER = 512;

const State = {
  size: 0,
  extension: 1,
  sizeLf: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  trailerStart: 6,
  endLf: 7,
  trailers: 8,
  done: 9,
} as const;

/**
 * Reads a chunked body (RFC 9112 §7.1) from input split anywhere. Call next() until it returns something other than `data`; after each call
 * `position` is where the next one goes on. Bytes from the first call's start to `position` have been checked, framing included.
 */
export class ChunkedParser {
  readonly limits: ChunkedLimits;
  /** Behind the last byte taken. */
  position = 0;
  /** The range of the last `data` event. */
  dataStart = 0;
  dataEnd = 0;
  /** The trailer fields after `end`, as offsets into trailerBytes; undefined if the body has none. */
  trailers: HeadScan | undefined = undefined;
  trailerBytes: Buffer | undefined = undefined;
  #state: number = State.size;
  #remaining = 0;
  #sizeDigits = 0;
  #extensionBytes = 0;
  #trailerLength = 0;

  constructor(limits: ChunkedLimits = DEFAULT_CHUNKED_LIMITS) {
    this.limits = limits;
  }

  /** Makes the parser ready for the next body. */
  reset(): void {
    this.#state = State.size;
    this.#remaining = 0;
    this.#sizeDigits = 0;
    this.#extensionBytes = 0;
    this.#trailerLength = 0;
    this.trailers = undefined;
    this.trailerBytes = undefined;
  }

  /** Reads on in bytes[from, limit) until the next event. */
  next(bytes: Uint8Array, from: number, limit: number): number {
    let at = from;
    while (at < limit) {
      const byte = bytes[at]!;
      switch (this.#state) {
        case State.size: {
          const error = this.#takeSize(byte);
          if (error !== 0) return -error;
          at++;
          break;
        }
        case State.extension:
          if (byte === CR) this.#state = State.sizeLf;
          else if (VALUE_BYTE[byte] === 0) return byte === LF ? -WireError.bareLf : -WireError.invalidChunkExtension;
          else if (++this.#extensionBytes > this.limits.maxExtensionBytes) return -WireError.chunkExtensionTooLarge;
          at++;
          break;
        case State.sizeLf:
          if (byte !== LF) return -WireError.bareCr;
          at++;
          this.#state = this.#remaining === 0 ? State.trailerStart : State.data;
          this.#sizeDigits = 0;
          break;
        case State.data:
          return this.#takeData(at, limit);
        case State.dataCr:
          if (byte !== CR) return -WireError.chunkNotTerminated;
          at++;
          this.#state = State.dataLf;
          break;
        case State.dataLf:
          if (byte !== LF) return -WireError.chunkNotTerminated;
          at++;
          this.#state = State.size;
          break;
        case State.trailerStart:
          if (byte === CR) at++;
          this.#state = byte === CR ? State.endLf : State.trailers;
          break;
        case State.endLf:
          if (byte !== LF) return -WireError.bareCr;
          return this.#finish(at + 1);
        case State.trailers:
          return this.#takeTrailers(bytes, at, limit);
        default:
          return this.#finish(at);
      }
    }
    this.position = at;
    return this.#state === State.done ? ChunkEvent.end : ChunkEvent.needMore;
  }

  /** Takes one byte of a size line up to the extension; 0 or an error. */
  #takeSize(byte: number): number {
    const digit = HEX_VALUE[byte]!;
    if (digit !== NOT_HEX) {
      this.#remaining = this.#remaining * 16 + digit;
      return ++this.#sizeDigits > MAX_SIZE_DIGITS || !Number.isSafeInteger(this.#remaining)
        ? WireError.chunkSizeOverflow
        : 0;
    }
    if (byte === LF) return WireError.bareLf;
    if (this.#sizeDigits === 0) return WireError.invalidChunkSize;
    if (byte === CR) this.#state = State.sizeLf;
    else if (byte === SEMICOLON) this.#state = State.extension;
    else return WireError.invalidChunkSize;
    return 0;
  }

  #takeData(at: number, limit: number): number {
    const available = limit - at;
    const taken = Math.min(available, this.#remaining);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = State.dataCr;
    this.dataStart = at;
    this.dataEnd = at + taken;
    this.position = at + taken;
    return ChunkEvent.data;
  }

  #finish(at: number): number {
    this.#state = State.done;
    this.position = at;
    return ChunkEvent.end;
  }

  /** Trailers are copied, for they outlive the input buffer, and scanned as head fields are. */
  #takeTrailers(bytes: Uint8Array, at: number, limit: number): number {
    const { maxTrailerBytes: maxHeadBytes, maxTrailerFields: maxFields } = this.limits;
    this.trailers ??= new HeadScan({ maxHeadBytes, maxFields, maxTargetBytes: 0 });
    const before = this.#trailerLength;
    const taken = Math.min(limit - at, maxHeadBytes - before);
    const buffer = this.#trailerRoom(before + taken);
    for (let i = 0; i < taken; i++) buffer[before + i] = bytes[at + i]!;
    this.#trailerLength = before + taken;
    const end = scanTrailers(this.trailers, buffer, before + taken);
    if (end < 0) return end;
    if (end > 0) return this.#finish(at + end - before);
    this.position = at + taken;
    return NEED_MORE;
  }

  #trailerRoom(needed: number): Buffer {
    const old = this.trailerBytes;
    if (old !== undefined && old.length >= needed) return old;
    const room = Buffer.alloc(Math.max(needed, FIRST_TRAILER_BUFFER, (old?.length ?? 0) * 2));
    if (old !== undefined) room.set(old);
    this.trailerBytes = room;
    return room;
  }
}
