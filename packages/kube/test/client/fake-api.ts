/** An HTTP server that answers as the test says, and connections to it. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock, systemRandom } from '@weft/core';
import type { TestHooks } from '@weft/testkit';
import {
  type ClusterConnection,
  type Credentials,
  HttpTransport,
  type HttpTransportOptions,
} from '../../src/client/index.ts';

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly socket: Socket;
}

/** Answers one request. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** A running server. */
export interface FakeApi {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** Connections made so far. */
  readonly connections: number;
}

/** Answers requests one after the other; the last answer is given to all that follow. */
export async function fakeApi(hooks: TestHooks, answers: readonly Answer[], tls?: ServerOptions): Promise<FakeApi> {
  const seen: SeenRequest[] = [];
  let connections = 0;
  const listener: RequestListener = (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const { method = '', url = '', headers, socket } = message;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8'), socket };
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push(request);
      answer?.(response, request);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  hooks.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen,
    get connections() {
      return connections;
    },
  };
}

/** Answers with JSON. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

/** Answers with a `Status`. */
export function status(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return json({ kind: 'Status', apiVersion: 'v1', code, reason, message: `${reason} it is` }, code, headers);
}

/** Breaks the connection instead of answering. */
export const reset: Answer = (_response, request) => {
  request.socket.resetAndDestroy();
};

/** A connection to a URL with fixed credentials. */
export function connectionTo(url: string, extras: Partial<ClusterConnection> = {}, credentials: Credentials = {}) {
  const connection: ClusterConnection = {
    origin: 'the test',
    server: new URL(url),
    namespace: 'default',
    isTlsVerified: true,
    isCompressed: true,
    credentials: { get: () => Promise.resolve(credentials), invalidate: () => undefined },
    warnings: [],
    ...extras,
  };
  return connection;
}

/** A transport that is closed after the test. */
export function transportTo(
  hooks: TestHooks,
  connection: ClusterConnection,
  options: Partial<HttpTransportOptions> = {},
): HttpTransport {
  const base = { connection, clock: systemClock, random: systemRandom, userAgent: 'weft-test/1' };
  const transport = new HttpTransport({ ...base, ...options });
  hooks.after(() => transport.close());
  return transport;
}
