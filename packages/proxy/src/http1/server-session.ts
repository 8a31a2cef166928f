/**
 * The server side of an HTTP/1 connection: one request at a time, in order. Bytes behind a request wait, and the connection is not read, until its
 * response is complete, and as long as the client does not take what it was sent.
 */
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type {
  ConnectionEnd,
  ResetReason,
  ServerConnection,
  ServerConnectionHandler,
  ServerStream,
  ServerStreamHandler,
  StreamReset,
} from '../http/codec.ts';
import type { FieldList, ResponseHead } from '../http/head.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { HIGH_WATER_BYTES } from '../transport/output-queue.ts';
import { runLater } from '../transport/turn.ts';
import { BodyKind, requestBodyKind } from './body-framing.ts';
import { BodyReader, type BodyTarget } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { promisedLength } from './content-length.ts';
import { DelayedClose } from './delayed-close.ts';
import type { HeadPool } from './head-pool.ts';
import { HeadReader } from './head-reader.ts';
import { ConnectionOption } from './head-scan.ts';
import { scanRequestHead } from './head-scanner.ts';
import { type HeadStyle, writeResponseHead } from './head-writer.ts';
import { proxyConnectionCloses } from './hop-by-hop.ts';
import type { NameCase } from './name-case.ts';
import { type Refusal, type RequestPolicy, refusalOf, refusalOfCode, UNDERSCORE } from './request-checks.ts';
import { NEED_MORE } from './scan-states.ts';
import type { ScannedFields } from './scanned-fields.ts';
import type { ScannedRequestHead } from './scanned-request-head.ts';
import { ScannedResponseHead } from './scanned-response-head.ts';
import { applyUnderscores } from './underscores.ts';

/** What a connection's owner decides. */
export interface Http1ServerOptions extends RequestPolicy {
  readonly heads: HeadPool<ScannedRequestHead>;
  readonly scheme: 'http' | 'https';
  /** Whether trailers are passed on in either direction. */
  readonly hasTrailers: boolean;
  /** How names in responses are spelt; as they came, unless given. */
  readonly nameCase?: NameCase;
  readonly timers: CoarseTimers;
  /** From the first byte of a head to its last; 0 for no bound. */
  readonly headTimeoutMs: number;
  /** How long a peer may take to close after the last response; 0 closes as soon as it is sent. */
  readonly delayedCloseMs: number;
}

/** What else a connection's owner is told. */
export interface Http1ServerHandler extends ServerConnectionHandler {
  /**
   * A head that is not valid, late or not served: answer on `stream` with a whole response before this returns. The connection closes behind it.
   */
  onInvalidHead(stream: ServerStream, status: number, details: string): void;
  /** The body or the trailers of a request are not valid, and no response has begun: answer. The connection closes behind it. */
  onInvalidBody(stream: ServerStream, handler: ServerStreamHandler, status: number, details: string): void;
}

const NOTHING = Buffer.alloc(0);
const CHUNKED = 'transfer-encoding: chunked\r\n';
const HEAD_IS_LATE: Refusal = { status: 408, details: 'request_header_timeout', isInvalid: false };
const BROKEN_RESPONSE: StreamReset = { kind: 'localReset', details: 'http1.invalid_response' };

/** Where reading stands. */
const Reading = {
  head: 0,
  body: 1,
  /** The request asked for another protocol: what follows waits for the answer. */
  undecided: 2,
  tunnel: 3,
  /** The request is complete, its response not. */
  complete: 4,
  /** The response is complete, but the client does not take it. */
  congested: 5,
  /** Nothing is read any more. */
  over: 6,
} as const;

/** See the file's head. */
export class Http1Server implements ByteSink, BodyTarget, ServerConnection, ServerStream {
  protocol = 'HTTP/1.1';
  readonly #stream: ByteStream;
  readonly #options: Http1ServerOptions;
  readonly #owner: Http1ServerHandler;
  readonly #heads: HeadReader<ScannedRequestHead>;
  readonly #reader = new BodyReader();
  readonly #writer: BodyWriter;
  readonly #style: { -readonly [K in keyof HeadStyle]: HeadStyle[K] };
  #reading: number = Reading.head;
  /** What came behind the request. */
  #held: Buffer | undefined;
  #headTimer: CoarseTimer | undefined;
  #closing: DelayedClose | undefined;
  #handler: ServerStreamHandler | undefined;
  /** Of the exchange that runs. */
  #keepsAlive = true;
  #isHead = false;
  #isConnect = false;
  #upgrade = '';
  #hasSentHead = false;
  #isResponseDone = false;
  #isDraining = false;
  #isInBytes = false;
  #end: ConnectionEnd = { details: '', isRemote: false };
  #reset: StreamReset | undefined;

