/** One client connection of a connection manager: its codec, its streams, and when it closes. */
import type { CoarseTimer } from '@weft/core';
import type { MetadataSource } from '@weft/engine';
import { Http1Server, type Http1ServerHandler } from '../../http1/server-session.ts';
import { Http2Server } from '../../http2/http2-server.ts';
import type { ByteStream } from '../../transport/byte-stream.ts';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import type { ConnectionEnd, ServerConnection, ServerStream, ServerStreamHandler } from '../codec.ts';
import { CodecDetector } from './codec-detector.ts';
import type { Closable, ConnectionServices } from './connection-services.ts';
import { Exchange, type ExchangeOwner } from './exchange.ts';
import { MANAGER_STAT } from './manager-stats.ts';
import type { RecordSource } from './stream-record.ts';
import type { RedirectHistory, Terminal, TerminalHost } from './terminal.ts';
import type { TimedStream } from './timed-stream.ts';

/** What the listener knows of a connection beyond the connection itself. */
export interface ConnectionOrigin {
  readonly filterChainName: string;
  readonly listenerMetadata: MetadataSource;
  readonly filterState: ReadonlyMap<string, string> | undefined;
}

/** See the file's head. */
export class DownstreamConnection implements Http1ServerHandler, RecordSource, ExchangeOwner, Closable {
  readonly services: ConnectionServices;
  readonly connection: ConnectionInfo;
  readonly filterChainName: string;
  readonly listenerMetadata: MetadataSource;
  readonly filterState: ReadonlyMap<string, string> | undefined;
  readonly #stream: ByteStream;
  readonly #openedMs: number;
  #codec: ServerConnection | undefined;
  #http1: Http1Server | undefined;
  #isHttp2 = false;
  #active = 0;
  #requests = 0;
  #isDraining = false;
  #idleTimer: CoarseTimer | undefined;
  #durationTimer: CoarseTimer | undefined;
  #drainTimer: CoarseTimer | undefined;

  constructor(services: ConnectionServices, stream: ByteStream, connection: ConnectionInfo, origin: ConnectionOrigin) {
    this.services = services;
    this.connection = connection;
    this.filterChainName = origin.filterChainName;
    this.listenerMetadata = origin.listenerMetadata;
    this.filterState = origin.filterState;
    this.#stream = stream;
    this.#openedMs = services.clock.monotonic();
  }

  /** Begins to serve; `first` is what was read of the connection before. */
  start(first: Buffer | undefined): void {
    const { stats, runtime, timers } = this.services;
    stats[MANAGER_STAT.downstream_cx_total]! += 1;
    stats[MANAGER_STAT.downstream_cx_active]! += 1;
    if (this.connection.tls !== undefined) {
      stats[MANAGER_STAT.downstream_cx_ssl_total]! += 1;
      stats[MANAGER_STAT.downstream_cx_ssl_active]! += 1;
    }
    const { idleTimeoutMs, maxConnectionDurationMs } = runtime.http;
    if (idleTimeoutMs > 0) this.#idleTimer = timers.set(idleTimeoutMs, () => this.#onIdle());
    if (maxConnectionDurationMs > 0) {
      this.#durationTimer = timers.set(maxConnectionDurationMs, () => this.#onOld());
    }
    const codec = this.#knownCodec();
    if (codec !== undefined) this.#speak(codec === 'http2', first);
    else this.#detect(first);
  }

  /** No more requests; closes when those under way have ended. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#codec?.drain();
    if (this.#isHttp2) return;
    // An HTTP/1 client that says nothing is not told to leave: it is left to itself for a while.
    const { timers, runtime } = this.services;
    this.#drainTimer = timers.set(runtime.drainTimeoutMs, () => {
      if (this.#codec === undefined) this.#stream.destroy();
      else this.#http1?.closeIdle();
    });
  }

  closeBehind(): void {
    this.#http1?.drain();
  }

  /** Closes whatever is under way. */
  close(): void {
    this.#stream.destroy();
  }

  /** How many requests are under way. */
  get activeStreams(): number {
    return this.#active;
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    const { stats, runtime } = this.services;
    this.#requests++;
    this.#countStream();
    const { maxRequestsPerConnection } = runtime.http;
    if (maxRequestsPerConnection > 0 && this.#requests === maxRequestsPerConnection) {
      stats[MANAGER_STAT.downstream_cx_max_requests_reached]! += 1;
      this.drain();
    }
    return new Exchange(this, stream);
  }

  succeed(stream: ServerStream, redirects: RedirectHistory): Exchange {
    this.#countStream();
    return new Exchange(this, stream, redirects);
  }

  createTerminal(stream: TerminalHost): Terminal {
    return this.services.createTerminal(stream);
  }

