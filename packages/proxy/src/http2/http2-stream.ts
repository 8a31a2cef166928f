import type { BodyReceiver, BodySender, ResetReason } from '../http/codec.ts';
import type { FieldList } from '../http/head.ts';

/** What a stream asks of its session. */
export interface StreamHost {
  sendData(stream: Http2Stream, bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  sendTrailers(stream: Http2Stream, trailers: FieldList): void;
  resetStream(stream: Http2Stream, reason: ResetReason): void;
  resumeStream(stream: Http2Stream): void;
}

/** The content-length is not known, or does not count. */
export const LENGTH_UNKNOWN = -1;

/**
 * One stream: the state of RFC 9113 §5.1 and its two windows. The fields are the session's and its scheduler's; users see the interfaces of
 * `codec.ts` only.
 */
export abstract class Http2Stream implements BodySender {
  /** The user's side; there from the first callback on. */
  abstract readonly receiver: BodyReceiver;
  /** 0 until the stream is in the table. */
  id: number;
  /** The request, or the response that is not informational, has arrived. */
  isHeadReceived = false;
  /** END_STREAM has been sent. */
  isLocalEnded = false;
  /** END_STREAM has arrived. */
  isRemoteEnded = false;
  /** Not in the table any more: nothing may be sent, nothing is delivered. */
  isClosed = false;

  /** What may still be sent (negative after the peer shrank its window). */
  sendWindow: number;
  /** Data that waits for a window or the transport: queue[queueStart, queueEnd). */
  queue: Buffer | undefined = undefined;
  queueStart = 0;
  queueEnd = 0;
  isEndQueued = false;
  queuedTrailers: FieldList | undefined = undefined;
  /** sendData returned false and onDrain has not followed. */
  needsDrain = false;
  /** The list of waiting streams. */
  isWaiting = false;
  waitingSinceMs = 0;
  previousWaiting: Http2Stream | undefined = undefined;
  nextWaiting: Http2Stream | undefined = undefined;

  /** What the peer may still send. */
  receiveWindow: number;
  /** Bytes that arrived and were not yet given back by WINDOW_UPDATE. */
  consumed = 0;
  isPaused = false;
  /** Bytes that arrived while paused: neither window gets them back before resume(). */
  withheld = 0;
  /** DATA bytes that content-length still announces. */
  lengthLeft = LENGTH_UNKNOWN;
  protected readonly host: StreamHost;

  constructor(host: StreamHost, id: number, sendWindow: number, receiveWindow: number) {
    this.host = host;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** See ServerStream. */
  get protocol(): string {
    return 'HTTP/2';
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    return this.host.sendData(this, bytes, start, end, endStream);
  }

  sendTrailers(trailers: FieldList): void {
    this.host.sendTrailers(this, trailers);
  }

  reset(reason: ResetReason): void {
    this.host.resetStream(this, reason);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.host.resumeStream(this);
  }
}