  constructor(stream: ByteStream, owner: Http1ServerHandler, options: Http1ServerOptions) {
    const { nameCase = 'preserve' } = options;
    this.#stream = stream;
    this.#owner = owner;
    this.#options = options;
    this.#heads = new HeadReader(options.heads, scanRequestHead);
    this.#writer = new BodyWriter(stream, nameCase);
    this.#style = { nameCase, isHttp10: false };
  }

  get activeStreams(): number {
    return this.#handler === undefined ? 0 : 1;
  }

  /** Begins to read. `first` is what was read before the protocol was known: the owner is called from inside this call for it. */
  start(first?: Buffer): void {
    // Answers leave together at the end of the loop's turn: reading and writing in turns costs both the processor's caches.
    this.#stream.isBatching = true;
    this.#stream.attach(this);
    if (first !== undefined && first.length > 0) this.onBytes(first, 0, first.length);
  }

  drain(): void {
    // An idle client may be sending its next request already: it gets an answer, which closes.
    this.#isDraining = true;
  }

  close(): void {
    this.#stream.destroy();
  }

  /** Whether nothing is under way: an idle timeout may close the connection. */
  get isIdle(): boolean {
    return this.#handler === undefined && !this.#heads.hasBegun;
  }

  /** Closes a connection that is idle, telling the peer in order. */
  closeIdle(): void {
    if (this.isIdle) this.#closeGently();
  }

  // The wire.

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.#isInBytes = true;
    const input = this.#heads.append(bytes, start, end);
    const { limit } = this.#heads;
    for (let { at } = this.#heads; at >= 0 && at < limit; ) {
      at = this.#take(input, at, limit);
      if (this.#isResponseDone) this.#finish();
    }
    this.#isInBytes = false;
  }

