/** The client side of an HTTP/1 connection: one exchange at a time. */
import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientStream,
  ClientStreamHandler,
  ResetReason,
  StreamResetKind,
} from '../http/codec.ts';
import type { FieldList, RequestHead } from '../http/head.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { runLater } from '../transport/turn.ts';
import { BodyKind, responseBodyKind } from './body-framing.ts';
import { BodyReader, type BodyTarget } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import type { HeadPool } from './head-pool.ts';
import { ConnectionOption } from './head-scan.ts';
import { scanResponseHead } from './head-scanner.ts';
import { writeRequestHead } from './head-writer.ts';
import { PartialHead } from './partial-head.ts';
import { NEED_MORE } from './scan-states.ts';
import { ScannedFields } from './scanned-fields.ts';
import type { ScannedResponseHead } from './scanned-response-head.ts';
import { wireErrorInfo } from './wire-errors.ts';

/** What a connection's owner decides. */
export interface Http1ClientOptions {
  readonly heads: HeadPool<ScannedResponseHead>;
  /** Whether trailers are passed on in either direction. */
  readonly hasTrailers: boolean;
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
  /** The response is complete, the request not. */
  complete: 4,
  over: 5,
} as const;

/** See the file's head. */
export class Http1Client implements ByteSink, BodyTarget, ClientConnection, ClientStream {
  readonly protocol = 'HTTP/1.1';
  isDraining = false;
  readonly #stream: ByteStream;
  readonly #owner: ClientConnectionHandler;
  readonly #options: Http1ClientOptions;
  readonly #reader = new BodyReader();
  readonly #writer: BodyWriter;
  #reading: number = Reading.idle;
  #head: ScannedResponseHead | undefined;
  #partial: PartialHead | undefined;
  #handler: ClientStreamHandler | undefined;
  /** Of the exchange that runs. */
  #isHead = false;
  #isConnect = false;
  #isUpgrade = false;
  #isRequestDone = true;
  #keepsAlive = true;
  #informational = 0;
  #details = '';

  constructor(stream: ByteStream, owner: ClientConnectionHandler, options: Http1ClientOptions) {
    this.#stream = stream;
    this.#owner = owner;
    this.#options = options;
    this.#writer = new BodyWriter(stream);
  }

