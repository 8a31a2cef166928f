/**
 * What an HTTP codec and its user owe each other, the same for HTTP/1 and HTTP/2. `Server…` is the side that receives requests, `Client…` the
 * side that sends them. No method of a handler is called from inside a call to the codec, except where it says so; a codec may call a handler
 * after the handler's own call ended the exchange only if this is stated here.
 */
import type { FieldList, RequestHead, ResponseHead } from './head.ts';

/** Why an exchange ended early; `source` says who ended it. */
export interface StreamReset {
  readonly kind: StreamResetKind;
  /** For logs and response code details, such as `http2.flood` or the name of a WireError. */
  readonly details: string;
}

/**
 * - `remoteReset`: the peer reset this stream; `remoteRefused`: the peer refused it before looking at it (REFUSED_STREAM, or beyond the last stream
 *   of its GOAWAY), so it may be retried anywhere.
 * - `localReset`: this side reset it.
 * - `connectionClosed`: the connection went away (`connectionFailed`: it never came up; `connectTimeout`: in time).
 * - `protocolError`: the peer broke the protocol.
 * - `overflow`: a bound of this side was reached.
 */
export type StreamResetKind =
  | 'remoteReset'
  | 'remoteRefused'
  | 'localReset'
  | 'connectionClosed'
  | 'connectionFailed'
  | 'connectTimeout'
  | 'protocolError'
  | 'overflow';

/** What the other side is told when this side gives an exchange up (the HTTP/2 error code; HTTP/1 closes the connection). */
export type ResetReason =
  | 'cancel'
  | 'internalError'
  | 'protocolError'
  | 'refusedStream'
  | 'noError'
  | 'connectError'
  | 'enhanceYourCalm';

/** Takes what one direction of an exchange brings; `bytes` are valid until the call returns. */
export interface BodyReceiver {
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;
  /** Ends the stream. */
  onTrailers(trailers: FieldList): void;
  /** The exchange is over, without its regular end; the last call. */
  onReset(reset: StreamReset): void;
  /** The sending direction takes data again, after sendData returned false. */
  onDrain(): void;
}

/** The sending direction of an exchange. After `endStream`, trailers or reset nothing more may be sent. */
export interface BodySender {
  /** Takes the bytes before it returns. False: wait for onDrain. */
  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean;
  sendTrailers(trailers: FieldList): void;
  /** Gives the exchange up in both directions; no callback follows. */
  reset(reason: ResetReason): void;
  /** Asks the peer for no more data; what is on the way (a window at most) still arrives. */
  pause(): void;
  resume(): void;
}

/** Takes one request. */
export interface ServerStreamHandler extends BodyReceiver {
  /** Called first, and once. The head is valid until the call returns, unless it is retained. */
  onHead(head: RequestHead, endStream: boolean): void;
}

/** Answers one request. Both directions ended, or reset, is the end of the exchange. */
export interface ServerStream extends BodySender {
  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. */
  readonly protocol: string;
  /** A 1xx response that is not the answer. */
  sendInformational(head: ResponseHead): void;
  sendHead(head: ResponseHead, endStream: boolean): void;
}

/** Takes the response to one request. */
export interface ClientStreamHandler extends BodyReceiver {
  onInformational(head: ResponseHead): void;
  /** As ServerStreamHandler.onHead. */
  onHead(head: ResponseHead, endStream: boolean): void;
}

/** Sends one request. */
export interface ClientStream extends BodySender {
  readonly protocol: string;
  sendHead(head: RequestHead, endStream: boolean): void;
}

/** Accepts the requests of a connection: makes the handler of each. */
export interface ServerConnectionHandler {
  /** A request begins; its head follows at once, or the reset that tells why the head is refused. */
  onStream(stream: ServerStream): ServerStreamHandler;
  /** The connection is gone and every exchange on it has ended. */
  onConnectionClose(details: ConnectionEnd): void;
  /** The peer broke the protocol in a way that ends the connection. For counters; exchanges hear of it themselves. */
  onInvalidRequest(details: string): void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** Empty when all was well, else `http2.…`, the name of a WireError or a transport fault. */
  readonly details: string;
  readonly isRemote: boolean;
  /** Set when the peer broke the protocol. */
  readonly isProtocolError?: true;
}

/** The server side of a connection. */
export interface ServerConnection {
  readonly activeStreams: number;
  /** No more requests: GOAWAY, or `connection: close` on the next response; closes when the last exchange has ended. */
  drain(): void;
  /** Ends everything at once. */
  close(): void;
}

/** The user of an upstream connection: its pool. */
export interface ClientConnectionHandler {
  /** The connection may take `connection.freeStreams` requests now: it came up, an exchange ended, or the peer changed its limit. */
  onAvailable(): void;
  /** The peer wants no more requests here; exchanges go on. */
  onDraining(): void;
  onConnectionClose(details: ConnectionEnd): void;
}

/** The client side of a connection. */
export interface ClientConnection {
  /** How many more exchanges may begin now. */
  readonly freeStreams: number;
  readonly activeStreams: number;
  readonly isDraining: boolean;
  /** Begins an exchange; only while freeStreams > 0. */
  open(handler: ClientStreamHandler): ClientStream;
  /** Takes no more requests; closes when the last exchange has ended. */
  drain(): void;
  close(): void;
}
