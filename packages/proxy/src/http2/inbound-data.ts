import { Fault, type Http2Fault } from './fault.ts';
import type { FrameWriter } from './frame-writer.ts';
import { type Http2Stream, LENGTH_UNKNOWN } from './http2-stream.ts';
import type { InboundLimits } from './inbound-limits.ts';
import type { Http2Options } from './options.ts';

/** What it asks of its session. */
export interface InboundDataHost<S extends Http2Stream> {
  breakStream(stream: S, fault: Http2Fault): undefined;
  breakMessage(stream: S, fault: Http2Fault): undefined;
  closeStream(stream: S): void;
}

/**
 * The receiving side of flow control, and the DATA frame at hand. Windows are given back in lots of half a window, and only for what the user
 * took while its stream was not paused: what all streams of a connection can make this side keep is the connection's window.
 */
export class InboundData<S extends Http2Stream> {
  /** The frame begun last is on a stream that is not open. */
  isLate = false;
  readonly #host: InboundDataHost<S>;
  readonly #writer: FrameWriter;
  readonly #limits: InboundLimits;
  readonly #connectionLot: number;
  readonly #streamLot: number;
  /** What the peer may still send on the connection. */
  #window: number;
  #consumed = 0;
  #stream: S | undefined = undefined;
  /** The frame's payload with and without padding, the latter as far as it has arrived. */
  #frameLength = 0;
  #dataLength = 0;
  #endsStream = false;

  constructor(host: InboundDataHost<S>, writer: FrameWriter, limits: InboundLimits, options: Http2Options) {
    this.#host = host;
    this.#writer = writer;
    this.#limits = limits;
    this.#window = options.initialConnectionWindowSize;
    this.#connectionLot = options.initialConnectionWindowSize >>> 1;
    this.#streamLot = options.initialStreamWindowSize >>> 1;
  }

  /** A frame begins; its stream if it is open. Faults that are returned end the connection. */
  begin(stream: S | undefined, length: number, endsStream: boolean): Http2Fault | undefined {
    this.#stream = undefined;
    this.#frameLength = length;
    this.#dataLength = 0;
    this.#endsStream = endsStream;
    this.isLate = stream === undefined;
    this.#window -= length;
    if (this.#window < 0) return Fault.windowExceeded;
    if (stream === undefined) return undefined;
    if (stream.isRemoteEnded) return this.#host.breakStream(stream, Fault.closedStream);
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) return this.#host.breakStream(stream, Fault.windowExceeded);
    if (!stream.isHeadReceived) return this.#host.breakMessage(stream, Fault.dataBeforeHead);
    this.#stream = stream;
    return undefined;
  }

  /** A part of the frame's data. */
  part(bytes: Buffer, start: number, end: number, isLast: boolean): Http2Fault | undefined {
    const stream = this.#stream;
    const length = end - start;
    this.#dataLength += length;
    if (isLast) {
      const flood = this.#limits.payload(this.#dataLength, this.#endsStream);
      if (flood !== undefined) return flood;
    }
    if (stream === undefined || stream.isClosed) {
      if (isLast) this.giveBack(this.#frameLength);
      return undefined;
    }
    const endsStream = isLast && this.#endsStream;
    if (stream.lengthLeft !== LENGTH_UNKNOWN) {
      stream.lengthLeft -= length;
      if (stream.lengthLeft < 0 || (endsStream && stream.lengthLeft > 0)) {
        if (isLast) this.giveBack(this.#frameLength);
        return this.#host.breakMessage(stream, Fault.lengthMismatch);
      }
    }
    if (endsStream) stream.isRemoteEnded = true;
    if (length > 0 || endsStream) stream.receiver.onData(bytes, start, end, endsStream);
    if (isLast) this.consume(stream, this.#frameLength);
    if (endsStream && stream.isLocalEnded) this.#host.closeStream(stream);
    return undefined;
  }

  /** The user has taken bytes of a stream, unless it is paused. */
  consume(stream: Http2Stream, bytes: number): void {
    if (stream.isPaused && !stream.isClosed) {
      stream.withheld += bytes;
      return;
    }
    this.giveBack(bytes);
    if (stream.isClosed || stream.isRemoteEnded) return;
    stream.consumed += bytes;
    if (stream.consumed < this.#streamLot) return;
    stream.receiveWindow += stream.consumed;
    this.#writer.windowUpdate(stream.id, stream.consumed);
    stream.consumed = 0;
  }

  /** The connection's window has room again. */
  giveBack(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < this.#connectionLot) return;
    this.#window += this.#consumed;
    this.#writer.windowUpdate(0, this.#consumed);
    this.#consumed = 0;
  }
}
