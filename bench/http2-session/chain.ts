/** A client session, servers and, if wanted, a proxy between them, wired by pipes in memory. */
import { CoarseTimers, systemClock, systemRandom } from '@weft/core';
import {
  type ClientStream,
  type ClientStreamHandler,
  createHttp2Stats,
  type FieldList,
  Http2Client,
  Http2Server,
  http2Options,
  MemoryPipe,
  RequestFields,
  type RequestHead,
  ResponseFields,
  type ResponseHead,
  type ServerConnectionHandler,
  type ServerStream,
  type ServerStreamHandler,
} from '@weft/proxy';

const timers = new CoarseTimers({ clock: systemClock });
const stats = createHttp2Stats();
const common = { options: http2Options(), stats, clock: systemClock, timers, random: systemRandom };

const BODY = Buffer.alloc(1024, 'a');
const RESPONSE_FIELDS = [
  ['server', 'app'],
  ['content-type', 'application/json'],
  ['content-length', '1024'],
] as const;
const LINE = { method: 'GET', scheme: 'http', path: '/api/v1/products/42', authority: 'reviews.shop:9080' };
const REQUEST_FIELDS = [
  ['user-agent', 'grpc-node-js/1.14.0'],
  ['accept', 'application/json, text/plain, */*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['x-forwarded-proto', 'http'],
  ['x-forwarded-for', '10.1.2.3'],
] as const;

const QUIET = { onAvailable() {}, onDraining() {}, onConnectionClose() {} };

/** Answers every request with 1 KB from memory. */
class Responder implements ServerConnectionHandler {
  onStream(stream: ServerStream): ServerStreamHandler {
    return new Answer(stream);
  }
  onConnectionClose(): void {}
  onInvalidRequest(details: string): void {
    throw new Error(details);
  }
}

class Answer implements ServerStreamHandler {
  readonly #stream: ServerStream;
  constructor(stream: ServerStream) {
    this.#stream = stream;
  }
  onHead(_head: RequestHead, endStream: boolean): void {
    if (endStream) this.#answer();
  }
  onData(_bytes: Buffer, _start: number, _end: number, endStream: boolean): void {
    if (endStream) this.#answer();
  }
  onTrailers(): void {}
  onReset(): void {}
  onDrain(): void {}
  #answer(): void {
    this.#stream.sendHead(ResponseFields.of(200, RESPONSE_FIELDS), false);
    this.#stream.sendData(BODY, 0, BODY.length, true);
  }
}

/** Passes every request on as it came. */
class Forwarder implements ServerConnectionHandler {
  readonly #upstream: Http2Client;
  constructor(upstream: Http2Client) {
    this.#upstream = upstream;
  }
  onStream(stream: ServerStream): ServerStreamHandler {
    return new Forwarded(stream, this.#upstream);
  }
  onConnectionClose(): void {}
  onInvalidRequest(details: string): void {
    throw new Error(details);
  }
}

class Forwarded implements ServerStreamHandler, ClientStreamHandler {
  readonly #down: ServerStream;
  readonly #up: ClientStream;
  #isRequest = true;
  constructor(down: ServerStream, upstream: Http2Client) {
    this.#down = down;
    this.#up = upstream.open(this);
  }
  onHead(head: RequestHead | ResponseHead, endStream: boolean): void {
    if (this.#isRequest) this.#up.sendHead(head as RequestHead, endStream);
    else this.#down.sendHead(head as ResponseHead, endStream);
    this.#isRequest = false;
  }
  onInformational(): void {}
  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#down.sendData(bytes, start, end, endStream);
  }
  onTrailers(trailers: FieldList): void {
    this.#down.sendTrailers(trailers);
  }
  onReset(): void {}
  onDrain(): void {}
}

/** A client of one connection that keeps its streams busy. */
export class Load {
  readonly pipe: MemoryPipe;
  readonly #client: Http2Client;
  readonly #streams: number;
  done = 0;

  constructor(pipe: MemoryPipe, streams: number) {
    this.pipe = pipe;
    this.#streams = streams;
    this.#client = new Http2Client({ ...common, stream: pipe.first, handler: QUIET });
    this.#client.start();
  }

  /** Begins as many requests as there are streams. */
  begin(): void {
    for (let i = 0; i < this.#streams; i++) {
      const head = RequestFields.of(LINE, REQUEST_FIELDS);
      head.add('x-request-id', `7c9e6679-7425-40de-944b-e07fc1f9${1000 + ((this.done + i) % 9000)}`);
      this.#client.open(new Counted(this)).sendHead(head, true);
    }
  }
}

class Counted implements ClientStreamHandler {
  readonly #load: Load;
  constructor(load: Load) {
    this.#load = load;
  }
  onInformational(): void {}
  onHead(): void {}
  onData(_bytes: Buffer, _start: number, _end: number, endStream: boolean): void {
    if (endStream) this.#load.done++;
  }
  onTrailers(): void {}
  onReset(): void {
    throw new Error('a request was reset');
  }
  onDrain(): void {}
}

/** `connections` clients of servers; with `isProxied`, their requests take one more hop over a single connection. */
export class Chain {
  readonly #loads: Load[] = [];
  readonly #upstream: MemoryPipe | undefined;
  readonly #connections: number;
  readonly #streams: number;

  constructor(connections: number, streams: number, isProxied: boolean) {
    this.#connections = connections;
    this.#streams = streams;
    let handler: ServerConnectionHandler = new Responder();
    if (isProxied) {
      this.#upstream = new MemoryPipe({ isManual: true, highWaterMark: 1 << 20 });
      const client = new Http2Client({ ...common, stream: this.#upstream.first, handler: QUIET });
      client.start();
      new Http2Server({ ...common, stream: this.#upstream.second, handler }).start();
      this.#upstream.run();
      handler = new Forwarder(client);
    }
    for (let i = 0; i < connections; i++) {
      const pipe = new MemoryPipe({ isManual: true, highWaterMark: 1 << 20 });
      this.#loads.push(new Load(pipe, streams));
      new Http2Server({ ...common, stream: pipe.second, handler }).start();
      pipe.run();
    }
  }

  /** One request on every stream of every connection; returns how many that were. */
  round(): number {
    for (const load of this.#loads) {
      load.done = 0;
      load.begin();
      load.pipe.run();
    }
    if (this.#upstream !== undefined) {
      this.#upstream.run();
      for (const load of this.#loads) load.pipe.run();
    }
    const done = this.#loads.reduce((sum, load) => sum + load.done, 0);
    if (done !== this.#connections * this.#streams) throw new Error(`${done} requests were answered`);
    return done;
  }
}
