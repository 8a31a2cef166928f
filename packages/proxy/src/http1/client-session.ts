/**
 * The client side of an HTTP/1 connection: one exchange at a time. What asks for another protocol (an upgrade or CONNECT) is sent no further than
 * its head until the server has agreed: a server that does not would take the rest for another request.
 */
import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientStream,
  ClientStreamHandler,
  ResetReason,
  StreamReset,
  StreamResetKind,
} from '../http/codec.ts';
import type { FieldList, RequestHead } from '../http/head.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { runLater } from '../transport/turn.ts';
import { BodyKind, responseBodyKind } from './body-framing.ts';
import { BodyReader, type BodyTarget } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { promisedLength } from './content-length.ts';
import type { HeadPool } from './head-pool.ts';
import { HeadReader } from './head-reader.ts';
import { ConnectionOption } from './head-scan.ts';
import { scanResponseHead } from './head-scanner.ts';
import { writeRequestHead } from './head-writer.ts';
import type { NameCase } from './name-case.ts';
import { NEED_MORE } from './scan-states.ts';
import type { ScannedResponseHead } from './scanned-response-head.ts';
import { WireError, wireErrorInfo } from './wire-errors.ts';

/** What a connection's owner decides. */
export interface Http1ClientOptions {
  readonly heads: HeadPool<ScannedResponseHead>;
  /** Whether trailers are passed on in either direction. */
  readonly hasTrailers: boolean;
  /** How names in requests are spelt; as they came, unless given. */
  readonly nameCase?: NameCase;
}

/** Informational responses to one request beyond this are an attack. */
const MAX_INFORMATIONAL = 32;
const NOTHING = Buffer.alloc(0);

/** Where reading stands. */
const Reading = {
  /** No response is due. */
  idle: 0,
  head: 1,
  body: 2,
  tunnel: 3,
  /** The response is complete; the request may not be. */
  complete: 4,
  over: 5,
} as const;

/** Whether the exchange is to become a tunnel. */
const Switch = {
  none: 0,
  asked: 1,
  agreed: 2,
  refused: 3,
} as const;

/** See the file's head. */
export class Http1Client implements ByteSink, BodyTarget, ClientConnection, ClientStream {
  readonly protocol = 'HTTP/1.1';
  isDraining = false;
  readonly #stream: ByteStream;
  readonly #owner: ClientConnectionHandler;
  readonly #options: Http1ClientOptions;
  readonly #nameCase: NameCase;
  readonly #heads: HeadReader<ScannedResponseHead>;
  readonly #reader = new BodyReader();
  readonly #writer: BodyWriter;
  #reading: number = Reading.idle;
  #handler: ClientStreamHandler | undefined;
  /** Of the exchange that runs. */
  #isHead = false;
  #isConnect = false;
  #switch: number = Switch.none;
  /** What was sent before the server agreed; the sender has been told to wait. */
  #early: Buffer[] = [];
  #isRequestDone = true;
  #keepsAlive = true;
  #informational = 0;
  #isInBytes = false;
  #details = '';
  #isProtocolError = false;
  #isRemoteEnd = false;
  #reset: StreamReset | undefined;

  constructor(stream: ByteStream, owner: ClientConnectionHandler, options: Http1ClientOptions) {
    this.#stream = stream;
    this.#owner = owner;
    this.#options = options;
    this.#nameCase = options.nameCase ?? 'preserve';
    this.#heads = new HeadReader(options.heads, scanResponseHead);
    this.#writer = new BodyWriter(stream, this.#nameCase);
  }

  /** Begins to read. */
  start(): void {
    // As on the server side.
    this.#stream.isBatching = true;
    this.#stream.attach(this);
  }

  get freeStreams(): number {
    return this.#reading === Reading.idle && this.#isRequestDone && !this.isDraining && !this.#stream.isClosed ? 1 : 0;
  }

  get activeStreams(): number {
    return this.#handler === undefined ? 0 : 1;
  }

  open(handler: ClientStreamHandler): ClientStream {
    this.#handler = handler;
    this.#reading = Reading.head;
    this.#isRequestDone = false;
    this.#keepsAlive = true;
    this.#informational = 0;
    return this;
  }

