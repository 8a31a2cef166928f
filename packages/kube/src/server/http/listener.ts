/** Accepts connections and turns HTTP requests into calls of the handler, and answers into bytes. */
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps, Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { type Clock, type Logger, MeshError, systemClock, thrownMessage } from '@weft/core';
import { serviceUnavailable } from '../../shared/api-errors.ts';
import type { ApiResponse } from '../exchange.ts';
import type { ApiHandler } from '../handler.ts';
import { statusResponse } from '../status-response.ts';
import { BodyBudget } from './body-budget.ts';
import { certificateOf } from './certificate.ts';
import { noTunnels, refuseSocket, unreadable } from './refusal.ts';
import { RequestBody } from './request-body.ts';
import { type Exchange, sendBody, sendStream } from './respond.ts';
import { defaultTimeouts, type ListenerTimeouts } from './timeouts.ts';
import { splitTarget } from './url.ts';

/** Certificate, key and the CA that client certificates must come from, all PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

/** Where and how to listen. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined serves plain HTTP, for tests behind a pipe. */
  readonly tls: TlsMaterial | undefined;
  readonly handler: Pick<ApiHandler, 'handle'>;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly timeouts?: Partial<ListenerTimeouts>;
  /** Bytes of all request bodies together. */
  readonly maxBodyBytes?: number;
}

const MAX_HEADER_BYTES = 32 * 1024;
const MAX_CONNECTIONS = 30_000;
/** Hundreds of the largest bodies, thousands of usual ones. */
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

/** One listening socket. */
export class HttpListener {
  private readonly options: ListenerOptions;
  private readonly clock: Clock;
  private readonly timeouts: ListenerTimeouts;
  private readonly server: HttpServer | HttpsServer;
  private readonly budget: BodyBudget;
  /** Every open connection, those in their handshake too; written by the connection's own events. */
  private readonly sockets = new Set<Socket>();
  /** Answers that are not sent completely, and whether they are streams, which have no end of their own; written by `serve`. */
  private readonly open = new Map<ServerResponse, { readonly isStream: boolean }>();
  private isClosing = false;
  private onIdle = (): void => undefined;

  constructor(options: ListenerOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.budget = new BodyBudget(options.maxBodyBytes ?? MAX_BODIES_BYTES);
    this.server = createServer(options, this.timeouts);
    this.server.maxConnections = MAX_CONNECTIONS;
    // Node would drop headers beyond a number without a word, and one of them may say whose rights count.
    this.server.maxHeadersCount = 0;
    this.server.on('request', (request, response) => void this.serve(request, response, false));
    this.server.on('checkContinue', (request, response) => void this.serve(request, response, true));
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // A broken handshake or an unreadable request is the client's doing and must not take the server down.
    this.server.on('tlsClientError', (error: Error) =>
      options.log.debug('tls handshake failed', { error: error.message }),
    );
    this.server.on('clientError', (error: Error, socket) => this.refuseUnreadable(error, socket));
    this.server.on('connect', (_request, socket) => refuseSocket(socket, noTunnels(), this.linger));
  }

  /** Connections that are open now, those in their handshake too. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Shows another certificate to connections from now on; those that are open go on. */
  useCertificate(tls: TlsMaterial): void {
    if (this.server instanceof HttpsServer) this.server.setSecureContext(secureOptions(tls));
  }

