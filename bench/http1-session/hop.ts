/** A proxy hop of two sessions between two streams that keep what they are given in memory. */
import { CoarseTimers, systemClock } from '@weft/core';
import {
  type ByteSink,
  type ByteStream,
  type ClientStream,
  type ClientStreamHandler,
  DEFAULT_HEAD_LIMITS,
  Http1Client,
  Http1Server,
  type Http1ServerHandler,
  MemoryPipe,
  type NameCase,
  type RequestHead,
  type ResponseHead,
  requestHeadPool,
  responseHeadPool,
  type ServerStream,
  type ServerStreamHandler,
} from '@weft/proxy';

const OUT_BYTES = 256 * 1024;

/** The least that a stream can be: output goes into a buffer, and that is all. */
class Sheet implements ByteStream {
  readonly connection = new MemoryPipe({ isManual: true }).first.connection;
  readonly out = Buffer.alloc(OUT_BYTES);
  readonly isCongested = false;
  readonly bytesRead = 0;
  readonly bytesWritten = 0;
  isClosed = false;
  isBatching = false;
  pendingBytes = 0;
  sink: ByteSink | undefined;

  attach(sink: ByteSink): void {
    this.sink = sink;
  }
  room(): number {
    return this.pendingBytes;
  }
  commit(end: number): void {
    this.pendingBytes = end;
  }
  write(bytes: Buffer, start: number, end: number): void {
    bytes.copy(this.out, this.pendingBytes, start, end);
    this.pendingBytes += end - start;
  }
  flush(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    throw new Error('the hop has closed a connection');
  }
}

/** One request on its way, with what a proxy changes. */
class Passage implements ServerStreamHandler, ClientStreamHandler {
  readonly #down: ServerStream;
  readonly #up: ClientStream;
  readonly #isEdited: boolean;
  #request: RequestHead | undefined;

  constructor(down: ServerStream, upstream: Http1Client, isEdited: boolean) {
    this.#down = down;
    this.#up = upstream.open(this);
    this.#isEdited = isEdited;
  }

  onHead(head: RequestHead | ResponseHead, endStream: boolean): void {
    if (this.#request === undefined) this.#passRequest(head as RequestHead, endStream);
    else this.#passResponse(head as ResponseHead, endStream);
  }
  onInformational(): void {}
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#down.sendData(bytes, start, end, endStream);
    if (endStream) this.#request?.release();
  }
  onTrailers(): void {}
  onReset(): void {
    throw new Error('the hop has lost an exchange');
  }
  onDrain(): void {}

  #passRequest(head: RequestHead, endStream: boolean): void {
    this.#request = head;
    // What a router looks at.
    if (head.method === '' || head.path === '' || head.authority === '') throw new Error('the head is empty');
    if (this.#isEdited) {
      head.set('x-forwarded-for', '10.1.2.3');
      head.set('x-forwarded-proto', 'http');
      head.set('x-envoy-expected-rq-timeout-ms', '15000');
    }
    this.#up.sendHead(head, endStream);
    head.retain();
  }

  #passResponse(head: ResponseHead, endStream: boolean): void {
    if (this.#isEdited) {
      head.set('server', 'envoy');
      head.set('x-envoy-upstream-service-time', '3');
    }
    this.#down.sendHead(head, endStream);
  }
}

const QUIET = { onAvailable() {}, onDraining() {}, onConnectionClose() {} };

/** See the file's head. */
export class Hop implements Http1ServerHandler {
  readonly #down = new Sheet();
  readonly #up = new Sheet();
  readonly #client: Http1Client;
  readonly #isEdited: boolean;

  constructor(isEdited: boolean, nameCase: NameCase) {
    this.#isEdited = isEdited;
    const server = new Http1Server(this.#down, this, {
      heads: requestHeadPool(DEFAULT_HEAD_LIMITS),
      scheme: 'http',
      acceptsHttp10: false,
      http10Host: '',
      hasTrailers: false,
      underscores: 'allow',
      nameCase,
      timers: new CoarseTimers({ clock: systemClock }),
      headTimeoutMs: 0,
      delayedCloseMs: 0,
    });
    const heads = responseHeadPool(DEFAULT_HEAD_LIMITS);
    this.#client = new Http1Client(this.#up, QUIET, { heads, hasTrailers: false, nameCase });
    this.#client.start();
    server.start();
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    return new Passage(stream, this.#client, this.#isEdited);
  }
  onInvalidHead(_stream: ServerStream, _status: number, details: string): void {
    throw new Error(details);
  }

  onInvalidBody(): void {
    throw new Error('the benchmark sent a body that is not valid');
  }
  onInvalidRequest(details: string): void {
    throw new Error(details);
  }
  onConnectionClose(): void {}

  /** Takes a request up and a response down; returns how many bytes left. */
  pass(request: Buffer, response: Buffer): number {
    const [down, up] = [this.#down, this.#up];
    down.pendingBytes = 0;
    up.pendingBytes = 0;
    down.sink!.onBytes(request, 0, request.length);
    up.sink!.onBytes(response, 0, response.length);
    return up.pendingBytes === 0 ? 0 : down.pendingBytes;
  }
}
