import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { MessageAssembler } from './frame.ts';
import { encodeGrpcMessage, type GrpcFailure, grpcCode } from './grpc-status.ts';
import type { GrpcCall, GrpcMethod, GrpcPeer, GrpcStream, GrpcStreamHandler, PeerIdentity } from './grpc-stream.ts';

const RESPONSE_HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity',
} as const;

/** Why a stream of HTTP/2 ended, in words. */
const RESET_REASONS: Readonly<Record<number, string>> = {
  [constants.NGHTTP2_NO_ERROR]: 'the stream ended',
  [constants.NGHTTP2_CANCEL]: 'the client gave the stream up',
};

/**
 * A longer message is handed over in pieces, each when the one before is on the wire: a connection with TLS keeps a buffer as large as the
 * largest write for as long as it lives.
 */
const MAX_WRITE_BYTES = 128 * 1024;

/** What a call may cost. */
export interface CallOptions {
  readonly maxMessageBytes: number;
  /** Called once, when the stream is over. */
  readonly onOver: () => void;
}

/** A call on a stream of node:http2. Begins to read when it is served. */
export class Http2Call implements GrpcCall, GrpcStream {
  readonly method: string;
  readonly peer: GrpcPeer;
  #identity: PeerIdentity | undefined;
  readonly #headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #assembler: MessageAssembler;
  readonly #options: CallOptions;
  #handler: GrpcStreamHandler | undefined;
  /** What of long messages has not been handed over, in order. */
  #unsent: Buffer[] = [];
  /** How the call ends; set once, by `end`. */
  #outcome: GrpcFailure | undefined;
  #isEnded = false;
  #isOver = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: GrpcPeer, options: CallOptions) {
    this.method = headers[':path'] ?? '';
    this.peer = peer;
    this.#headers = headers;
    this.#stream = stream;
    this.#options = options;
    this.#assembler = new MessageAssembler(options.maxMessageBytes);
    // Without a listener an error of one stream would end the process; what became of the stream is told by `close`.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#handleClose());
  }

  get identity(): PeerIdentity | undefined {
    return this.#identity;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  metadata(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Hands the call to its method. */
  serve(method: GrpcMethod, identity: PeerIdentity | undefined): void {
    this.#identity = identity;
    const stream = this.#stream;
    stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
    stream.on('wantTrailers', () => this.#sendTrailers());
    const handler = method(this);
    this.#handler = handler;
    if (this.#isEnded) return;
    stream.on('drain', () => this.#handleDrain(handler));
    stream.on('end', () => {
      if (!this.#isEnded) this.#handleHalfClose(handler);
    });
    stream.on('data', (piece: Buffer) => this.#handleData(handler, piece));
  }

  /** Ends a call that is not served. */
  refuse(failure: GrpcFailure): void {
    if (this.#stream.destroyed || this.#isEnded) return;
    this.#isEnded = true;
    this.#stream.respond({ ...RESPONSE_HEADERS, ...trailersOf(failure) }, { endStream: true });
    this.#stopReading();
    this.#closeOtherSide();
  }

  shutdown(reason: string): void {
    if (!this.#isEnded) this.#handler?.onShutdown(reason);
  }

  /** Cuts the stream. */
  cut(): void {
    if (!this.#isOver) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  send(frame: Buffer): boolean {
    if (this.#isEnded || this.#stream.destroyed) return true;
    if (this.#unsent.length === 0 && frame.length <= MAX_WRITE_BYTES) return this.#stream.write(frame);
    this.#unsent.push(frame);
    return this.#unsent.length === 1 && this.#writePieces();
  }

  end(failure?: GrpcFailure): void {
    if (this.#isEnded || this.#stream.destroyed) return;
    this.#isEnded = true;
    this.#outcome = failure;
    // A message that was begun has to be whole, or the caller would take the end for a broken stream.
    for (const rest of this.#unsent) this.#stream.write(rest);
    this.#unsent = [];
    this.#stream.end();
    this.#stopReading();
  }

  setReading(isReading: boolean): void {
    if (this.#isEnded) return;
    if (isReading) this.#stream.resume();
    else this.#stream.pause();
  }

  #handleDrain(handler: GrpcStreamHandler): void {
    if (!this.#isEnded && this.#writePieces()) handler.onDrain();
  }

  /** Hands pieces over until the connection asks to wait, and tells whether it does not. */
  #writePieces(): boolean {
    for (let frame = this.#unsent[0]; frame !== undefined; frame = this.#unsent[0]) {
      const piece = frame.subarray(0, MAX_WRITE_BYTES);
      if (piece.length === frame.length) this.#unsent.shift();
      else this.#unsent[0] = frame.subarray(piece.length);
      if (!this.#stream.write(piece)) return false;
    }
    return true;
  }

  #handleData(handler: GrpcStreamHandler, piece: Buffer): void {
    if (this.#isEnded) return;
    const messages = this.#assembler.add(piece);
    if (messages.kind === 'err') {
      this.#fail(handler, messages.error);
      return;
    }
    for (const message of messages.value) {
      if (this.#isEnded) return;
      handler.onMessage(message);
    }
  }

  #handleHalfClose(handler: GrpcStreamHandler): void {
    if (this.#assembler.isEmpty) handler.onHalfClose();
    else this.#fail(handler, { code: grpcCode.internal, message: 'the call ended in the middle of a message' });
  }

  #fail(handler: GrpcStreamHandler, failure: GrpcFailure): void {
    this.end(failure);
    this.#close(handler, failure.message);
  }

  #handleClose(): void {
    const code = this.#stream.rstCode;
    const reason = RESET_REASONS[code ?? 0] ?? `the stream was reset with code ${code}`;
    this.#isEnded = true;
    this.#close(this.#handler, this.#stream.session?.destroyed === true ? 'the connection ended' : reason);
  }

  #close(handler: GrpcStreamHandler | undefined, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onOver();
    handler?.onClose(reason);
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed) return;
    this.#stream.sendTrailers(trailersOf(this.#outcome));
    // A reset in the same turn would overtake them.
    setImmediate(() => this.#closeOtherSide());
  }

  /** RFC 9113 §8.1: a client that has more to say is told that nobody listens; otherwise the stream, and its connection, would stay. */
  #closeOtherSide(): void {
    const stream = this.#stream;
    if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** What still comes is thrown away, or the window of the connection would stay taken. */
  #stopReading(): void {
    this.#stream.removeAllListeners('data');
    this.#stream.resume();
  }
}

function trailersOf(failure: GrpcFailure | undefined): Record<string, string> {
  if (failure === undefined) return { 'grpc-status': String(grpcCode.ok) };
  return { 'grpc-status': String(failure.code), 'grpc-message': encodeGrpcMessage(failure.message) };
}
