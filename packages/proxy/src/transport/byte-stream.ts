/**
 * The one seam between bytes and protocols. Accepted sockets, upstream sockets, TLS sessions, streams inside an HTTP/2 tunnel and pipes inside
 * the process are all ByteStreams; codecs, filters and the TCP proxy know nothing else.
 */
import type { ConnectionView } from '@weft/engine';

/** Why a stream ended without an orderly close. */
export interface StreamFault {
  /** `reset`, `refused`, `timeout`, `unreachable`, `tls`, `io`. */
  readonly kind: StreamFaultKind;
  /** What the system or the TLS library said, for logs. */
  readonly message: string;
}

/** The kinds of StreamFault. */
export type StreamFaultKind = 'reset' | 'refused' | 'timeout' | 'unreachable' | 'tls' | 'io';

/**
 * Takes what arrives on a stream. None of these is ever called from inside a call to the stream, so an implementation may call every method of
 * the stream in each of them.
 */
export interface ByteSink {
  /** bytes[start, end) have arrived. They are valid until the call returns and may be changed: copy what must wait. */
  onBytes(bytes: Buffer, start: number, end: number): void;
  /** The peer sends no more. */
  onEnd(): void;
  /** Less than the high-water mark is waiting to be sent, after isCongested was true. */
  onDrain(): void;
  /** The last call, exactly once: the stream is gone. Without a fault it was closed in order, or by this side. */
  onClose(fault: StreamFault | undefined): void;
}

/** Both directions of a connection, with an output buffer that is written once at the end of a turn. */
export interface ByteStream {
  readonly connection: ConnectionView;
  /** Where output is put: bytes[0, used) are taken. Replaced by room(); never keep it. */
  readonly out: Buffer;
  /** More than the high-water mark waits to be sent: stop writing until onDrain. What is written nevertheless is queued. */
  readonly isCongested: boolean;
  /** Bytes that wait to be sent. */
  readonly pendingBytes: number;
  /** Gone or going: writing has no effect. */
  readonly isClosed: boolean;
  /** Bytes received and sent since the beginning. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /**
   * Whether output waits for the end of the event loop's turn, so that many small writes become one. Otherwise it leaves when the callback that
   * caused it returns.
   */
  isBatching: boolean;
  /** Gives the stream to a sink and starts reading. A later call hands the stream over to another sink, within a callback too. */
  attach(sink: ByteSink): void;
  /** Makes room for `bytes` more bytes in `out` and returns where they go. */
  room(bytes: number): number;
  /** Says that out[…, end) is filled; `end` counts from the start of `out`. */
  commit(end: number): void;
  /** Queues bytes[start, end). They are taken before this returns. */
  write(bytes: Buffer, start: number, end: number): void;
  /** Sends what is queued now, as far as the system takes it. */
  flush(): void;
  /** Stops onBytes and onEnd; what has been read already still arrives. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then tells the peer that no more comes. */
  end(): void;
  /** Drops what is queued and closes; with `isAbrupt` the peer sees a reset. onClose follows in a later turn. */
  destroy(isAbrupt?: boolean): void;
}
