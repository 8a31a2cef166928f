import type { ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { CoarseTimer, CoarseTimers } from '@weft/core';
import type { GrpcPeer } from './grpc-stream.ts';
import type { Http2Call } from './http2-call.ts';

/** How a connection is kept and ended. */
export interface SessionOptions {
  readonly timers: CoarseTimers;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** When the client is asked to connect again. */
  readonly maxAgeMs: number;
  /** What calls have to end in after that. */
  readonly graceMs: number;
}

/** A connection: its calls, whether the other end is there, and its end in order. */
export class Http2Session {
  readonly peer: GrpcPeer;
  /** The calls that are not over; written by `add`. */
  readonly #calls = new Set<Http2Call>();
  readonly #session: ServerHttp2Session;
  readonly #options: SessionOptions;
  readonly #age: CoarseTimer;
  #keepalive: CoarseTimer;
  #cut: CoarseTimer | undefined;
  #isShutDown = false;

  constructor(session: ServerHttp2Session, options: SessionOptions) {
    this.#session = session;
    this.#options = options;
    this.peer = peerOf(session);
    const { timers, keepaliveMs, maxAgeMs } = options;
    this.#keepalive = timers.set(keepaliveMs, () => this.#ping());
    this.#age = timers.set(maxAgeMs, () => this.shutdown('the connection has reached its age'));
    session.on('close', () => this.#handleClose());
    // A broken connection is no error of the server; its calls are told by their own end.
    session.on('error', () => undefined);
  }

  add(call: Http2Call): void {
    this.#calls.add(call);
  }

  remove(call: Http2Call): void {
    this.#calls.delete(call);
  }

  /** Tells the client to go, lets calls end, and cuts what is left after a grace. */
  shutdown(reason: string): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const { timers, graceMs } = this.#options;
    this.#age.cancel();
    this.#cut = timers.set(graceMs, () => this.#session.destroy());
    this.#session.close();
    for (const call of [...this.#calls]) call.shutdown(reason);
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#session.destroy();
  }

  #ping(): void {
    const { timers, keepaliveMs, keepaliveTimeoutMs } = this.#options;
    if (this.#session.destroyed) return;
    // Whoever does not answer is not there, or would keep a stream that nobody reads.
    const timeout = timers.set(keepaliveTimeoutMs, () => this.#session.destroy());
    this.#keepalive = timeout;
    this.#session.ping((error) => {
      timeout.cancel();
      if (error === null && !this.#session.destroyed) this.#keepalive = timers.set(keepaliveMs, () => this.#ping());
    });
  }

  #handleClose(): void {
    this.#age.cancel();
    this.#keepalive.cancel();
    this.#cut?.cancel();
  }
}

/** Who is there. Read once a connection: certificates are costly to take apart. */
function peerOf(session: ServerHttp2Session): GrpcPeer {
  const { socket } = session;
  const address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
  if (!session.encrypted) return { address, isTls: false, certificate: undefined, certificateProblem: undefined };
  const { authorized, authorizationError } = socket as TLSSocket;
  const shown = (socket as TLSSocket).getPeerX509Certificate();
  return {
    address,
    isTls: true,
    certificate: shown !== undefined && authorized ? shown.raw : undefined,
    certificateProblem: shown === undefined || authorized ? undefined : String(authorizationError),
  };
}
