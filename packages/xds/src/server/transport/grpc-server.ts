// A gRPC server over node:http2 that has what the control plane needs and no more: bytes in and out, certificates that change while it
// runs, and back-pressure that reaches who sends.
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Clock, CoarseTimers, type Logger, MeshError, type Random, type Result, thrownMessage } from '@weft/core';
import { defaultGrpcServerLimits, type GrpcServerLimits } from './grpc-server-limits.ts';
import { type GrpcFailure, grpcCode } from './grpc-status.ts';
import type { GrpcCall, GrpcMethods, PeerIdentity } from './grpc-stream.ts';
import { Http2Call } from './http2-call.ts';
import { Http2Session } from './http2-session.ts';
import { type ClientCertificates, type GrpcTls, secureContextOf } from './tls-settings.ts';

/** Says who a caller is, or why the call is refused. Asked for each call, since tokens come with calls. */
export type Authenticate = (
  call: GrpcCall,
) => Result<PeerIdentity | undefined, GrpcFailure> | Promise<Result<PeerIdentity | undefined, GrpcFailure>>;

/** What a server needs. */
export interface GrpcServerOptions {
  readonly methods: GrpcMethods;
  /** Plaintext without. */
  readonly tls?: GrpcTls;
  /** `none` unless given. */
  readonly clientCertificates?: ClientCertificates;
  /** Lets everybody in unless given. */
  readonly authenticate?: Authenticate;
  readonly limits?: Partial<GrpcServerLimits>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Where a server listens; port 0 takes a free one. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** One listening socket and its connections. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #limits: GrpcServerLimits;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #timers: CoarseTimers;
  /** Connections by what node:http2 calls them; written by `#handleSession`. */
  readonly #sessions = new Map<ServerHttp2Session, Http2Session>();
  #closing: Promise<void> | undefined;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#limits = { ...defaultGrpcServerLimits, ...options.limits };
    this.#timers = new CoarseTimers({ clock: options.clock });
    this.#server = this.#create();
    this.#server.maxConnections = this.#limits.maxConnections;
    this.#server.on('session', (session: ServerHttp2Session) => this.#handleSession(session));
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.#handleStream(stream, headers),
    );
  }

  /** Where the server listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get connectionCount(): number {
    return this.#sessions.size;
  }

  /** Begins to take connections. */
  async listen({ host, port }: ListenOptions): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server.once('error', listening.reject);
    this.#server.listen({ host, port }, () => listening.resolve());
    await listening.promise;
    this.#server.off('error', listening.reject);
    this.#server.on('error', (error: Error) => this.#options.logger.error(`the gRPC server: ${error.message}`));
  }

  /** Uses other certificates for connections from now on; those that are there stay. */
  setTls(tls: GrpcTls): void {
    if (!('setSecureContext' in this.#server)) {
      throw new MeshError('MESH_INVALID_ARGUMENT', 'a plaintext server has no certificates to change');
    }
    this.#server.setSecureContext(secureContextOf(tls));
  }

  /** Takes no more connections, tells every client to go, and settles when all are gone, after the grace at the latest. */
  drain(reason = 'the server stops'): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    }).then(() => this.#timers.close());
    for (const session of [...this.#sessions.values()]) session.shutdown(reason);
    return this.#closing;
  }

  /** Cuts every connection. */
  close(): Promise<void> {
    const closed = this.drain();
    for (const session of [...this.#sessions.values()]) session.destroy();
    return closed;
  }

  #create(): Http2Server | Http2SecureServer {
    const { tls, clientCertificates = 'none', logger } = this.#options;
    const { maxConcurrentStreams, maxHeaderBytes, maxSessionMb, handshakeMs } = this.#limits;
    const http2 = {
      settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes },
      maxSessionMemory: maxSessionMb,
    };
    if (tls === undefined) return createServer(http2);
    const server = createSecureServer({
      ...http2,
      ...secureContextOf(tls),
      handshakeTimeout: handshakeMs,
      requestCert: clientCertificates !== 'none',
      // A certificate that is optional and wrong is refused by the call, which can say why.
      rejectUnauthorized: clientCertificates === 'required',
    });
    server.on('tlsClientError', (error, socket) => {
      const problem = socket.authorizationError as Error | string | null;
      logger.debug(() => `a handshake with ${socket.remoteAddress ?? 'a client'} failed: ${problem ?? error.message}`);
    });
    return server;
  }

  #handleSession(session: ServerHttp2Session): void {
    const { keepaliveMs, keepaliveTimeoutMs, maxAgeMs, maxAgeJitter, graceMs } = this.#limits;
    // Without jitter clients that came together would come again together.
    const jitter = 1 + maxAgeJitter * (2 * this.#options.random.next() - 1);
    const known = new Http2Session(session, {
      timers: this.#timers,
      keepaliveMs,
      keepaliveTimeoutMs,
      maxAgeMs: maxAgeMs * jitter,
      graceMs,
    });
    this.#sessions.set(session, known);
    session.on('close', () => this.#sessions.delete(session));
  }

  #handleStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const session = this.#sessions.get(stream.session as ServerHttp2Session);
    if (session === undefined) {
      stream.destroy();
      return;
    }
    if (headers[':method'] !== 'POST' || !(headers['content-type'] ?? '').startsWith('application/grpc')) {
      stream.on('error', () => undefined);
      stream.respond({ ':status': headers[':method'] === 'POST' ? 415 : 405 }, { endStream: true });
      return;
    }
    const call: Http2Call = new Http2Call(stream, headers, session.peer, {
      maxMessageBytes: this.#limits.maxMessageBytes,
      onOver: () => session.remove(call),
    });
    session.add(call);
    void this.#serve(call);
  }

  async #serve(call: Http2Call): Promise<void> {
    const { methods, authenticate, logger } = this.#options;
    const method = methods.get(call.method);
    if (method === undefined) {
      call.refuse({ code: grpcCode.unimplemented, message: `${call.method} is no method of this server` });
      return;
    }
    const { certificateProblem } = call.peer;
    if (certificateProblem !== undefined) {
      const message = `the client's certificate is not valid here: ${certificateProblem}`;
      call.refuse({ code: grpcCode.unauthenticated, message });
      return;
    }
    try {
      const asked = authenticate?.(call);
      const identity = asked instanceof Promise ? await asked : asked;
      if (call.isOver) return;
      if (identity?.kind === 'err') call.refuse(identity.error);
      else call.serve(method, identity?.value);
    } catch (thrown) {
      logger.error(`${call.method} from ${call.peer.address} failed: ${thrownMessage(thrown)}`);
      call.cut();
    }
  }
}
