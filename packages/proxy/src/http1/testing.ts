/** Helpers of the tests in this folder: sessions on pipes in memory, and a peer that speaks plain text. */
import assert from 'node:assert/strict';
import { type Clock, CoarseTimers } from '@weft/core';
import type { ClientStreamHandler, ServerStream, ServerStreamHandler } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { ClientExchange, ClientLog, fieldsText, type ServerExchange, ServerLog } from '../http2/testing-handlers.ts';
import type { ByteSink, ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { MemoryPipe, type MemoryPipeOptions } from '../transport/memory-pipe.ts';
import { enter, leave } from '../transport/turn.ts';
import { Http1Client, type Http1ClientOptions } from './client-session.ts';
import { requestHeadPool, responseHeadPool } from './head-pool.ts';
import { DEFAULT_HEAD_LIMITS } from './head-scan.ts';
import { Http1Server, type Http1ServerHandler, type Http1ServerOptions } from './server-session.ts';

/** A peer that sends and receives text. */
export class TextPeer implements ByteSink {
  readonly stream: ByteStream;
  received = '';
  hasEnded = false;
  isClosed = false;
  fault: StreamFault | undefined = undefined;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.attach(this);
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.received += bytes.toString('latin1', start, end);
  }
  onEnd(): void {
    this.hasEnded = true;
  }
  onDrain(): void {}
  onClose(fault: StreamFault | undefined): void {
    this.isClosed = true;
    this.fault = fault;
  }

  say(text: string | Buffer): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    this.stream.write(bytes, 0, bytes.length);
  }

  /** What was received since the last call. */
  take(): string {
    const text = this.received;
    this.received = '';
    return text;
  }
}

/** A server's log that answers refused heads with nothing but the status, and keeps the fields of each request. */
export class Http1Log extends ServerLog implements Http1ServerHandler {
  readonly refusals: string[] = [];
  /** The fields of each request, as text. */
  readonly fields: string[] = [];

  constructor(onRequest?: (exchange: ServerExchange, endStream: boolean) => void) {
    super((exchange, endStream) => {
      this.fields.push(fieldsText(exchange.head!));
      onRequest?.(exchange, endStream);
    });
  }

  onInvalidHead(stream: ServerStream, status: number, details: string): void {
    this.refusals.push(`${status} ${details}`);
    stream.sendHead(ResponseFields.of(status), true);
  }

  onInvalidBody(stream: ServerStream, handler: ServerStreamHandler, status: number, details: string): void {
    handler.onReset({ kind: 'protocolError', details });
    this.onInvalidHead(stream, status, details);
  }
}

/** A response as its client saw it, with its fields. */
export class FieldsExchange extends ClientExchange implements ClientStreamHandler {
  fields = '';

  override onHead(head: ResponseHead, endStream: boolean): void {
    super.onHead(head, endStream);
    this.fields = fieldsText(head);
  }
}

/** Runs what is due, as a callback of the event loop would. */
export function runTurn(pipe: MemoryPipe): void {
  for (let i = 0; i < 4; i++) {
    enter();
    pipe.run();
    leave();
  }
}

/** Calls `act` as a callback of the event loop would. */
export function inTurn(act: () => void): void {
  enter();
  act();
  leave();
}

/** For tests in which no time passes. */
const STOPPED: Clock = {
  now: () => 0,
  monotonic: () => 0,
  setTimer: () => ({ cancel: () => undefined, unref: () => undefined }),
};

/** The options of a server, but for its pool. */
export const SERVER_OPTIONS: Omit<Http1ServerOptions, 'heads'> = {
  scheme: 'http',
  acceptsHttp10: true,
  http10Host: '',
  hasTrailers: true,
  underscores: 'allow',
  timers: new CoarseTimers({ clock: STOPPED }),
  headTimeoutMs: 0,
  delayedCloseMs: 100,
};

/** A server session with a text peer. */
export function serve(
  options: Partial<Http1ServerOptions> = {},
  onRequest?: (exchange: ServerExchange, endStream: boolean) => void,
  pipeOptions: MemoryPipeOptions = {},
) {
  const pipe = new MemoryPipe({ isManual: true, ...pipeOptions });
  const log = new Http1Log(onRequest);
  const complete = { heads: requestHeadPool(DEFAULT_HEAD_LIMITS), ...SERVER_OPTIONS, ...options };
  const server = new Http1Server(pipe.second, log, complete);
  server.start();
  const peer = new TextPeer(pipe.first);
  const run = (): void => runTurn(pipe);
  return {
    server,
    log,
    peer,
    pipe,
    run,
    heads: complete.heads,
    /** Sends text and returns the answer. */
    ask: (text: string | Buffer): string => {
      peer.say(text);
      run();
      return peer.take();
    },
    /** The exchange that began last. */
    last: (): ServerExchange => {
      const exchange = log.exchanges.at(-1);
      assert.ok(exchange !== undefined, 'no request has begun');
      return exchange;
    },
  };
}

/** A client session with a text peer as its server. */
export function connected(options: Partial<Http1ClientOptions> = {}, pipeOptions: MemoryPipeOptions = {}) {
  const pipe = new MemoryPipe({ isManual: true, ...pipeOptions });
  const log = new ClientLog();
  const heads = responseHeadPool(DEFAULT_HEAD_LIMITS);
  const client = new Http1Client(pipe.first, log, { heads, hasTrailers: true, ...options });
  client.start();
  const peer = new TextPeer(pipe.second);
  const run = (): void => runTurn(pipe);
  return {
    client,
    log,
    peer,
    pipe,
    run,
    heads,
    /** Begins an exchange; returns it with what the server got. */
    send: (head: RequestHead, endStream = true): FieldsExchange => {
      const exchange = new FieldsExchange();
      inTurn(() => {
        exchange.stream = client.open(exchange);
        exchange.stream.sendHead(head, endStream);
      });
      run();
      return exchange;
    },
    /** Has the server say something. */
    reply: (text: string | Buffer): void => {
      peer.say(text);
      run();
    },
  };
}

/** Sends text as a piece of a body. */
export function sendText(
  stream: { sendData(bytes: Buffer, start: number, end: number, endStream: boolean): boolean },
  text: string,
  endStream: boolean,
): boolean {
  const bytes = Buffer.from(text, 'latin1');
  return stream.sendData(bytes, 0, bytes.length, endStream);
}

/** `[name, value]` of every field. */
export function pairsOf(list: FieldList): [string, string][] {
  const pairs: [string, string][] = [];
  list.forEach((name, value) => {
    pairs.push([name, value]);
  });
  return pairs;
}