  onEnd(): void {
    if (this.#reading === Reading.tunnel) {
      this.#reading = Reading.over;
      this.#handler?.onData(NOTHING, 0, 0, true);
      if (this.#isResponseDone) this.#finish();
      return;
    }
    if (this.#reading === Reading.over) return;
    this.#end = { details: '', isRemote: true };
    if (this.isIdle) this.#closeGently();
    else this.#stream.destroy();
  }

  onDrain(): void {
    if (this.#reading === Reading.congested) this.#readNext();
    else this.#handler?.onDrain();
  }

  onClose(fault: StreamFault | undefined): void {
    this.#headTimer?.cancel();
    this.#closing?.cancel();
    this.#reading = Reading.over;
    if (fault !== undefined) this.#end = { details: fault.message, isRemote: true };
    this.#heads.drop();
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onReset(this.#reset ?? { kind: 'connectionClosed', details: fault?.message ?? 'connection_closed' });
    this.#owner.onConnectionClose(this.#end);
  }

  // The body of a request.

  onBody(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (isLast) this.#reading = Reading.complete;
    this.#handler?.onData(bytes, start, end, isLast);
  }

  onBodyEnd(trailers: ScannedFields | undefined): void {
    this.#reading = Reading.complete;
    const { hasTrailers, underscores, stats } = this.#options;
    if (trailers === undefined || !hasTrailers) this.#handler?.onData(NOTHING, 0, 0, true);
    else if (applyUnderscores(trailers, underscores, stats)) this.#handler?.onTrailers(trailers);
    else this.#breakRequest(UNDERSCORE);
  }

  // The response.

  sendInformational(head: ResponseHead): void {
    if (this.#style.isHttp10 || this.#hasSentHead) return;
    head.remove('content-length');
    writeResponseHead(this.#stream, head, '', this.#style);
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    const { status } = head;
    if (this.#reading === Reading.undecided && this.#startTunnel(head, status)) {
      if (endStream) this.#endResponse();
      return;
    }
    this.#hasSentHead = true;
    const length = promisedLength(head);
    const isBodiless = this.#isHead || status === 204 || status === 304;
    if (status < 200 || (endStream && length > 0 && !isBodiless)) {
      this.#breakResponse();
      return;
    }
    if (this.#isDraining || (endStream && !this.#isRequestRead())) this.#keepsAlive = false;
    const kind = isBodiless || endStream ? BodyKind.none : this.#framing(length);
    if (kind === BodyKind.untilClose) this.#keepsAlive = false;
    if (status === 204) head.remove('content-length');
    writeResponseHead(this.#stream, head, this.#hopLines(kind, length, status), this.#style);
    this.#writer.begin(kind, Math.max(length, 0));
    if (endStream) this.#endResponse();
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (!this.#writer.write(bytes, start, end, endStream)) {
      this.#breakResponse();
      return false;
    }
    if (endStream) this.#endResponse();
    return !this.#stream.isCongested;
  }

  sendTrailers(trailers: FieldList): void {
    if (this.#writer.end(this.#options.hasTrailers ? trailers : undefined)) this.#endResponse();
    else this.#breakResponse();
  }

  reset(_reason: ResetReason): void {
    if (this.#handler === undefined) return;
    this.#handler = undefined;
    this.#abort();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (this.#held === undefined && this.#reading !== Reading.congested) this.#stream.resume();
  }

  /** Takes what it can of bytes[at, limit) and returns where it stopped; -1 when the rest waits or is dropped. */
  #take(bytes: Buffer, at: number, limit: number): number {
    switch (this.#reading) {
      case Reading.head:
        return this.#takeHead(bytes, at, limit);
      case Reading.body: {
        const next = this.#reader.read(bytes, at, limit, this);
        if (next < 0) this.#breakRequest(refusalOfCode(next));
        return next;
      }
      case Reading.tunnel:
        this.#handler?.onData(bytes, at, limit, false);
        return limit;
      case Reading.over:
        return -1;
      default:
        this.#hold(bytes, at, limit);
        return -1;
    }
  }

  #takeHead(bytes: Buffer, at: number, limit: number): number {
    const result = this.#heads.read(bytes, at, limit);
    if (result === NEED_MORE) {
      const { headTimeoutMs, timers } = this.#options;
      if (headTimeoutMs > 0) this.#headTimer ??= timers.set(headTimeoutMs, () => this.#headIsLate());
      return -1;
    }
    this.#headTimer?.cancel();
    this.#headTimer = undefined;
    if (result < 0) {
      this.#refuse(refusalOfCode(result));
      return -1;
    }
    const head = this.#heads.take();
    this.#begin(head, bytes);
    this.#heads.settle(head);
    return result;
  }

  #begin(head: ScannedRequestHead, bytes: Buffer): void {
    const { scan } = head;
    head.begin(bytes, this.#options.scheme);
    const refusal = refusalOf(head, this.#options);
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    const { connection } = scan;
    const isHttp10 = scan.minorVersion === 0;
    this.#style.isHttp10 = isHttp10;
    this.protocol = isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1';
    this.#keepsAlive =
      (connection & ConnectionOption.close) === 0 &&
      (!isHttp10 || (connection & ConnectionOption.keepAlive) !== 0) &&
      !proxyConnectionCloses(scan, bytes);
    const { method } = head;
    this.#isHead = method === 'HEAD';
    this.#isConnect = method === 'CONNECT';
    this.#upgrade = head.protocol;
    this.#hasSentHead = false;
    this.#isResponseDone = false;
    const kind = requestBodyKind(scan);
    this.#reader.begin(kind, scan.contentLength);
    if (this.#isConnect || this.#upgrade !== '') this.#reading = Reading.undecided;
    else this.#reading = kind === BodyKind.none ? Reading.complete : Reading.body;
    const handler = this.#owner.onStream(this);
    this.#handler = handler;
    handler.onHead(head, this.#reading === Reading.complete);
  }

  /** Has what never became a request answered. */
  #refuse({ status, details, isInvalid }: Refusal): void {
    this.#reading = Reading.over;
    this.protocol = 'HTTP/1.1';
    this.#style.isHttp10 = false;
    this.#keepsAlive = false;
    this.#isHead = false;
    this.#isResponseDone = false;
    this.#hasSentHead = false;
    this.#end = { details, isRemote: false };
    if (isInvalid) this.#owner.onInvalidRequest(details);
    this.#owner.onInvalidHead(this, status, details);
    if (!this.#isResponseDone && this.#closing === undefined) this.#stream.destroy();
  }

  #headIsLate(): void {
    this.#heads.drop();
    this.#refuse(HEAD_IS_LATE);
  }

  /** The body is not valid: the client is told why, unless it is being answered already. */
  #breakRequest({ status, details }: Refusal): void {
    const handler = this.#handler;
    this.#reading = Reading.over;
    this.#keepsAlive = false;
    this.#end = { details, isRemote: false };
    this.#owner.onInvalidRequest(details);
    if (handler === undefined) return;
    if (!this.#hasSentHead) {
      this.#owner.onInvalidBody(this, handler, status, details);
      return;
    }
    this.#handler = undefined;
    handler.onReset({ kind: 'protocolError', details });
    this.#abort();
  }

  /** The response is none, or not as long as it said. Its sender learns of it after the call that did it, as the last thing. */
  #breakResponse(): void {
    this.#reset = BROKEN_RESPONSE;
    this.#abort();
  }

  /** Closes in the middle of a response: one that ends with the connection must not look complete. */
  #abort(): void {
    this.#reading = Reading.over;
    this.#reader.stop();
    this.#stream.destroy(this.#hasSentHead && this.#writer.endsWithStream);
  }

  /** Keeps what came behind the request; the connection is not read any more until it is used. */
  #hold(bytes: Buffer, at: number, limit: number): void {
    const piece = Buffer.from(bytes.subarray(at, limit));
    this.#held = this.#held === undefined ? piece : Buffer.concat([this.#held, piece]);
    this.#stream.pause();
  }

  #isRequestRead(): boolean {
    return this.#reading === Reading.complete || this.#reading === Reading.undecided;
  }

  #framing(length: number): number {
    if (length >= 0) return BodyKind.length;
    return this.#style.isHttp10 ? BodyKind.untilClose : BodyKind.chunked;
  }

  /** The field lines that the codec adds to a response. */
  #hopLines(kind: number, length: number, status: number): string {
    let lines = '';
    if (kind === BodyKind.chunked) lines = CHUNKED;
    else if (kind === BodyKind.none && length < 0 && status !== 204 && status !== 304) {
      // A response to HEAD tells the framing of the body that is not there (RFC 9112 §6.1).
      if (!this.#isHead) lines = 'content-length: 0\r\n';
      else if (!this.#style.isHttp10) lines = CHUNKED;
    }
    if (!this.#keepsAlive) return `${lines}connection: close\r\n`;
    return this.#style.isHttp10 ? `${lines}connection: keep-alive\r\n` : lines;
  }

  /** Whether the answer makes the connection a tunnel; if not, what was held back is dropped. */
  #startTunnel(head: ResponseHead, status: number): boolean {
    const isTunnel = this.#isConnect ? status >= 200 && status < 300 : status === 101;
    if (!isTunnel) {
      // A client that did not wait for the answer has sent what must not be taken for a request: as Envoy does, close.
      this.#keepsAlive = false;
      this.#reading = Reading.complete;
      return false;
    }
    this.#hasSentHead = true;
    this.#keepsAlive = false;
    head.remove('content-length');
    // Of several protocols the server has chosen one.
    const chosen = head instanceof ScannedResponseHead && head.protocol !== '' ? head.protocol : this.#upgrade;
    const lines = this.#isConnect ? '' : `connection: upgrade\r\nupgrade: ${chosen}\r\n`;
    writeResponseHead(this.#stream, head, lines, this.#style);
    this.#writer.begin(BodyKind.tunnel, 0);
    this.#reading = Reading.tunnel;
    this.#useHeld();
    return true;
  }

  #endResponse(): void {
    this.#isResponseDone = true;
    // What reads the request looks at this itself, once its own state is complete.
    if (!this.#isInBytes) this.#finish();
  }

  /** The response is complete: the next request, or the end. */
  #finish(): void {
    if (this.#reading === Reading.tunnel) {
      // The other direction may go on.
      this.#stream.end();
      return;
    }
    this.#isResponseDone = false;
    this.#handler = undefined;
    this.#reader.stop();
    if (!this.#keepsAlive || this.#isDraining || this.#reading !== Reading.complete) {
      this.#closeGently();
      return;
    }
    if (this.#isCongested()) {
      this.#reading = Reading.congested;
      this.#stream.pause();
      const { stats } = this.#options;
      if (stats !== undefined) stats.responseFlood++;
    } else this.#readNext();
  }

  /** Whether the client leaves responses lying. */
  #isCongested(): boolean {
    const stream = this.#stream;
    if (stream.pendingBytes < HIGH_WATER_BYTES) return false;
    stream.flush();
    return stream.isCongested;
  }

  #readNext(): void {
    this.#reading = Reading.head;
    if (this.#held === undefined) this.#stream.resume();
    else this.#useHeld();
  }

  /** Goes on with what was held back, once the call that allowed it has returned. */
  #useHeld(): void {
    runLater(() => {
      const held = this.#held;
      if (held === undefined || this.#reading === Reading.over) return;
      this.#held = undefined;
      this.#stream.resume();
      this.onBytes(held, 0, held.length);
    });
  }

  /** Sends what is queued and the end, and drops what still arrives. */
  #closeGently(): void {
    this.#reading = Reading.over;
    if (this.#closing !== undefined) return;
    const { delayedCloseMs, timers } = this.#options;
    this.#closing = new DelayedClose(this.#stream, timers, delayedCloseMs);
    this.#closing.begin();
  }
}
