/** Connections to the hosts of a cluster that serve one client each: no pool, but the cluster's limits and counts hold for them too. */
import type { Clock, CoarseTimer, CoarseTimers } from '@weft/core';
import type { ConnectionView } from '@weft/engine';
import type { Histogram } from '@weft/telemetry';
import type { ByteStream, StreamFault } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import type { Connecting } from '../transport/tcp-connect.ts';
import { CLUSTER_STAT } from './cluster-stats.ts';
import type { ConnectionCounts } from './http-pool.ts';
import type { Resources } from './resources.ts';
import type { TransportConnect, TransportHost } from './transport-connect.ts';

/** What the connections of a cluster share. */
export interface TcpConnectionsParts {
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly transport: TransportConnect;
  /** Of the host. */
  readonly counts: ConnectionCounts;
  readonly connectTimeoutMs: number;
  readonly resources: Resources;
  /** By slot of CLUSTER_STATS. */
  readonly stats: Float64Array;
  readonly connectTime: Histogram;
  readonly connectionLength: Histogram;
}

/** Why there is no connection. */
export type TcpConnectFailure = 'connectionFailed' | 'connectTimeout';

/** Takes the outcome of an attempt; exactly one of the two is called, later. */
export interface TcpConnectHandler {
  onUpstream(connection: TcpUpstream): void;
  onUpstreamFailure(kind: TcpConnectFailure, details: string): void;
}

/** An attempt to connect to a host, or the connection that came of it. */
export class TcpUpstream {
  readonly #parts: TcpConnectionsParts;
  readonly #handler: TcpConnectHandler;
  readonly #startMs: number;
  #stream: ByteStream | undefined;
  #info: ConnectionInfo | undefined;
  #connecting: Connecting | undefined;
  #timer: CoarseTimer | undefined;
  #isOver = false;

  /** Use `connectToHost`. */
  constructor(parts: TcpConnectionsParts, handler: TcpConnectHandler) {
    this.#parts = parts;
    this.#handler = handler;
    this.#startMs = parts.clock.monotonic();
  }

  /** The connection's bytes; only once it is there. */
  get stream(): ByteStream {
    if (this.#stream === undefined) throw new Error('bug: the connection has not been made');
    return this.#stream;
  }

  /** What is known of the connection; only once it is there. */
  get info(): ConnectionInfo {
    if (this.#info === undefined) throw new Error('bug: the connection has not been made');
    return this.#info;
  }

  /** Begins. */
  start(host: TransportHost, downstream: ConnectionView | undefined): void {
    const { resources, stats, timers, transport, connectTimeoutMs, counts } = this.#parts;
    resources.connections.used++;
    counts.activeConnections++;
    counts.totalConnections++;
    stats[CLUSTER_STAT.upstream_cx_total]! += 1;
    stats[CLUSTER_STAT.upstream_cx_active]! += 1;
    stats[CLUSTER_STAT.upstream_rq_total]! += 1;
    if (connectTimeoutMs > 0) {
      this.#timer = timers.set(connectTimeoutMs, () => {
        this.#connecting?.cancel();
        stats[CLUSTER_STAT.upstream_cx_connect_timeout]! += 1;
        this.#fail('connectTimeout', 'connection timeout');
      });
    }
    this.#connecting = transport(
      host,
      { alpn: [], downstream, peerName: undefined },
      {
        onConnect: (stream, info) => this.#connected(stream, info),
        onConnectFailure: ({ message }: StreamFault) => this.#fail('connectionFailed', message),
      },
    );
  }

  /** Gives up an attempt: no callback follows. */
  cancel(): void {
    if (this.#isOver || this.#stream !== undefined) return;
    this.#connecting?.cancel();
    this.#release();
  }

  /** Who uses the connection tells by this that it has gone; once. */
  closed(isRemote: boolean): void {
    if (this.#isOver) return;
    const { stats, clock, connectionLength } = this.#parts;
    stats[CLUSTER_STAT.upstream_cx_destroy]! += 1;
    stats[isRemote ? CLUSTER_STAT.upstream_cx_destroy_remote : CLUSTER_STAT.upstream_cx_destroy_local]! += 1;
    connectionLength.record(Math.round(clock.monotonic() - this.#startMs));
    this.#release();
  }

  #connected(stream: ByteStream, info: ConnectionInfo): void {
    this.#timer?.cancel();
    this.#stream = stream;
    this.#info = info;
    this.#parts.connectTime.record(Math.round(this.#parts.clock.monotonic() - this.#startMs));
    this.#handler.onUpstream(this);
  }

  #fail(kind: TcpConnectFailure, details: string): void {
    if (this.#isOver) return;
    this.#parts.stats[CLUSTER_STAT.upstream_cx_connect_fail]! += 1;
    this.#release();
    this.#handler.onUpstreamFailure(kind, details);
  }

  #release(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#parts.resources.connections.used--;
    this.#parts.counts.activeConnections--;
    this.#parts.stats[CLUSTER_STAT.upstream_cx_active]! -= 1;
  }
}

/** Begins to connect to a host; `overflow` when the cluster has as many connections as it may. */
export function connectToHost(
  parts: TcpConnectionsParts,
  host: TransportHost,
  downstream: ConnectionView | undefined,
  handler: TcpConnectHandler,
): TcpUpstream | 'overflow' {
  if (!parts.resources.connections.isAvailable) {
    parts.stats[CLUSTER_STAT.upstream_cx_overflow]! += 1;
    return 'overflow';
  }
  const upstream = new TcpUpstream(parts, handler);
  upstream.start(host, downstream);
  return upstream;
}