  onInvalidHead(stream: ServerStream, status: number, details: string): void {
    const exchange = this.onStream(stream) as Exchange;
    exchange.refuse(status, details);
  }

  onInvalidBody(_stream: ServerStream, handler: ServerStreamHandler, status: number, details: string): void {
    (handler as Exchange).refuseBody(status, details);
  }

  onInvalidRequest(_details: string): void {
    this.services.stats[MANAGER_STAT.downstream_cx_protocol_error]! += 1;
  }

  onConnectionClose(end: ConnectionEnd): void {
    const { services } = this;
    const { stats } = services;
    this.#idleTimer?.cancel();
    this.#durationTimer?.cancel();
    this.#drainTimer?.cancel();
    stats[MANAGER_STAT.downstream_cx_active]! -= 1;
    stats[MANAGER_STAT.downstream_cx_destroy]! += 1;
    stats[end.isRemote ? MANAGER_STAT.downstream_cx_destroy_remote : MANAGER_STAT.downstream_cx_destroy_local]! += 1;
    if (this.connection.tls !== undefined) stats[MANAGER_STAT.downstream_cx_ssl_active]! -= 1;
    if (this.#codec !== undefined) {
      stats[this.#isHttp2 ? MANAGER_STAT.downstream_cx_http2_active : MANAGER_STAT.downstream_cx_http1_active]! -= 1;
    }
    stats[MANAGER_STAT.downstream_cx_rx_bytes_total]! += this.#stream.bytesRead;
    stats[MANAGER_STAT.downstream_cx_tx_bytes_total]! += this.#stream.bytesWritten;
    services.connectionLength.record(Math.round(services.clock.monotonic() - this.#openedMs));
    services.handleClose(this);
  }

  /** A stream has ended. */
  handleEnd(stream: TimedStream): void {
    this.#active--;
    this.services.stats[MANAGER_STAT.downstream_rq_active]! -= 1;
    this.services.handleEnd(stream);
    this.#idleTimer?.refresh();
  }

  #countStream(): void {
    const { stats } = this.services;
    this.#active++;
    stats[MANAGER_STAT.downstream_rq_total]! += 1;
    stats[MANAGER_STAT.downstream_rq_active]! += 1;
    stats[this.#isHttp2 ? MANAGER_STAT.downstream_rq_http2_total : MANAGER_STAT.downstream_rq_http1_total]! += 1;
  }

  #knownCodec(): 'http1' | 'http2' | undefined {
    const { codec } = this.services.runtime;
    if (codec !== 'auto') return codec;
    const [alpn] = this.connection.tls === undefined ? [] : this.connection.applicationProtocols;
    if (alpn === 'h2') return 'http2';
    return alpn === 'http/1.1' || alpn === 'http/1.0' ? 'http1' : undefined;
  }

  #detect(first: Buffer | undefined): void {
    const detector = new CodecDetector(
      this.#stream,
      (isHttp2, bytes) => this.#speak(isHttp2, bytes),
      (fault) => this.onConnectionClose({ details: fault?.message ?? '', isRemote: true }),
    );
    this.#stream.attach(detector);
    if (first !== undefined && first.length > 0) detector.onBytes(first, 0, first.length);
  }

  #speak(isHttp2: boolean, first: Buffer | undefined): void {
    const { services } = this;
    const { stats } = services;
    this.#isHttp2 = isHttp2;
    stats[isHttp2 ? MANAGER_STAT.downstream_cx_http2_total : MANAGER_STAT.downstream_cx_http1_total]! += 1;
    stats[isHttp2 ? MANAGER_STAT.downstream_cx_http2_active : MANAGER_STAT.downstream_cx_http1_active]! += 1;
    const isTls = this.connection.tls !== undefined;
    if (isHttp2) {
      const session = new Http2Server({ ...services.http2Parts, stream: this.#stream, handler: this });
      this.#codec = session;
      session.start();
      if (first !== undefined && first.length > 0) session.onBytes(first, 0, first.length);
    } else {
      const session = new Http1Server(this.#stream, this, isTls ? services.https1Options : services.http1Options);
      this.#codec = session;
      this.#http1 = session;
      session.start(first);
    }
    if (this.#isDraining) this.#codec.drain();
  }

  #onOld(): void {
    this.services.stats[MANAGER_STAT.downstream_cx_max_duration_reached]! += 1;
    this.drain();
  }

  #onIdle(): void {
    if (this.#active > 0) {
      this.#idleTimer = this.services.timers.set(this.services.runtime.http.idleTimeoutMs, () => this.#onIdle());
      return;
    }
    this.services.stats[MANAGER_STAT.downstream_cx_idle_timeout]! += 1;
    if (this.#http1 !== undefined) this.#http1.closeIdle();
    else if (this.#codec !== undefined) this.#codec.drain();
    else this.#stream.destroy();
  }
}
