/** A proxy of nothing but the two sessions, for tests: a request goes on as it came, and so does its response. */
import type {
  ClientStream,
  ClientStreamHandler,
  ServerStream,
  ServerStreamHandler,
  StreamReset,
} from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { ResponseFields } from '../http/response-fields.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import { Http1Client } from './client-session.ts';
import { type HeadPool, responseHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';
import type { ScannedResponseHead } from './scanned-response-head.ts';
import type { Http1ServerHandler } from './server-session.ts';

/** One request on its way. */
class Forwarded implements ServerStreamHandler {
  readonly #down: ServerStream;
  readonly #owner: Forwarder;
  #up: ClientStream | undefined;
  #isOver = false;

  constructor(down: ServerStream, owner: Forwarder) {
    this.#down = down;
    this.#owner = owner;
    if (owner.client.freeStreams === 0) return;
    owner.forwarded++;
    this.#up = owner.client.open(this.#responses());
  }

  onHead(head: RequestHead, endStream: boolean): void {
    if (this.#up !== undefined) this.#up.sendHead(head, endStream);
    else this.#down.sendHead(ResponseFields.of(503), true);
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#up?.sendData(bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    this.#up?.sendTrailers(trailers);
  }

  onReset(reset: StreamReset): void {
    this.#owner.resets.push(reset);
    this.#isOver = true;
    this.#up?.reset('cancel');
  }

  onDrain(): void {}

  #responses(): ClientStreamHandler {
    const down = this.#down;
    return {
      onInformational: (head) => down.sendInformational(head),
      onHead: (head: ResponseHead, endStream) => {
        if (!this.#isOver) down.sendHead(head, endStream);
      },
      onData: (bytes, start, end, endStream) => {
        if (!this.#isOver) down.sendData(bytes, start, end, endStream);
      },
      onTrailers: (trailers) => {
        if (!this.#isOver) down.sendTrailers(trailers);
      },
      onReset: (reset) => {
        this.#owner.resets.push(reset);
        if (!this.#isOver) down.reset('internalError');
        this.#isOver = true;
      },
      onDrain: () => undefined,
    };
  }
}

/** Takes the requests of one connection and sends them on another. */
export class Forwarder implements Http1ServerHandler {
  readonly client: Http1Client;
  readonly heads: HeadPool<ScannedResponseHead> = responseHeadPool(DEFAULT_HEAD_LIMITS);
  readonly refusals: string[] = [];
  readonly resets: StreamReset[] = [];
  requests = 0;
  /** Those for which there was a connection. */
  forwarded = 0;
  hasEnded = false;

  constructor(upstream: ByteStream) {
    const quiet = { onAvailable: () => undefined, onDraining: () => undefined, onConnectionClose: () => undefined };
    this.client = new Http1Client(upstream, quiet, { heads: this.heads, hasTrailers: true });
    this.client.start();
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    this.requests++;
    return new Forwarded(stream, this);
  }

  onInvalidHead(stream: ServerStream, status: number, details: string): void {
    this.refusals.push(`${status} ${details}`);
    stream.sendHead(ResponseFields.of(status), true);
  }

  onInvalidBody(stream: ServerStream, handler: ServerStreamHandler, status: number, details: string): void {
    handler.onReset({ kind: 'protocolError', details });
    this.onInvalidHead(stream, status, details);
  }

  onInvalidRequest(): void {}

  onConnectionClose(): void {
    this.hasEnded = true;
  }
}
