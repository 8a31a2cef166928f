import type { ByteStream } from '../transport/byte-stream.ts';
import { Fault, type Http2Fault } from './fault.ts';
import { FRAME_HEADER_BYTES, FrameFlag, FrameType, MAX_FRAME_BYTES, writeFrameHeader, writeUint32 } from './frame.ts';
import { type HeaderField, HpackEncoder, type HpackSink } from './hpack/index.ts';
import type { Http2Options } from './options.ts';

/** The size updates that may begin a block. */
const UPDATE_ROOM = 16;
const NOTHING = Buffer.alloc(0);
/** Below this a loop is quicker than a call into the runtime. */
const SHORT_COPY = 32;

/**
 * Writes frames into the output buffer of a connection and counts those that the peer has not read. Nothing here waits: who sends DATA asks the
 * windows before.
 */
export class FrameWriter implements HpackSink {
  /** Where the encoder writes, while it does. */
  buffer: Buffer = NOTHING;
  readonly encoder: HpackEncoder;
  /** Set for ever when the last frame has been written: the connection is closing. */
  isMuted = false;
  readonly #stream: ByteStream;
  readonly #maxFrames: number;
  readonly #maxControlFrames: number;
  readonly #onFlood: (fault: Http2Fault) => void;
  /** Frames behind the mark. */
  #frames = 0;
  #controlFrames = 0;
  /** When `#frames` or `#controlFrames` is to be looked at. */
  #nextCheck: number;
  #nextControlCheck: number;
  /** The frames before the mark, which is a position in the bytes of the connection. */
  #oldFrames = 0;
  #oldControlFrames = 0;
  #mark = 0;

  constructor(stream: ByteStream, options: Http2Options, onFlood: (fault: Http2Fault) => void) {
    this.#stream = stream;
    this.encoder = new HpackEncoder({ maxTableSize: options.hpackTableSize });
    this.#maxFrames = options.maxOutboundFrames;
    this.#maxControlFrames = options.maxOutboundControlFrames;
    this.#onFlood = onFlood;
    this.#nextCheck = Math.max(1, options.maxOutboundFrames >>> 1);
    this.#nextControlCheck = Math.max(1, options.maxOutboundControlFrames >>> 1);
  }

  /** The encoder gets room for the whole block before it starts. */
  grow(): never {
    throw new Error('a header block is larger than the sum of its fields: a fault of the HPACK encoder');
  }

  /** Writes bytes that are no frame: the preface. */
  raw(bytes: Buffer): void {
    const at = this.#stream.room(bytes.length);
    bytes.copy(this.#stream.out, at);
    this.#stream.commit(at + bytes.length);
  }

  data(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.isMuted) return;
    const length = end - start;
    const stream = this.#stream;
    let at = stream.room(FRAME_HEADER_BYTES + length);
    const { out } = stream;
    at = writeFrameHeader(out, at, length, FrameType.data, endStream ? FrameFlag.endStream : 0, streamId);
    if (length < SHORT_COPY) for (let i = 0; i < length; i++) out[at + i] = bytes[start + i]!;
    else bytes.copy(out, at, start, end);
    stream.commit(at + length);
    this.#count();
  }

  /** Writes a header block of the first `count` of `fields`. */
  headers(streamId: number, fields: readonly HeaderField[], count: number, endStream: boolean): void {
    if (this.isMuted) return;
    let bound = UPDATE_ROOM;
    for (let i = 0; i < count; i++) bound += fields[i]!.size;
    if (bound > MAX_FRAME_BYTES) {
      this.#largeHeaders(streamId, fields, count, bound, endStream);
      return;
    }
    const stream = this.#stream;
    const at = stream.room(FRAME_HEADER_BYTES + bound);
    this.buffer = stream.out;
    const end = this.encoder.encode(this, at + FRAME_HEADER_BYTES, fields, count);
    this.buffer = NOTHING;
    const flags = endStream ? FrameFlag.endHeaders | FrameFlag.endStream : FrameFlag.endHeaders;
    writeFrameHeader(stream.out, at, end - at - FRAME_HEADER_BYTES, FrameType.headers, flags, streamId);
    stream.commit(end);
    this.#count();
  }

