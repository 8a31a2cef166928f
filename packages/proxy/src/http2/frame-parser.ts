import { Fault, type Http2Fault } from './fault.ts';
import { FRAME_HEADER_BYTES, FrameFlag, FrameType, MAX_FRAME_BYTES, readUint31 } from './frame.ts';

/** Takes the frames of one direction. */
export interface FrameReceiver {
  /** A whole frame of any type but DATA; bytes[start, end) is its payload, valid until the call returns. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** A DATA frame begins; `length` counts its padding, as flow control does. */
  onDataFrame(streamId: number, flags: number, length: number): void;
  /** A part of the frame's data without padding, perhaps empty; `isLast` ends the frame. */
  onDataPart(bytes: Buffer, start: number, end: number, isLast: boolean): void;
  /** The connection cannot go on; the parser has stopped. */
  onFrameFault(fault: Http2Fault): void;
}

const FIRST_HELD = 64;
const LARGEST_HELD = FRAME_HEADER_BYTES + MAX_FRAME_BYTES;
/** The pad length has not arrived. */
const PAD_UNKNOWN = -1;

/**
 * Finds frames in bytes that are split anywhere. What lies whole in one read is handed on in place; DATA is handed on as it arrives, so that
 * only other frames are ever held, in a buffer that grows with what the peer really sent.
 */
export class FrameParser {
  readonly #receiver: FrameReceiver;
  #held: Buffer | undefined = undefined;
  #heldLength = 0;
  /** Payload bytes of the current DATA frame that are to come, padding included. */
  #dataLeft = 0;
  /** Padding at the end of the current DATA frame. */
  #padding = 0;
  #isInData = false;
  #isStopped = false;

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver;
  }

  /** Ignores everything from here on, what lies behind the frame at hand in the same read included. */
  stop(): void {
    this.#isStopped = true;
    this.#held = undefined;
  }

  /** Bytes of an unfinished frame that are kept. */
  get heldBytes(): number {
    return this.#held?.length ?? 0;
  }

  /** Takes the next bytes of the connection. */
  parse(bytes: Buffer, start: number, end: number): void {
    let at = start;
    if (this.#held !== undefined) at = this.#completeHeld(bytes, at, end);
    while (at < end && !this.#isStopped) {
      if (this.#isInData) {
        at = this.#dataPart(bytes, at, end);
        continue;
      }
      if (end - at < FRAME_HEADER_BYTES) break;
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      if (length > MAX_FRAME_BYTES) {
        this.#fail(Fault.frameTooLarge);
        return;
      }
      const type = bytes[at + 3]!;
      const flags = bytes[at + 4]!;
      const streamId = readUint31(bytes, at + 5);
      if (type === FrameType.data) {
        at += FRAME_HEADER_BYTES;
        this.#beginData(streamId, flags, length);
        // An empty frame has no bytes to wait for.
        if (length === 0 && this.#isInData && !this.#isStopped) at = this.#dataPart(bytes, at, at);
        continue;
      }
      const next = at + FRAME_HEADER_BYTES + length;
      if (next > end) break;
      this.#receiver.onFrame(type, flags, streamId, bytes, at + FRAME_HEADER_BYTES, next);
      at = next;
    }
    if (at < end && !this.#isStopped) this.#hold(bytes, at, end);
  }

  #beginData(streamId: number, flags: number, length: number): void {
    const isPadded = (flags & FrameFlag.padded) !== 0;
    if (isPadded && length === 0) {
      this.#fail(Fault.badFrameSize);
      return;
    }
    this.#dataLeft = length;
    this.#padding = isPadded ? PAD_UNKNOWN : 0;
    this.#isInData = true;
    this.#receiver.onDataFrame(streamId, flags, length);
  }

  #dataPart(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#padding === PAD_UNKNOWN) {
      this.#padding = bytes[at++]!;
      this.#dataLeft--;
      if (this.#padding > this.#dataLeft) {
        this.#fail(Fault.badPadding);
        return end;
      }
    }
    const stop = Math.min(end, at + this.#dataLeft);
    const isLast = stop - at === this.#dataLeft;
    const dataEnd = Math.max(at, Math.min(stop, at + this.#dataLeft - this.#padding));
    this.#dataLeft -= stop - at;
    if (isLast) this.#isInData = false;
    if (isLast || dataEnd > at) this.#receiver.onDataPart(bytes, at, dataEnd, isLast);
    return stop;
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#held = Buffer.allocUnsafe(Math.min(Math.max(FIRST_HELD, length * 2), LARGEST_HELD));
    bytes.copy(this.#held, 0, start, end);
    this.#heldLength = length;
  }

  /** Adds to the held frame and hands it on when it is whole; returns where the bytes behind it begin. */
  #completeHeld(bytes: Buffer, start: number, end: number): number {
    let at = this.#append(bytes, start, end, FRAME_HEADER_BYTES);
    if (this.#heldLength < FRAME_HEADER_BYTES) return at;
    const held = this.#held!;
    const length = (held[0]! << 16) | (held[1]! << 8) | held[2]!;
    if (length > MAX_FRAME_BYTES) {
      this.#fail(Fault.frameTooLarge);
      return end;
    }
    if (held[3] === FrameType.data) {
      this.#held = undefined;
      this.#beginData(readUint31(held, 5), held[4]!, length);
      if (length === 0 && this.#isInData && !this.#isStopped) this.#dataPart(bytes, at, at);
      return at;
    }
    at = this.#append(bytes, at, end, FRAME_HEADER_BYTES + length);
    if (this.#heldLength < FRAME_HEADER_BYTES + length) return at;
    const whole = this.#held!;
    this.#held = undefined;
    this.#receiver.onFrame(
      whole[3]!,
      whole[4]!,
      readUint31(whole, 5),
      whole,
      FRAME_HEADER_BYTES,
      FRAME_HEADER_BYTES + length,
    );
    return at;
  }

  /** Fills the held bytes up to `wanted` as far as there are some; returns where the rest begins. */
  #append(bytes: Buffer, start: number, end: number, wanted: number): number {
    const stop = Math.min(end, start + Math.max(0, wanted - this.#heldLength));
    const length = this.#heldLength + stop - start;
    let held = this.#held!;
    if (length > held.length) {
      const grown = Buffer.allocUnsafe(Math.min(length * 2, LARGEST_HELD));
      held.copy(grown, 0, 0, this.#heldLength);
      held = grown;
      this.#held = grown;
    }
    bytes.copy(held, this.#heldLength, start, stop);
    this.#heldLength = length;
    return stop;
  }

  #fail(fault: Http2Fault): void {
    this.stop();
    this.#receiver.onFrameFault(fault);
  }
}