  /** Begins to read. */
  start(): void {
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
    const { method } = head;
    this.#isHead = method === 'HEAD';
    this.#isConnect = method === 'CONNECT';
    const protocol = this.#isConnect ? '' : head.protocol;
    this.#isUpgrade = protocol !== '';
    const length = head instanceof ScannedFields ? head.contentLength : contentLengthOf(head);
    let kind: number = BodyKind.none;
    let lines = '';
    if (this.#isConnect || this.#isUpgrade) {
      kind = BodyKind.tunnel;
      if (this.#isUpgrade) lines = `connection: upgrade\r\nupgrade: ${protocol}\r\n`;
    } else if (length >= 0) kind = BodyKind.length;
    else if (!endStream) {
      kind = BodyKind.chunked;
      lines = 'transfer-encoding: chunked\r\n';
    } else if (!MAY_LACK_BODY.has(method)) lines = 'content-length: 0\r\n';
    writeRequestHead(this.#stream, head, lines);
    this.#writer.begin(kind, Math.max(length, 0));
    if (endStream) this.#endRequest(length <= 0);
  }

  sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean {
    const isWhole = this.#writer.write(bytes, start, end, endStream);
    if (endStream) this.#endRequest(isWhole);
    else if (!isWhole) this.#requestIsBroken();
    return !this.#stream.isCongested;
  }

  sendTrailers(trailers: FieldList): void {
    this.#endRequest(this.#writer.end(this.#options.hasTrailers ? trailers : undefined));
  }

  reset(_reason: ResetReason): void {
    this.#handler = undefined;
    this.#reading = Reading.over;
    this.#stream.destroy();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  // The wire.

  onBytes(bytes: Buffer, start: number, end: number): void {
    let input = bytes;
    let at = start;
    let limit = end;
    if (this.#partial !== undefined) {
      input = this.#partial.append(bytes, start, end);
      at = this.#partial.scanned;
      limit = this.#partial.length;
    }
    while (at >= 0 && at < limit) at = this.#take(input, at, limit);
  }

  onEnd(): void {
    if (this.#reading === Reading.tunnel) {
      this.#endResponse(NOTHING, 0, 0);
      return;
    }
    if (this.#reading === Reading.body && this.#reader.endsWithStream) {
      this.#keepsAlive = false;
      this.#endResponse(NOTHING, 0, 0);
      return;
    }
    if (this.#handler !== undefined) this.#details = 'remote_close';
    this.#stream.destroy();
  }

  onDrain(): void {
    this.#handler?.onDrain();
  }

  onClose(fault: StreamFault | undefined): void {
    this.#reading = Reading.over;
    const handler = this.#handler;
    this.#handler = undefined;
    const details = fault?.message ?? this.#details;
    if (this.#head !== undefined) this.#options.heads.give(this.#head);
    this.#head = undefined;
    handler?.onReset({ kind: 'connectionClosed', details });
    this.#owner.onConnectionClose({ details, isRemote: fault !== undefined || this.#details !== '' });
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
    this.#release();
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
        this.#keepsAlive = false;
        this.#stream.destroy();
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
    const result = scanResponseHead(head.scan, bytes, limit);
    if (result === NEED_MORE) {
      if (this.#partial === undefined) this.#partial = new PartialHead(head.scan, bytes, limit);
      else this.#partial.scanned = limit;
      return -1;
    }
    this.#head = undefined;
    if (result < 0) {
      this.#options.heads.give(head);
      this.#fail('protocolError', `http1.${wireErrorInfo(result).name}`);
      return -1;
    }
    const hasGone = this.#begin(head, bytes);
    if (this.#partial?.bytes === bytes) this.#partial = undefined;
    return hasGone ? -1 : result;
  }

  /** True when the exchange ended in a failure. */
  #begin(head: ScannedResponseHead, bytes: Buffer): boolean {
    const { scan } = head;
    head.begin(bytes);
    const { status } = scan;
    if (status < 200 && status !== 101) return this.#informationalHead(head);
    const request = { isHead: this.#isHead, isConnect: this.#isConnect, isUpgrade: this.#isUpgrade };
    const kind = responseBodyKind(scan, request);
    if (kind < 0) {
      this.#options.heads.give(head);
      this.#fail('protocolError', `http1.${wireErrorInfo(kind).name}`);
      return true;
    }
    const { connection, minorVersion } = scan;
    const wantsClose =
      (connection & ConnectionOption.close) !== 0 ||
      (minorVersion === 0 && (connection & ConnectionOption.keepAlive) === 0);
    // A connection that was to become a tunnel, and did not, has seen bytes that are no request.
    if (wantsClose || kind === BodyKind.untilClose || this.#isUpgrade || this.#isConnect) this.#keepsAlive = false;
    this.#reader.begin(kind, scan.contentLength);
    const isEnd = kind === BodyKind.none;
    const handler = this.#handler;
    if (isEnd) this.#responseIsComplete();
    else this.#reading = kind === BodyKind.tunnel ? Reading.tunnel : Reading.body;
    handler?.onHead(head, isEnd);
    if (!head.isRetained) this.#options.heads.give(head);
    if (isEnd) this.#release();
    return false;
  }

  #informationalHead(head: ScannedResponseHead): boolean {
    if (++this.#informational > MAX_INFORMATIONAL) {
      this.#options.heads.give(head);
      this.#fail('protocolError', 'http1.too_many_informational_responses');
      return true;
    }
    this.#handler?.onInformational(head);
    this.#options.heads.give(head);
    return false;
  }

  #endResponse(bytes: Buffer, start: number, end: number): void {
    const handler = this.#handler;
    this.#responseIsComplete();
    handler?.onData(bytes, start, end, true);
    this.#release();
  }

  /** The handler must not find the connection in the middle of a response when it learns of its end. */
  #responseIsComplete(): void {
    this.#reading = Reading.complete;
    this.#reader.stop();
    if (this.#isRequestDone) this.#handler = undefined;
  }

  #endRequest(isWhole: boolean): void {
    this.#isRequestDone = true;
    if (!isWhole) {
      this.#requestIsBroken();
      return;
    }
    if (this.#writer.endsWithStream) this.#stream.end();
    if (this.#reading === Reading.complete) {
      this.#handler = undefined;
      runLater(() => this.#release());
    }
  }

  /** The request was not what its Content-Length said. Its sender learns of it after the call that did it. */
  #requestIsBroken(): void {
    runLater(() => this.#fail('localReset', 'http1.request_length_mismatch'));
  }

  /** Both directions are done: the connection is free for another exchange, or closes. */
  #release(): void {
    if (this.#reading !== Reading.complete) return;
    if (!this.#isRequestDone) {
      // The server answered early. Its answer stands; the connection cannot be used again.
      this.#keepsAlive = false;
      return;
    }
    if (!this.#keepsAlive || this.isDraining) {
      this.#reading = Reading.over;
      this.#stream.destroy();
      return;
    }
    this.#reading = Reading.idle;
    this.#stream.resume();
    this.#owner.onAvailable();
  }

  #fail(kind: StreamResetKind, details: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#reading = Reading.over;
    this.#details = details;
    this.#stream.destroy();
    handler?.onReset({ kind, details });
  }
}

/** Methods whose requests usually have no body: saying that it is empty would be noise. */
const MAY_LACK_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE']);

function contentLengthOf(head: FieldList): number {
  const text = head.get('content-length');
  return text === undefined ? -1 : Number(text);
}
