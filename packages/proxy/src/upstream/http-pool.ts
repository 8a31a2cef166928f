/**
 * The connections to one host for one protocol, and the requests that wait for one. Connections with room are a stack: the one used last is the one
 * that is warm in every cache, and the others may grow idle and go.
 */
import type { Clock, CoarseTimers } from '@weft/core';
import type {
  ClientConnection,
  ClientConnectionHandler,
  ClientStream,
  ClientStreamHandler,
  ConnectionEnd,
  StreamResetKind,
} from '../http/codec.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { CLUSTER_STAT } from './cluster-stats.ts';
import type { Resources } from './resources.ts';

/** A connection that is being made. */
export interface ConnectionAttempt {
  /** Gives up; no callback follows. */
  cancel(): void;
}

/** Takes the outcome of an attempt, once and later. */
export interface AttemptHandler {
  onConnected(
    connect: (handler: ClientConnectionHandler) => ClientConnection,
    info: ConnectionInfo,
    isHttp2: boolean,
  ): void;
  onFailed(details: string): void;
}

/** Counts the connections of a host. */
export interface ConnectionCounts {
  activeConnections: number;
  totalConnections: number;
}

/** What a pool needs of its cluster and host. */
export interface HttpPoolParts {
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  /** Of the host. */
  readonly counts: ConnectionCounts;
  /** Begins to connect, with TLS and the codec on top. */
  readonly connect: (handler: AttemptHandler) => ConnectionAttempt;
  readonly resources: Resources;
  /** The cluster's counters and gauges. */
  readonly stats: Float64Array;
  readonly options: HttpPoolOptions;
}

/** The rules of a pool; times in milliseconds, 0 for none. */
export interface HttpPoolOptions {
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxRequestsPerConnection: number;
  /** Requests a new connection is expected to carry at once: 1 for HTTP/1. */
  readonly expectedStreams: number;
}

/** Takes the outcome of asking for a stream that was not ready at once. */
export interface StreamWaiter {
  onReady(connection: PooledConnection): void;
  onFailure(kind: StreamResetKind, details: string): void;
}

/** Asking goes on. */
export interface WaitingRequest {
  cancel(): void;
}

/** One connection of a pool. */
export class PooledConnection implements ClientConnectionHandler {
  readonly info: ConnectionInfo;
  readonly client: ClientConnection;
  readonly #pool: HttpPool;
  readonly openedMs: number;
  idleSinceMs: number;
  requests = 0;
  /** Whether it is on the pool's stack of connections with room. */
  isListed = false;

  constructor(
    pool: HttpPool,
    connect: (handler: ClientConnectionHandler) => ClientConnection,
    info: ConnectionInfo,
    nowMs: number,
  ) {
    this.#pool = pool;
    this.info = info;
    this.openedMs = nowMs;
    this.idleSinceMs = nowMs;
    this.client = connect(this);
  }

  /** Begins an exchange. */
  open(handler: ClientStreamHandler): ClientStream {
    this.requests++;
    return this.client.open(handler);
  }

  onAvailable(): void {
    this.#pool.handleAvailable(this);
  }

  onDraining(): void {
    this.#pool.handleDraining(this);
  }

  onConnectionClose(end: ConnectionEnd): void {
    this.#pool.handleClose(this, end);
  }
}

class Waiter implements WaitingRequest {
  readonly waiter: StreamWaiter;
  readonly #onCancel: (waiter: Waiter) => void;

  constructor(waiter: StreamWaiter, onCancel: (waiter: Waiter) => void) {
    this.waiter = waiter;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    this.#onCancel(this);
  }
}

class Attempt implements AttemptHandler {
  readonly #pool: HttpPool;
  connecting: ConnectionAttempt | undefined;
  timer: { cancel(): void } | undefined;

  constructor(pool: HttpPool) {
    this.#pool = pool;
  }

  onConnected(
    connect: (handler: ClientConnectionHandler) => ClientConnection,
    info: ConnectionInfo,
    isHttp2: boolean,
  ): void {
    this.#pool.countProtocol(isHttp2);
    this.#pool.handleConnected(this, connect, info);
  }

  onFailed(details: string): void {
    this.#pool.handleConnectFailure(this, 'connectionFailed', details);
  }
}

/** Idle connections are looked at so often. */
const SWEEP_MS = 1000;

/** See the file's head. */
export class HttpPool {
  readonly #parts: HttpPoolParts;
  /** Every connection that is up. */
  readonly #connections = new Set<PooledConnection>();
  /** Those with room; the last is taken first. An entry may have lost its room since: the taker looks. */
  readonly #ready: PooledConnection[] = [];
  readonly #attempts = new Set<Attempt>();
  readonly #waiting = new Set<Waiter>();
  #sweep: { cancel(): void } | undefined;
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  constructor(parts: HttpPoolParts) {
    this.#parts = parts;
  }