  /** Starts to listen and returns the address; rejects with what to do when the address cannot be had. */
  start(): Promise<AddressInfo> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => reject(listenError(host, port, error));
      this.server.once('error', refuse);
      this.server.listen(port, host, () => {
        this.server.off('error', refuse);
        // Such as no more file descriptors: the connection is lost, the server is not.
        this.server.on('error', (error) => this.options.log.error('cannot accept', { error: error.message }));
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /** Accepts nothing more, lets requests under way finish for a while, then ends what is left. */
  async close(): Promise<void> {
    this.isClosing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    await this.idle();
    // Whoever still holds a connection now is not waiting for an answer: in a handshake, between requests, gone.
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Resolves when no answer is due any more, or when those that are have had their time. */
  private idle(): Promise<void> {
    const { drainMs, lingerMs } = this.timeouts;
    return new Promise((resolve) => {
      let isPatient = true;
      const drain = this.clock.setTimer(drainMs, resolve);
      // Who has not sent its whole request by then has been promised nothing.
      const linger = this.clock.setTimer(lingerMs, () => {
        isPatient = false;
        this.onIdle();
      });
      this.onIdle = () => {
        for (const [{ req }, { isStream }] of this.open) if (!isStream && (isPatient || req.complete)) return;
        drain.cancel();
        linger.cancel();
        resolve();
      };
      this.onIdle();
    });
  }

  private get linger(): { readonly clock: Clock; readonly ms: number } {
    return { clock: this.clock, ms: this.timeouts.lingerMs };
  }

  private refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
    this.options.log.debug('unreadable request', { error: error.message });
    // Once the head of an answer is on its way, or the answer to an earlier request is due, other bytes would be taken for it.
    const isOwed = [...this.open.keys()].some((r) => r.socket === socket && (r.headersSent || r.req.complete));
    if (isOwed || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuseSocket(socket, unreadable(error), this.linger);
  }

  /** Answers one request; whatever goes wrong here ends its connection and nothing else. */
  private async serve(request: IncomingMessage, response: ServerResponse, isContinueExpected: boolean): Promise<void> {
    const body = new RequestBody(request, response, { budget: this.budget, isContinueExpected });
    const exchange: Exchange = { request, response, body, clock: this.clock, timeouts: this.timeouts };
    this.open.set(response, { isStream: false });
    response.once('close', () => {
      this.open.delete(response);
      this.onIdle();
    });
    try {
      const answer = this.isClosing ? stopping() : await this.ask(request, response, body);
      if (response.destroyed) return;
      if (this.isClosing) response.setHeader('connection', 'close');
      if (answer.kind === 'body') sendBody(exchange, answer);
      else {
        this.open.set(response, { isStream: true });
        this.onIdle();
        sendStream(exchange, answer);
      }
    } catch (error: unknown) {
      this.options.log.error('an answer could not be sent', { url: request.url, why: thrownMessage(error) });
      response.destroy();
    }
  }

  private ask(request: IncomingMessage, response: ServerResponse, body: RequestBody): Promise<ApiResponse> {
    const aborted = new AbortController();
    response.once('close', () => {
      // Most requests end well, and making the reason of an abort costs as much as a small request.
      if (!response.writableFinished) aborted.abort();
    });
    const { path, query } = splitTarget(request.url ?? '/');
    return this.options.handler.handle({
      method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
      path,
      query,
      headers: request.headers as Record<string, string | undefined>,
      headerValues: (name) => request.headersDistinct[name] ?? [],
      credentials: { authorization: request.headers.authorization, ...certificateOf(request) },
      readBody: () => body.read(),
      signal: aborted.signal,
    });
  }
}

function createServer(options: ListenerOptions, timeouts: ListenerTimeouts): HttpServer | HttpsServer {
  const common = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    noDelay: true,
  };
  if (options.tls === undefined) return createHttp(common);
  return createHttps({
    ...common,
    ...secureOptions(options.tls),
    // Certificates are one way among others to say who one is, so a client without one is served too.
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: timeouts.handshakeMs,
    ALPNProtocols: ['http/1.1'],
  });
}

function secureOptions({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return { cert, key, ca: clientCa, minVersion: 'TLSv1.2' };
}

function stopping(): ApiResponse {
  return statusResponse(serviceUnavailable('the server is shutting down'));
}

const LISTEN_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there: stop it, or choose another port, such as 0 for a free one',
  EADDRNOTAVAIL: 'use an address of this machine, such as 127.0.0.1',
  EACCES: 'ports below 1024 need special rights: choose a higher one',
  ENOTFOUND: 'use an address of this machine, such as 127.0.0.1',
};

function listenError(host: string, port: number, error: Error & { readonly code?: string }): MeshError {
  const hint = LISTEN_HINTS[error.code ?? ''];
  return new MeshError('MESH_LISTEN', `cannot listen on ${host}:${port}: ${error.message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
