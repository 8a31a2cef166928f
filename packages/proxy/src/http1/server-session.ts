/**
 * The server side of an HTTP/1 connection: one request at a time, in order. Bytes behind a request wait, and the connection is not read, until its
 * response is complete.
 */
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type {
  ResetReason,
  ServerConnection,
  ServerConnectionHandler,
  ServerStream,
  ServerStreamHandler,
} from '../http/codec.ts';
import type { FieldList, ResponseHead } from '../http/head.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { runLater } from '../transport/turn.ts';
import { BodyKind, requestBodyKind } from './body-framing.ts';
import { BodyReader, type BodyTarget } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import type { HeadPool } from './head-pool.ts';
import { ConnectionOption } from './head-scan.ts';
import { scanRequestHead } from './head-scanner.ts';
import { writeResponseHead } from './head-writer.ts';
import { PartialHead } from './partial-head.ts';
import { NEED_MORE } from './scan-states.ts';
import { ScannedFields } from './scanned-fields.ts';
import type { ScannedRequestHead } from './scanned-request-head.ts';
import { applyUnderscores, type UnderscoreAction } from './underscores.ts';
import { wireErrorInfo } from './wire-errors.ts';

/** What a connection's owner decides. */
export interface Http1ServerOptions {
  readonly heads: HeadPool<ScannedRequestHead>;
  readonly scheme: 'http' | 'https';
  /** Whether HTTP/1.0 is served; otherwise it is answered with 426. */
  readonly acceptsHttp10: boolean;
  /** The authority of HTTP/1.0 requests without one; they are refused when it is empty. */
  readonly http10Host: string;
  /** Whether trailers are passed on in either direction. */
  readonly hasTrailers: boolean;
  readonly underscores: UnderscoreAction;
  readonly timers: CoarseTimers;
  /** From the first byte of a head to its last; 0 for no bound. */
  readonly headTimeoutMs: number;
  /** How long a peer may take to close after the last response; 0 closes at once. */
  readonly delayedCloseMs: number;
}

/** What else a connection's owner is told. */
export interface Http1ServerHandler extends ServerConnectionHandler {
  /** A head that is not valid, or late: answer on `stream` with a final head and body. The connection closes behind it. */
  onInvalidHead(stream: ServerStream, status: number, details: string): void;
}

const NOTHING = Buffer.alloc(0);

/** Where reading stands. */
const Reading = {
  head: 0,
  body: 1,
  /** The request asked for another protocol: what follows waits for the answer. */
  undecided: 2,
  tunnel: 3,
  /** The request is complete, its response not. */
  complete: 4,
  /** Nothing is read any more. */
  over: 5,
} as const;

/** See the file's head. */
export class Http1Server implements ByteSink, BodyTarget, ServerConnection, ServerStream {
  protocol = 'HTTP/1.1';
  readonly #stream: ByteStream;
  readonly #options: Http1ServerOptions;
  readonly #owner: Http1ServerHandler;
  readonly #reader = new BodyReader();
  readonly #writer: BodyWriter;
  #reading: number = Reading.head;
  #head: ScannedRequestHead | undefined;
  #partial: PartialHead | undefined;
  /** What came behind the request. */
  #held: Buffer | undefined;
  #headTimer: CoarseTimer | undefined;
  #closeTimer: CoarseTimer | undefined;
  #handler: ServerStreamHandler | undefined;
  /** Of the exchange that runs. */
  #keepsAlive = true;
  #isHttp10 = false;
  #isHead = false;
  #isConnect = false;
  #upgrade = '';
  #hasSentHead = false;
  #isResponseDone = false;
  #isDraining = false;
  #isInBytes = false;
  #end = { details: '', isRemote: false };

  constructor(stream: ByteStream, owner: Http1ServerHandler, options: Http1ServerOptions) {
    this.#stream = stream;
    this.#owner = owner;
    this.#options = options;
    this.#writer = new BodyWriter(stream);
  }

  get activeStreams(): number {
    return this.#handler === undefined ? 0 : 1;
  }

  /** Begins to read; `first` is what was read before the protocol was known. */
  start(first?: Buffer): void {
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
    return this.#handler === undefined && this.#head === undefined;
  }

  /** Closes a connection that is idle, telling the peer in order. */
  closeIdle(): void {
    if (this.isIdle) this.#closeGently();
  }