  /** Connections that are up. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Requests that wait for a connection. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** A connection that takes a request now; undefined when there is none: wait(). */
  takeReady(): PooledConnection | undefined {
    const ready = this.#ready;
    for (let last = ready.length - 1; last >= 0; last--) {
      const connection = ready[last]!;
      const free = connection.client.freeStreams;
      // One with a single place left is given away here, the others stay on top.
      if (free <= 1) {
        ready.pop();
        connection.isListed = false;
      }
      if (free > 0) return connection;
    }
    return undefined;
  }

  /** Waits for a connection, which is made unless enough are on their way. The waiter is called later, once. */
  wait(waiter: StreamWaiter): WaitingRequest | 'overflow' {
    const { resources, stats } = this.#parts;
    if (!resources.pending.isAvailable) {
      stats[CLUSTER_STAT.upstream_rq_pending_overflow]! += 1;
      return 'overflow';
    }
    resources.pending.used++;
    stats[CLUSTER_STAT.upstream_rq_pending_total]! += 1;
    stats[CLUSTER_STAT.upstream_rq_pending_active]! += 1;
    const entry = new Waiter(waiter, (waiting) => this.#stopWaiting(waiting));
    this.#waiting.add(entry);
    if (!this.#connectMore()) {
      this.#stopWaiting(entry);
      return 'overflow';
    }
    return entry;
  }

  /**
   * No new requests; those that wait are served. Connections close as they become idle. `onEmpty` is called when the last has gone.
   */
  drain(onEmpty: () => void): void {
    this.#isDraining = true;
    this.#onEmpty = onEmpty;
    for (const connection of [...this.#connections]) connection.client.drain();
    this.#checkEmpty();
  }

  /** Closes everything at once. */
  close(): void {
    this.#isDraining = true;
    for (const attempt of [...this.#attempts]) this.#endAttempt(attempt, true);
    for (const connection of [...this.#connections]) connection.client.close();
  }

  /** A connection has room. */
  handleAvailable(connection: PooledConnection): void {
    const { maxRequestsPerConnection } = this.#parts.options;
    if (maxRequestsPerConnection > 0 && connection.requests >= maxRequestsPerConnection) {
      if (!connection.client.isDraining) {
        this.#parts.stats[CLUSTER_STAT.upstream_cx_max_requests]! += 1;
        connection.client.drain();
      }
      return;
    }
    while (this.#waiting.size > 0 && connection.client.freeStreams > 0) this.#serveNext(connection);
    if (this.#isDraining && this.#waiting.size === 0) {
      connection.client.drain();
      return;
    }
    if (connection.client.freeStreams > 0 && !connection.isListed) {
      connection.isListed = true;
      this.#ready.push(connection);
    }
    if (connection.client.activeStreams === 0) {
      connection.idleSinceMs = this.#parts.clock.monotonic();
      this.#armSweep();
    }
  }

  /** A connection takes no more requests. */
  handleDraining(connection: PooledConnection): void {
    this.#unlist(connection);
  }

  /** A connection has gone. */
  handleClose(connection: PooledConnection, end: ConnectionEnd): void {
    const { stats, resources, counts } = this.#parts;
    this.#connections.delete(connection);
    this.#unlist(connection);
    resources.connections.used--;
    counts.activeConnections--;
    stats[CLUSTER_STAT.upstream_cx_active]! -= 1;
    stats[CLUSTER_STAT.upstream_cx_destroy]! += 1;
    stats[end.isRemote ? CLUSTER_STAT.upstream_cx_destroy_remote : CLUSTER_STAT.upstream_cx_destroy_local]! += 1;
    if (end.isProtocolError === true) stats[CLUSTER_STAT.upstream_cx_protocol_error]! += 1;
    if (this.#waiting.size > 0) this.#connectMore();
    this.#checkEmpty();
  }

  /** A connection is about to speak this. */
  countProtocol(isHttp2: boolean): void {
    this.#parts.stats[isHttp2 ? CLUSTER_STAT.upstream_cx_http2_total : CLUSTER_STAT.upstream_cx_http1_total]! += 1;
  }

  /** An attempt has succeeded. */
  handleConnected(
    attempt: Attempt,
    connect: (handler: ClientConnectionHandler) => ClientConnection,
    info: ConnectionInfo,
  ): void {
    this.#endAttempt(attempt, false);
    const connection = new PooledConnection(this, connect, info, this.#parts.clock.monotonic());
    this.#connections.add(connection);
    this.handleAvailable(connection);
    // An HTTP/2 peer says only later how many streams it takes.
    if (this.#waiting.size > 0) this.#connectMore();
  }

  /** An attempt has failed: the requests that counted on it fail with it. */
  handleConnectFailure(attempt: Attempt, kind: StreamResetKind, details: string): void {
    const { stats, resources, counts } = this.#parts;
    this.#endAttempt(attempt, kind === 'connectTimeout');
    resources.connections.used--;
    counts.activeConnections--;
    stats[CLUSTER_STAT.upstream_cx_active]! -= 1;
    stats[CLUSTER_STAT.upstream_cx_connect_fail]! += 1;
    if (kind === 'connectTimeout') stats[CLUSTER_STAT.upstream_cx_connect_timeout]! += 1;
    // As in Envoy, every request that waits on this host fails: a retry may choose another one.
    const failed = [...this.#waiting];
    for (const waiting of failed) this.#stopWaiting(waiting);
    if (failed.length > 0) stats[CLUSTER_STAT.upstream_rq_pending_failure_eject]! += failed.length;
    for (const { waiter } of failed) waiter.onFailure(kind, details);
    this.#checkEmpty();
  }

  /** Whether those who wait can count on a connection. */
  #connectMore(): boolean {
    const { expectedStreams } = this.#parts.options;
    while (this.#attempts.size * expectedStreams < this.#waiting.size) {
      // Envoy lets the first connection of a host be made whatever the limit says, or the host could never be used.
      if (!this.#mayConnect()) return this.#attempts.size + this.#connections.size > 0;
      this.#connect();
    }
    return true;
  }

  #mayConnect(): boolean {
    const { resources, stats } = this.#parts;
    if (resources.connections.isAvailable) return true;
    if (this.#connections.size + this.#attempts.size === 0) return true;
    stats[CLUSTER_STAT.upstream_cx_overflow]! += 1;
    return false;
  }

  #connect(): void {
    const { resources, stats, options, timers, connect, counts } = this.#parts;
    resources.connections.used++;
    counts.activeConnections++;
    counts.totalConnections++;
    stats[CLUSTER_STAT.upstream_cx_total]! += 1;
    stats[CLUSTER_STAT.upstream_cx_active]! += 1;
    const attempt = new Attempt(this);
    this.#attempts.add(attempt);
    attempt.timer = timers.set(options.connectTimeoutMs, () =>
      this.handleConnectFailure(attempt, 'connectTimeout', 'connection_timeout'),
    );
    attempt.connecting = connect(attempt);
  }

  #endAttempt(attempt: Attempt, isCancelled: boolean): void {
    this.#attempts.delete(attempt);
    attempt.timer?.cancel();
    if (isCancelled) attempt.connecting?.cancel();
  }

  #serveNext(connection: PooledConnection): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#stopWaiting(first);
    first.waiter.onReady(connection);
  }

  #stopWaiting(waiter: Waiter): void {
    if (!this.#waiting.delete(waiter)) return;
    this.#parts.resources.pending.used--;
    this.#parts.stats[CLUSTER_STAT.upstream_rq_pending_active]! -= 1;
  }

  #unlist(connection: PooledConnection): void {
    if (!connection.isListed) return;
    connection.isListed = false;
    const at = this.#ready.lastIndexOf(connection);
    if (at >= 0) this.#ready.splice(at, 1);
  }

  #armSweep(): void {
    const { idleTimeoutMs, maxConnectionDurationMs } = this.#parts.options;
    if (this.#sweep !== undefined || (idleTimeoutMs === 0 && maxConnectionDurationMs === 0)) return;
    this.#sweep = this.#parts.timers.set(SWEEP_MS, () => this.#closeIdle());
  }

  #closeIdle(): void {
    this.#sweep = undefined;
    const { clock, options, stats } = this.#parts;
    const now = clock.monotonic();
    const { idleTimeoutMs, maxConnectionDurationMs } = options;
    for (const connection of [...this.#connections]) {
      const { client } = connection;
      if (maxConnectionDurationMs > 0 && now - connection.openedMs >= maxConnectionDurationMs && !client.isDraining) {
        stats[CLUSTER_STAT.upstream_cx_max_duration_reached]! += 1;
        client.drain();
      } else if (idleTimeoutMs > 0 && client.activeStreams === 0 && now - connection.idleSinceMs >= idleTimeoutMs) {
        stats[CLUSTER_STAT.upstream_cx_idle_timeout]! += 1;
        client.close();
      }
    }
    if (this.#connections.size > 0) this.#armSweep();
  }

  #checkEmpty(): void {
    if (!this.#isDraining || this.#connections.size + this.#attempts.size > 0) return;
    this.#sweep?.cancel();
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty?.();
  }
}
