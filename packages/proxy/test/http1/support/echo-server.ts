import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { CoarseTimers, systemClock } from '@weft/core';
import type { ConnectionEnd, ServerStream, ServerStreamHandler, StreamReset } from '../../../src/http/codec.ts';
import type { FieldList, RequestHead } from '../../../src/http/head.ts';
import { ResponseFields } from '../../../src/http/response-fields.ts';
import { requestHeadPool } from '../../../src/http1/head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from '../../../src/http1/head-scan.ts';
import { Http1Server, type Http1ServerHandler, type Http1ServerOptions } from '../../../src/http1/server-session.ts';
import type { ByteStream } from '../../../src/transport/byte-stream.ts';
import { TcpListener } from '../../../src/transport/tcp-listener.ts';

/** What the first bytes of a large response are made of, again and again. */
export const BLOCK = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251));

/** Answers by the path: `/status/N`, `/big/BLOCKS`, `/hold` not at all; any other gets its own method, path and body back. */
class EchoExchange implements ServerStreamHandler {
  readonly #stream: ServerStream;
  readonly #server: EchoServer;
  #blocks = 0;

  constructor(stream: ServerStream, server: EchoServer) {
    this.#stream = stream;
    this.#server = server;
  }

  onHead(head: RequestHead, endStream: boolean): void {
    const { method, path, protocol } = head;
    const [, first = '', second = ''] = path.split('/');
    const echoed = ['x-echo', 'x-forwarded-for'].flatMap((name) => {
      const value = head.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const own = [['x-method', method], ['x-path', path], ['x-authority', head.authority], ...echoed] as const;
    if (head.get('expect') === '100-continue' && !endStream) this.#stream.sendInformational(ResponseFields.of(100));
    if (first === 'hold') this.#server.held.push(this.#stream);
    else if (protocol !== '') this.#stream.sendHead(ResponseFields.of(101, own), false);
    else if (method === 'CONNECT') this.#stream.sendHead(ResponseFields.of(200, own), false);
    else if (first === 'status') this.#stream.sendHead(ResponseFields.of(Number(second), own), true);
    else if (first === 'big') {
      this.#blocks = Number(second);
      const length = ['content-length', String(this.#blocks * BLOCK.length)] as const;
      this.#stream.sendHead(ResponseFields.of(200, [...own, length]), false);
      this.#sendBlocks();
    } else this.#stream.sendHead(ResponseFields.of(200, own), endStream);
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#server.receivedBytes += end - start;
    if (!this.#stream.sendData(bytes, start, end, endStream)) this.#stream.pause();
  }

  onTrailers(trailers: FieldList): void {
    this.#stream.sendTrailers(trailers);
  }

  onReset(reset: StreamReset): void {
    this.#server.resets.push(`${reset.kind} ${reset.details}`);
  }

  onDrain(): void {
    if (this.#blocks > 0) this.#sendBlocks();
    else this.#stream.resume();
  }

  #sendBlocks(): void {
    while (this.#blocks > 0) {
      this.#blocks--;
      if (!this.#stream.sendData(BLOCK, 0, BLOCK.length, this.#blocks === 0)) return;
    }
  }
}

/** A server of our sessions on a socket. */
export class EchoServer implements Http1ServerHandler {
  readonly resets: string[] = [];
  readonly refusals: string[] = [];
  readonly ends: ConnectionEnd[] = [];
  readonly held: ServerStream[] = [];
  readonly streams: ByteStream[] = [];
  readonly sessions: Http1Server[] = [];
  requests = 0;
  receivedBytes = 0;
  port = 0;

  /** Starts one that ends with the test. */
  static async start(
    t: TestContext,
    isPublic: boolean,
    options: Partial<Http1ServerOptions> = {},
  ): Promise<EchoServer> {
    const server = new EchoServer();
    const timers = new CoarseTimers({ clock: systemClock, tickMs: 10 });
    const complete: Http1ServerOptions = {
      heads: requestHeadPool(DEFAULT_HEAD_LIMITS),
      scheme: 'http',
      acceptsHttp10: true,
      http10Host: '',
      hasTrailers: true,
      underscores: 'allow',
      timers,
      headTimeoutMs: 0,
      delayedCloseMs: 1000,
      ...options,
    };
    const listener = new TcpListener({
      listen: { host: '127.0.0.1', port: 0 },
      isPublic,
      onAccept: ({ stream }) => {
        const session = new Http1Server(stream, server, complete);
        server.streams.push(stream);
        server.sessions.push(session);
        session.start();
      },
    });
    await listener.start();
    server.port = (listener.address as unknown as AddressInfo).port;
    t.after(() => {
      listener.close();
      for (const session of server.sessions) session.close();
      timers.close();
    });
    return server;
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    this.requests++;
    return new EchoExchange(stream, this);
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

  onConnectionClose(end: ConnectionEnd): void {
    this.ends.push(end);
  }
}