  drain(): void {
    this.isDraining = true;
    if (this.#handler === undefined) this.#stream.destroy();
  }

  close(): void {
    this.#stream.destroy();
  }

  // The request.

  sendHead(head: RequestHead, endStream: boolean): void {
    const { method, protocol } = head;
    this.#isHead = method === 'HEAD';
    this.#isConnect = method === 'CONNECT' && protocol === '';
    this.#switch = this.#isConnect || protocol !== '' ? Switch.asked : Switch.none;
    let length = -1;
    let kind: number = BodyKind.none;
    let lines = '';
    if (this.#switch === Switch.asked) {
      // It has no content, and what follows the head is no request.
      head.remove('content-length');
      if (!this.#isConnect) lines = `connection: Upgrade\r\nupgrade: ${protocol}\r\n`;
    } else {
      length = promisedLength(head);
      if (length >= 0) kind = BodyKind.length;
      else if (!endStream) {
        kind = BodyKind.chunked;
        lines = 'transfer-encoding: chunked\r\n';
      } else if (!MAY_LACK_BODY.has(method)) lines = 'content-length: 0\r\n';
    }
    if ((endStream && length > 0) || !writeRequestHead(this.#stream, head, lines, this.#nameCase)) {
      this.#breakRequest();
      return;
    }
    this.#writer.begin(kind, Math.max(length, 0));
    if (endStream) this.#endRequest();
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    if (this.#switch === Switch.asked) {
      if (end > start) this.#early.push(Buffer.from(bytes.subarray(start, end)));
      if (endStream) this.#endRequest();
      return false;
    }
    if (!this.#writer.write(bytes, start, end, endStream)) {
      this.#breakRequest();
      return false;
    }
    if (endStream) this.#endRequest();
    return !this.#stream.isCongested;
  }

  sendTrailers(trailers: FieldList): void {
    if (this.#writer.end(this.#options.hasTrailers ? trailers : undefined)) this.#endRequest();
    else this.#breakRequest();
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
    this.#stream.resume();
  }

  // The wire.

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.#isInBytes = true;
    const input = this.#heads.append(bytes, start, end);
    const { limit } = this.#heads;
    for (let { at } = this.#heads; at >= 0 && at < limit; ) at = this.#take(input, at, limit);
    this.#isInBytes = false;
    // Not before all bytes are looked at: what follows a response must not become the answer to the next request.
    this.#release();
  }

  onEnd(): void {
    if (this.#reading === Reading.tunnel) this.#endResponse(NOTHING, 0, 0);
    else if (this.#reading === Reading.body && this.#reader.endsWithStream) {
      this.#keepsAlive = false;
      this.#endResponse(NOTHING, 0, 0);
    } else {
      this.#isRemoteEnd = true;
      if (this.#handler !== undefined) this.#details = 'remote_close';
      this.#stream.destroy();
      return;
    }
    this.#release();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onClose(fault: StreamFault | undefined): void {
    this.#reading = Reading.over;
    const handler = this.#handler;
    this.#handler = undefined;
    const details = fault?.message ?? this.#details;
    this.#heads.drop();
    handler?.onReset(this.#reset ?? { kind: 'connectionClosed', details });
    const isRemote = fault !== undefined || this.#isRemoteEnd;
    this.#owner.onConnectionClose({ details, isRemote, ...(this.#isProtocolError && { isProtocolError: true }) });
  }

  // The body of the response.

  onBody(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    if (isLast) this.#endResponse(bytes, start, end);
    else this.#handler?.onData(bytes, start, end, false);
  }

  onBodyEnd(trailers: FieldList | undefined): void {
    if (trailers === undefined || !this.#options.hasTrailers) {
      this.#endResponse(NOTHING, 0, 0);
      return;
    }
    const handler = this.#handler;
    this.#responseIsComplete();
    handler?.onTrailers(trailers);
  }

  #take(bytes: Buffer, at: number, limit: number): number {
    switch (this.#reading) {
      case Reading.head:
        return this.#takeHead(bytes, at, limit);
      case Reading.body: {
        const next = this.#reader.read(bytes, at, limit, this);
        if (next < 0) this.#fail('protocolError', `http1.${wireErrorInfo(next).name}`);
        return next;
      }
      case Reading.tunnel:
        this.#handler?.onData(bytes, at, limit, false);
        return limit;
      case Reading.over:
        return -1;
      default:
        // Nobody asked for this: what follows could be taken for the answer to the next request.
        this.#details = 'http1.unsolicited_bytes';
        this.#isProtocolError = true;
        this.#abort();
        return -1;
    }
  }

  #takeHead(bytes: Buffer, at: number, limit: number): number {
    const result = this.#heads.read(bytes, at, limit);
    if (result === NEED_MORE) return -1;
    let error = result;
    if (result > 0) {
      const head = this.#heads.take();
      error = this.#begin(head, bytes);
      this.#heads.settle(head);
    }
    if (error >= 0) return result;
    this.#fail('protocolError', `http1.${wireErrorInfo(error).name}`);
    return -1;
  }

  /** Hands a head on; below zero for a WireError. */
  #begin(head: ScannedResponseHead, bytes: Buffer): number {
    const { scan } = head;
    head.begin(bytes);
    const { status } = scan;
    if (status < 200 && status !== 101) {
      if (++this.#informational > MAX_INFORMATIONAL) return -WireError.tooManyInformational;
      this.#handler?.onInformational(head);
      return 0;
    }
    const request = {
      isHead: this.#isHead,
      isConnect: this.#isConnect,
      isUpgrade: this.#switch === Switch.asked && !this.#isConnect,
    };
    const kind = responseBodyKind(scan, request);
    if (kind < 0) return kind;
    const { connection, minorVersion } = scan;
    const wantsClose =
      (connection & ConnectionOption.close) !== 0 ||
      (minorVersion === 0 && (connection & ConnectionOption.keepAlive) === 0);
    if (wantsClose || kind === BodyKind.untilClose || this.#switch === Switch.asked) this.#keepsAlive = false;
    this.#reader.begin(kind, scan.contentLength);
    const isEnd = kind === BodyKind.none;
    const handler = this.#handler;
    if (kind === BodyKind.tunnel) this.#reading = Reading.tunnel;
    else if (isEnd) this.#responseIsComplete();
    else this.#reading = Reading.body;
    const wasAsked = this.#switch === Switch.asked;
    if (wasAsked) this.#settleSwitch(kind === BodyKind.tunnel);
    handler?.onHead(head, isEnd);
    // It was told to wait when it sent more than the head.
    if (wasAsked && !isEnd) this.#handler?.onDrain();
    return 0;
  }

  /** The server has agreed to another protocol, or not. */
  #settleSwitch(isAgreed: boolean): void {
    const early = this.#early;
    this.#early = [];
    this.#switch = isAgreed ? Switch.agreed : Switch.refused;
    // Without an agreement everything that was meant for the tunnel is dropped.
    if (!isAgreed) return;
    this.#writer.begin(BodyKind.tunnel, 0);
    for (const piece of early) this.#stream.write(piece, 0, piece.length);
    if (this.#isRequestDone) this.#stream.end();
  }

  #endResponse(bytes: Buffer, start: number, end: number): void {
    const handler = this.#handler;
    this.#responseIsComplete();
    handler?.onData(bytes, start, end, true);
  }

  /** The handler must not find the connection in the middle of a response when it learns of its end. */
  #responseIsComplete(): void {
    this.#reading = Reading.complete;
    this.#reader.stop();
    if (this.#isRequestDone) this.#handler = undefined;
  }

  #endRequest(): void {
    this.#isRequestDone = true;
    if (this.#switch === Switch.agreed) this.#stream.end();
    if (this.#reading !== Reading.complete) return;
    this.#handler = undefined;
    if (!this.#isInBytes) runLater(() => this.#release());
  }

  /** The request is none, or not as long as it said. Its sender learns of it after the call that did it, as the last thing. */
  #breakRequest(): void {
    this.#reset = { kind: 'localReset', details: 'http1.invalid_request' };
    this.#abort();
  }

  /** The response is complete. If the request is too, the connection is free for another exchange, or closes. */
  #release(): void {
    if (this.#reading !== Reading.complete) return;
    if (!this.#isRequestDone) {
      // The server answered early. Its answer stands; the connection cannot be used again.
      this.#keepsAlive = false;
      return;
    }
    if (!this.#keepsAlive || this.isDraining) {
      this.#reading = Reading.over;
      // A tunnel closes when what is queued has left, for both ends have ended.
      if (this.#switch !== Switch.agreed) this.#stream.destroy();
      return;
    }
    this.#reading = Reading.idle;
    this.#stream.resume();
    this.#owner.onAvailable();
  }

  #fail(kind: StreamResetKind, details: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#details = details;
    this.#isProtocolError = kind === 'protocolError';
    this.#abort();
    handler?.onReset({ kind, details });
  }

  #abort(): void {
    this.#reading = Reading.over;
    this.#reader.stop();
    this.#stream.destroy();
  }
}

/** Methods whose requests usually have no body: saying that it is empty would be noise. */
const MAY_LACK_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE', 'DELETE']);
