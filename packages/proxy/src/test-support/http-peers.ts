/** Servers and clients of HTTP for tests, none of them ours. */
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { eventuallyPasses } from '@weft/testkit';
import type { StreamSummary, TestProxy } from './test-proxy.ts';

const http = process.getBuiltinModule('node:http');

/** Listens on a port of the system's choice until the test ends. */
export async function listen(t: TestContext, server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers HTTP/1. */
export async function httpServer(t: TestContext, handle: RequestListener): Promise<number> {
  const server = http.createServer(handle);
  t.after(() => server.closeAllConnections());
  return listen(t, server);
}

/** What a client saw. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

/** Sends one request by HTTP/1 and reads the whole answer. */
export function request(
  port: number,
  options: {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    agent?: unknown;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = http.request({ host: '127.0.0.1', port, ...rest } as never, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
          trailers: response.trailers,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Answers with what arrived, as JSON. */
export const echo: RequestListener = (incoming, outgoing) => {
  const pieces: Buffer[] = [];
  incoming.on('data', (piece: Buffer) => pieces.push(piece));
  incoming.on('end', () => {
    const { method, url, headers } = incoming;
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }));
  });
};

/** Answers the same always. */
export function reply(status: number, body = ''): RequestListener {
  return (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.statusCode = status;
    outgoing.end(body);
  };
}

/** What the access log would say last. */
export async function lastLog(proxy: TestProxy): Promise<StreamSummary> {
  await eventuallyPasses(() => assert.ok(proxy.log.length > 0));
  return proxy.log.at(-1)!;
}

/** A port where nobody listens. */
export async function closedPort(t: TestContext): Promise<number> {
  const server = createServer();
  const port = await listen(t, server);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** A raw connection to a proxy, with everything that came by it so far. */
export interface RawClient {
  readonly socket: Socket;
  text(): string;
  /** Waits until this has come. */
  saw(pattern: RegExp): Promise<void>;
  /** Waits until the other side has ended. */
  readonly ended: Promise<unknown>;
}

/** Connects and sends. */
export function rawClient(t: TestContext, port: number, sent: string): RawClient {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
  });
  const ended = new Promise((resolve) => {
    socket.once('end', resolve);
    socket.once('error', resolve);
  });
  socket.write(sent, 'latin1');
  return { socket, text: () => text, saw: (pattern) => eventuallyPasses(() => assert.match(text, pattern)), ended };
}
