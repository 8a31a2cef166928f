import { Fault, type Http2Fault } from './fault.ts';
import { FrameFlag, readUint31 } from './frame.ts';

/** Where the block stands within a HEADERS frame; one object serves all, stripHeaders overwrites it. */
export const blockSpan = { start: 0, end: 0 };

const NOTHING = Buffer.alloc(0);
const PRIORITY_BYTES = 5;
const FIRST_BYTES = 4096;
/** A sender that splits a block needs a frame for every 16 KB; much smaller ones only keep us busy. */
const LEAST_FRAME_BYTES = 1024;
const FREE_FRAMES = 8;
/** What a block may have beyond the limit of its list, so that a list that is a little too large costs its stream only. */
const EXCESS_BYTES = 64 * 1024;

/** Takes padding and priority off the payload of HEADERS (RFC 9113 §6.2) and leaves the block's place in blockSpan. */
export function stripHeaders(
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
): Http2Fault | undefined {
  let from = start;
  let to = end;
  if ((flags & FrameFlag.padded) !== 0) {
    if (from >= to) return Fault.badFrameSize;
    to -= bytes[from++]!;
    if (to < from) return Fault.badPadding;
  }
  if ((flags & FrameFlag.priority) !== 0) {
    if (to - from < PRIORITY_BYTES) return Fault.badFrameSize;
    if (readUint31(bytes, from) === streamId) return Fault.selfDependency;
    from += PRIORITY_BYTES;
  }
  blockSpan.start = from;
  blockSpan.end = to;
  return undefined;
}

/** Collects a header block that comes in several frames; there is at most one at a time on a connection. */
export class HeaderBlock {
  /** The stream of the open block, 0 without one. */
  streamId = 0;
  endStream = false;
  bytes: Buffer = NOTHING;
  length = 0;
  readonly #maxBytes: number;
  #frames = 0;

  constructor(maxListSize: number) {
    this.#maxBytes = maxListSize + EXCESS_BYTES;
  }

  begin(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.length = 0;
    this.#frames = 0;
    this.#append(bytes, start, end);
  }

  /** Adds the payload of a CONTINUATION frame. */
  continue(bytes: Buffer, start: number, end: number): Http2Fault | undefined {
    this.#frames++;
    if (this.length + end - start > this.#maxBytes) return Fault.blockTooLarge;
    this.#append(bytes, start, end);
    return this.#frames > FREE_FRAMES + this.length / LEAST_FRAME_BYTES ? Fault.continuationFlood : undefined;
  }

  /** Forgets the block and its memory. */
  clear(): void {
    this.streamId = 0;
    this.length = 0;
    this.bytes = NOTHING;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length * 2));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    bytes.copy(this.bytes, this.length, start, end);
    this.length = length;
  }
}