  #largeHeaders(
    streamId: number,
    fields: readonly HeaderField[],
    count: number,
    bound: number,
    endStream: boolean,
  ): void {
    const block = Buffer.allocUnsafeSlow(bound);
    this.buffer = block;
    const length = this.encoder.encode(this, 0, fields, count);
    this.buffer = NOTHING;
    let type: number = FrameType.headers;
    let flags: number = endStream ? FrameFlag.endStream : 0;
    for (let start = 0; start < length || start === 0; start += MAX_FRAME_BYTES) {
      const end = Math.min(start + MAX_FRAME_BYTES, length);
      if (end === length) flags |= FrameFlag.endHeaders;
      const at = this.#begin(end - start, type, flags, streamId);
      block.copy(this.#stream.out, at, start, end);
      this.#stream.commit(at + end - start);
      this.#count();
      type = FrameType.continuation;
      flags = 0;
    }
  }

  /** Writes SETTINGS with the given pairs of id and value. */
  settings(pairs: ReadonlyArray<readonly [number, number]>): void {
    let at = this.#begin(pairs.length * 6, FrameType.settings, 0, 0);
    const { out } = this.#stream;
    for (const [id, value] of pairs) {
      out[at] = id >>> 8;
      out[at + 1] = id;
      writeUint32(out, at + 2, value);
      at += 6;
    }
    this.#stream.commit(at);
    this.#countControl(Fault.controlFlood);
  }

  settingsAck(): void {
    if (this.isMuted) return;
    this.#stream.commit(this.#begin(0, FrameType.settings, FrameFlag.ack, 0));
    this.#countControl(Fault.settingsFlood);
  }

  ping(opaque: number): void {
    if (this.isMuted) return;
    const at = this.#begin(8, FrameType.ping, 0, 0);
    writeUint32(this.#stream.out, at, 0);
    writeUint32(this.#stream.out, at + 4, opaque);
    this.#stream.commit(at + 8);
    this.#countControl(Fault.controlFlood);
  }

  /** Answers a PING with its 8 bytes from `start`. */
  pingAck(bytes: Buffer, start: number): void {
    if (this.isMuted) return;
    const at = this.#begin(8, FrameType.ping, FrameFlag.ack, 0);
    bytes.copy(this.#stream.out, at, start, start + 8);
    this.#stream.commit(at + 8);
    this.#countControl(Fault.pingFlood);
  }

  rstStream(streamId: number, code: number): void {
    if (this.isMuted) return;
    this.#word(FrameType.rstStream, streamId, code);
    this.#countControl(Fault.controlFlood);
  }

  windowUpdate(streamId: number, increment: number): void {
    if (this.isMuted) return;
    this.#word(FrameType.windowUpdate, streamId, increment);
    this.#count();
  }

  goaway(lastStreamId: number, code: number, debug: string): void {
    if (this.isMuted) return;
    const at = this.#begin(8 + debug.length, FrameType.goaway, 0, 0);
    const { out } = this.#stream;
    writeUint32(out, at, lastStreamId);
    writeUint32(out, at + 4, code);
    out.write(debug, at + 8, 'latin1');
    this.#stream.commit(at + 8 + debug.length);
  }

  #word(type: number, streamId: number, value: number): void {
    const at = this.#begin(4, type, 0, streamId);
    writeUint32(this.#stream.out, at, value);
    this.#stream.commit(at + 4);
  }

  #begin(length: number, type: number, flags: number, streamId: number): number {
    const at = this.#stream.room(FRAME_HEADER_BYTES + length);
    return writeFrameHeader(this.#stream.out, at, length, type, flags, streamId);
  }

  #count(): void {
    this.#frames++;
    if (this.#frames >= this.#nextCheck) this.#check(Fault.outboundFlood);
  }

  #countControl(fault: Http2Fault): void {
    this.#controlFrames++;
    if (this.#controlFrames >= this.#nextControlCheck) this.#check(fault);
    this.#count();
  }

  #check(fault: Http2Fault): void {
    this.#forgetRead();
    const left = this.#maxFrames - this.#frames - this.#oldFrames;
    const controlLeft = this.#maxControlFrames - this.#controlFrames - this.#oldControlFrames;
    if (controlLeft < 0) this.#onFlood(fault);
    else if (left < 0) this.#onFlood(Fault.outboundFlood);
    // Ever closer to the limit, so that a connection far from it is hardly ever asked.
    this.#nextCheck = this.#frames + Math.max(1, left >>> 1);
    this.#nextControlCheck = this.#controlFrames + Math.max(1, controlLeft >>> 1);
  }

  /**
   * Forgets frames that have left. The stream tells bytes, not frames, so they are counted in two lots with a mark between them: a peer that
   * reads slowly but steadily loses the old lot again and again, one that does not read keeps both.
   */
  #forgetRead(): void {
    const stream = this.#stream;
    stream.flush();
    if (stream.pendingBytes === 0) {
      this.#oldFrames = 0;
      this.#oldControlFrames = 0;
    } else if (stream.bytesWritten >= this.#mark) {
      this.#oldFrames = this.#frames;
      this.#oldControlFrames = this.#controlFrames;
    } else return;
    this.#frames = 0;
    this.#controlFrames = 0;
    this.#mark = stream.bytesWritten + stream.pendingBytes;
  }
}