  // The wire.

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.#isInBytes = true;
    let input = bytes;
    let at = start;
    let limit = end;
    if (this.#partial !== undefined) {
      const partial = this.#partial;
      input = partial.append(bytes, start, end);
      at = partial.scanned;
      limit = partial.length;
    }
    while (at < limit) {
      const next = this.#take(input, at, limit);
      if (this.#isResponseDone) this.#finish();
      if (next < 0) break;
      at = next;
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
    this.#end = { details: '', isRemote: true };
    if (this.#handler !== undefined || this.#head !== undefined) this.#stream.destroy();
    else this.#closeGently();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onClose(fault: StreamFault | undefined): void {
    this.#headTimer?.cancel();
    this.#closeTimer?.cancel();
    this.#reading = Reading.over;
    if (fault !== undefined) this.#end = { details: fault.message, isRemote: true };
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onReset({ kind: 'connectionClosed', details: fault?.message ?? 'connection_closed' });
    this.#owner.onConnectionClose(this.#end);
  }

  // The body of a request.

  onBody(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (isLast) this.#reading = Reading.complete;
    this.#handler?.onData(bytes, start, end, isLast);
  }

  onBodyEnd(trailers: FieldList | undefined): void {
    this.#reading = Reading.complete;
    if (trailers !== undefined && this.#options.hasTrailers) this.#handler?.onTrailers(trailers);
    else this.#handler?.onData(NOTHING, 0, 0, true);
  }

  // The response.

  sendInformational(head: ResponseHead): void {
    if (!this.#isHttp10) writeResponseHead(this.#stream, head, '');
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    const { status } = head;
    this.#hasSentHead = true;
    if (this.#reading === Reading.undecided && this.#startTunnel(head, status)) {
      if (endStream) this.#endResponse();
      return;
    }
    if (this.#isDraining || (endStream && !this.#isRequestRead())) this.#keepsAlive = false;
    const length = head instanceof ScannedFields ? head.contentLength : contentLengthOf(head);
    const kind = this.#responseKind(status, length, endStream);
    let lines = '';
    if (kind === BodyKind.chunked) lines = 'transfer-encoding: chunked\r\n';
    else if (kind === BodyKind.untilClose) this.#keepsAlive = false;
    if (endStream && length < 0 && !this.#isHead && status !== 204 && status !== 304) lines += 'content-length: 0\r\n';
    if (!this.#keepsAlive) lines += 'connection: close\r\n';
    else if (this.#isHttp10) lines += 'connection: keep-alive\r\n';
    if (status === 204) head.remove('content-length');
    writeResponseHead(this.#stream, head, lines);
    this.#writer.begin(kind, Math.max(length, 0));
    if (endStream) this.#endResponse();
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (!this.#writer.write(bytes, start, end, endStream)) {
      this.reset('internalError');
      return false;
    }
    if (endStream) this.#endResponse();
    return !this.#stream.isCongested;
  }

  sendTrailers(trailers: FieldList): void {
    if (this.#writer.end(this.#options.hasTrailers ? trailers : undefined)) this.#endResponse();
    else this.reset('internalError');
  }

  reset(_reason: ResetReason): void {
    this.#handler = undefined;
    this.#abort();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (this.#held === undefined) this.#stream.resume();
  }

  /** Takes what it can of bytes[at, limit) and returns where it stopped; -1 when the rest waits or is dropped. */
  #take(bytes: Buffer, at: number, limit: number): number {
    switch (this.#reading) {
      case Reading.head:
        return this.#takeHead(bytes, at, limit);
      case Reading.body: {
        const next = this.#reader.read(bytes, at, limit, this);
        if (next >= 0) return next;
        this.#breakBody(wireErrorInfo(next).name);
        return -1;
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
    let head = this.#head;
    if (head === undefined) {
      head = this.#options.heads.take();
      this.#head = head;
      head.scan.begin(at);
    }
    const result = scanRequestHead(head.scan, bytes, limit);
    if (result === NEED_MORE) {
      this.#keepPartial(head, bytes, limit);
      return -1;
    }
    this.#headTimer?.cancel();
    this.#headTimer = undefined;
    this.#head = undefined;
    if (result < 0) {
      this.#options.heads.give(head);
      const { status, name } = wireErrorInfo(result);
      this.#refuse(status, `http1.${name}`);
      return -1;
    }
    this.#begin(head, bytes);
    // A head that came in pieces sits in a buffer of its own, which the loop goes on reading.
    if (this.#partial?.bytes === bytes) this.#partial = undefined;
    return result;
  }

  #begin(head: ScannedRequestHead, bytes: Buffer): void {
    const { scan } = head;
    head.begin(bytes, this.#options.scheme);
    const isHttp10 = scan.minorVersion === 0;
    const { connection } = scan;
    this.#isHttp10 = isHttp10;
    this.protocol = isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1';
    this.#keepsAlive =
      (connection & ConnectionOption.close) === 0 && (!isHttp10 || (connection & ConnectionOption.keepAlive) !== 0);
    const refusal = this.#refusalOf(head);
    if (refusal !== undefined) {
      this.#options.heads.give(head);
      this.#refuse(refusal.status, refusal.details);
      return;
    }
    const { method } = head;
    this.#isHead = method === 'HEAD';
    this.#isConnect = method === 'CONNECT';
    this.#upgrade = isHttp10 ? '' : head.protocol;
    this.#hasSentHead = false;
    this.#isResponseDone = false;
    const kind = requestBodyKind(scan);
    this.#reader.begin(kind, scan.contentLength);
    const isSwitch = this.#isConnect || (this.#upgrade !== '' && kind === BodyKind.none);
    this.#reading = isSwitch ? Reading.undecided : kind === BodyKind.none ? Reading.complete : Reading.body;
    const handler = this.#owner.onStream(this);
    this.#handler = handler;
    handler.onHead(head, this.#reading === Reading.complete);
    if (!head.isRetained) this.#options.heads.give(head);
  }

  #refusalOf(head: ScannedRequestHead): { readonly status: number; readonly details: string } | undefined {
    const { acceptsHttp10, http10Host, underscores } = this.#options;
    if (this.#isHttp10) {
      if (!acceptsHttp10) return { status: 426, details: 'low_version' };
      if (head.authority === '') {
        if (http10Host === '') return { status: 400, details: 'missing_host_header' };
        head.authority = http10Host;
      }
    }
    if (underscores !== 'allow' && !applyUnderscores(head, underscores)) {
      return { status: 400, details: 'http1.unexpected_underscore' };
    }
    return undefined;
  }

  /** Answers what never became a request. */
  #refuse(status: number, details: string): void {
    this.#reading = Reading.over;
    this.#keepsAlive = false;
    this.#isHead = false;
    this.#isResponseDone = false;
    this.#hasSentHead = false;
    this.#end = { details, isRemote: false };
    this.#owner.onInvalidHead(this, status, details);
    if (!this.#isResponseDone) this.#stream.destroy();
  }

  #keepPartial(head: ScannedRequestHead, bytes: Buffer, limit: number): void {
    if (this.#partial === undefined) {
      this.#partial = new PartialHead(head.scan, bytes, limit);
      const { headTimeoutMs, timers } = this.#options;
      if (headTimeoutMs > 0) this.#headTimer = timers.set(headTimeoutMs, () => this.#headIsLate());
    } else this.#partial.scanned = limit;
  }

  #headIsLate(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    this.#partial = undefined;
    this.#options.heads.give(head);
    this.#refuse(408, 'request_header_timeout');
  }

  #breakBody(name: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#reading = Reading.over;
    this.#end = { details: `http1.${name}`, isRemote: false };
    handler?.onReset({ kind: 'protocolError', details: `http1.${name}` });
    this.#abort();
  }

  /** Closes in the middle of a response: one that ends with the connection must not look complete. */
  #abort(): void {
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

  #responseKind(status: number, length: number, endStream: boolean): number {
    if (this.#isHead || status === 204 || status === 304 || endStream) return BodyKind.none;
    if (length >= 0) return BodyKind.length;
    return this.#isHttp10 ? BodyKind.untilClose : BodyKind.chunked;
  }

  /** Whether the answer makes the connection a tunnel; if not, what was held back is the next request. */
  #startTunnel(head: ResponseHead, status: number): boolean {
    const isTunnel = this.#isConnect ? status >= 200 && status < 300 : status === 101;
    if (!isTunnel) {
      this.#reading = Reading.complete;
      return false;
    }
    this.#keepsAlive = false;
    head.remove('content-length');
    const lines = this.#isConnect ? '' : `connection: upgrade\r\nupgrade: ${this.#upgrade}\r\n`;
    writeResponseHead(this.#stream, head, lines);
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

  /** Sends what is queued and the end; a peer that does not close in time is closed. */
  #closeGently(): void {
    this.#reading = Reading.over;
    if (this.#stream.isClosed || this.#closeTimer !== undefined) return;
    this.#stream.end();
    this.#stream.resume();
    const { delayedCloseMs, timers } = this.#options;
    this.#closeTimer = timers.set(delayedCloseMs, () => this.#stream.destroy());
  }
}

function contentLengthOf(head: FieldList): number {
  const text = head.get('content-length');
  return text === undefined ? -1 : Number(text);
}
