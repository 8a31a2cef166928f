/** One client connection of a TCP proxy: finds a host, connects to it, and passes bytes both ways until both ends have gone. */
import type { Clock, CoarseTimer, CoarseTimers, Random } from '@weft/core';
import { pickTcpCluster, ResponseFlag, TCP_CLUSTER_KEY, type TcpProxyRuntime } from '@weft/engine';
import { DelayedClose } from '../http1/delayed-close.ts';
import type { ByteStream, StreamFault } from '../transport/byte-stream.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { TcpConnectFailure } from '../upstream/tcp-connections.ts';
import type { ClusterDirectory, UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import type { ConnectionRecord } from './connection-record.ts';
import { type FlowOwner, TcpFlow } from './tcp-flow.ts';
import { hashOf } from './tcp-hash.ts';
import { TCP_STAT } from './tcp-stats.ts';
import { openTunnel, type TunnelHandler } from './tunnel-link.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** Takes the record of each connection that is over. */
export type TcpLog = (record: ConnectionRecord) => void;

/** What the connections of one TCP proxy share. */
export interface TcpServices {
  readonly runtime: TcpProxyRuntime;
  readonly clusters: ClusterDirectory;
  readonly clock: Clock;
  readonly timers: CoarseTimers;
  readonly random: Random;
  /** By slot of TCP_STATS. */
  readonly stats: Float64Array;
  readonly logs: readonly TcpLog[];
  handleEnd(session: TcpSession): void;
}

const RANDOM_RANGE = 2 ** 53;

/** How a host's success in connecting is reported: outlier detection counts statuses. */
const CONNECTED = 200;

/** See the file's head. */
export class TcpSession implements FlowOwner, TunnelHandler {
  readonly #services: TcpServices;
  readonly #record: ConnectionRecord;
  readonly #downstream: TcpFlow;
  /** What was read of the client before; goes out first. */
  #first: Buffer | undefined;
  #upstream: TcpFlow | undefined;
  #connection: UpstreamLink | undefined;
  #cluster: UpstreamCluster | undefined;
  #host: UpstreamHost | undefined;
  #idle: CoarseTimer | undefined;
  #duration: CoarseTimer | undefined;
  /** The end that is being flushed after the other has gone. */
  #closing: DelayedClose | undefined;
  #isClosedHere = false;
  #isFlushing = false;
  #isOver = false;

  constructor(services: TcpServices, record: ConnectionRecord, stream: TcpFlow['stream'], first: Buffer | undefined) {
    this.#services = services;
    this.#record = record;
    this.#downstream = new TcpFlow(stream, this);
    this.#first = first;
  }

  /** Takes over the client's connection. */
  start(): void {
    const { stats, runtime, timers } = this.#services;
    stats[TCP_STAT.downstream_cx_total]! += 1;
    const { stream } = this.#downstream;
    // What the client sends waits in the system until there is somebody to send it to.
    stream.pause();
    stream.attach(this.#downstream);
    if (runtime.maxConnectionDurationMs > 0) {
      this.#duration = timers.set(runtime.maxConnectionDurationMs, () => {
        stats[TCP_STAT.max_downstream_connection_duration]! += 1;
        this.#record.responseFlags |= ResponseFlag.durationTimeout;
        this.#endDownstream();
      });
    }
    this.#connect();
  }

  /** Ends the connection at once. */
  close(): void {
    this.#isClosedHere = true;
    this.#downstream.stream.destroy();
  }

  onUpstream(connection: UpstreamLink): void {
    const { stream, info } = connection;
    const { upstream } = this.#record;
    this.#upstream = new TcpFlow(stream, this);
    this.#upstream.peer = this.#downstream;
    this.#downstream.peer = this.#upstream;
    upstream.local = info.local;
    upstream.tls = info.tls;
    upstream.connectionId = info.id;
    this.#host?.reportStatus(CONNECTED);
    this.#startIdle();
    stream.attach(this.#upstream);
    this.#sendFirst(stream);
    if (!stream.isCongested) this.#downstream.stream.resume();
  }

  onUpstreamFailure(kind: TcpConnectFailure, details: string): void {
    this.#host?.report({ kind: kind === 'connectTimeout' ? 'timeout' : 'connectFailure' });
    this.#leaveHost();
    this.#connection = undefined;
    this.#record.upstream.transportFailureReason = details;
    this.#record.responseFlags |= ResponseFlag.upstreamConnectionFailure;
    this.#connect();
  }

  handleBytes(flow: TcpFlow, count: number): void {
    const { stats } = this.#services;
    const cluster = this.#cluster?.stats;
    const record = this.#record;
    if (flow === this.#downstream) {
      stats[TCP_STAT.downstream_cx_rx_bytes_total]! += count;
      record.bytesReceived += count;
      if (cluster !== undefined) cluster[CLUSTER_STAT.upstream_cx_tx_bytes_total]! += count;
    } else {
      stats[TCP_STAT.downstream_cx_tx_bytes_total]! += count;
      record.bytesSent += count;
      if (cluster !== undefined) cluster[CLUSTER_STAT.upstream_cx_rx_bytes_total]! += count;
    }
    this.#idle?.refresh();
  }

  /** Reading stops until there is an upstream, but what TLS has decrypted by then still comes: a few records. */
  handleEarly(bytes: Buffer, start: number, end: number): void {
    const piece = bytes.subarray(start, end);
    this.#first = this.#first === undefined ? Buffer.from(piece) : Buffer.concat([this.#first, piece]);
  }

  handlePause(flow: TcpFlow): void {
    if (flow === this.#downstream) this.#services.stats[TCP_STAT.downstream_flow_control_paused_reading_total]! += 1;
    else if (this.#cluster !== undefined)
      this.#cluster.stats[CLUSTER_STAT.upstream_flow_control_paused_reading_total]! += 1;
  }

  handleResume(flow: TcpFlow): void {
    this.#idle?.refresh();
    if (flow === this.#downstream) this.#services.stats[TCP_STAT.downstream_flow_control_resumed_reading_total]! += 1;
    else if (this.#cluster !== undefined)
      this.#cluster.stats[CLUSTER_STAT.upstream_flow_control_resumed_reading_total]! += 1;
  }

  handleClose(flow: TcpFlow, fault: StreamFault | undefined): void {
    const isUpstream = flow === this.#upstream;
    if (isUpstream) this.#upstreamClosed(fault);
    else if (fault !== undefined) this.#record.responseFlags |= ResponseFlag.downstreamConnectionTermination;
    const other = isUpstream ? this.#downstream : this.#upstream;
    if (other === undefined || other.isClosed) {
      this.#connection?.cancel();
      this.#finish();
      return;
    }
    if (fault?.kind === 'reset') other.stream.destroy(true);
    else this.#closeAfterFlush(other, !isUpstream);
  }

  #sendFirst(upstream: ByteStream): void {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) {
      this.handleBytes(this.#downstream, first.length);
      upstream.write(first, 0, first.length);
    }
    if (this.#downstream.hasEnded) upstream.end();
  }

  #connect(): void {
    const { runtime, clusters, random, stats } = this.#services;
    const record = this.#record;
    if (record.upstream.attemptCount >= runtime.maxConnectAttempts) {
      if (this.#cluster !== undefined) this.#cluster.stats[CLUSTER_STAT.upstream_cx_connect_attempts_exceeded]! += 1;
      record.responseFlags |= ResponseFlag.upstreamRetryLimitExceeded;
      this.#endDownstream();
      return;
    }
    const named = record.filterState(TCP_CLUSTER_KEY);
    const name = named ?? pickTcpCluster(runtime, Math.floor(random.next() * RANDOM_RANGE)).name;
    const cluster = clusters.get(name);
    if (cluster === undefined) {
      stats[TCP_STAT.downstream_cx_no_route]! += 1;
      record.responseFlags |= name === '' ? ResponseFlag.noRouteFound : ResponseFlag.noClusterFound;
      this.#endDownstream();
      return;
    }
    this.#cluster = cluster;
    record.upstream.clusterName = name;
    record.upstream.observabilityName = cluster.observabilityName;
    record.upstream.clusterMetadata = cluster.metadata;
    this.#connectTo(cluster);
  }

  #connectTo(cluster: UpstreamCluster): void {
    const { runtime, random } = this.#services;
    const record = this.#record;
    const host = cluster.chooseHost({
      randomValue: Math.floor(random.next() * RANDOM_RANGE),
      hash: hashOf(runtime.hash, record),
      isRejected: undefined,
      maxSelections: 1,
      requester: record,
      priority: 'default',
    });
    if (host === undefined) {
      cluster.stats[CLUSTER_STAT.upstream_cx_none_healthy]! += 1;
      record.responseFlags |= ResponseFlag.noHealthyUpstream;
      this.#endDownstream();
      return;
    }
    record.upstream.host = host.address;
    record.upstream.hostName = host.hostName;
    record.upstream.hostMetadata = host.metadata;
    record.upstream.attemptCount++;
    const connection = this.#linkTo(cluster, host);
    if (connection === 'overflow') {
      record.responseFlags |= ResponseFlag.upstreamOverflow;
      this.#endDownstream();
      return;
    }
    this.#connection = connection;
    this.#host = host;
    host.activeRequests++;
  }

  #linkTo(cluster: UpstreamCluster, host: UpstreamHost): UpstreamLink | 'overflow' {
    const { runtime } = this.#services;
    const record = this.#record;
    if (runtime.tunnel === undefined) return cluster.connectTcp(host, record.connection, this);
    // The host may never answer, and the client is not read meanwhile.
    this.#startIdle();
    return openTunnel({ runtime: runtime.tunnel, cluster, host, record }, this);
  }

  #startIdle(): void {
    const { runtime, timers } = this.#services;
    if (runtime.idleTimeoutMs > 0) this.#idle ??= timers.set(runtime.idleTimeoutMs, () => this.#idleTooLong());
  }

  #idleTooLong(): void {
    this.#services.stats[TCP_STAT.idle_timeout]! += 1;
    this.#endDownstream();
  }

  /** Ends both connections; the upstream's follows when the client's has gone. */
  #endDownstream(): void {
    this.#isClosedHere = true;
    const { stream } = this.#downstream;
    stream.flush();
    stream.destroy();
  }

  #upstreamClosed(fault: StreamFault | undefined): void {
    this.#connection?.closed(!this.#isClosedHere && !this.#downstream.isClosed);
    if (fault === undefined) return;
    this.#record.responseFlags |= ResponseFlag.upstreamConnectionTermination;
    if (fault.kind === 'tls') this.#record.upstream.transportFailureReason = fault.message;
    this.#host?.report({ kind: 'reset' });
  }

  /** One end has gone in order: the other gets what is still on its way to it. */
  #closeAfterFlush(flow: TcpFlow, isUpstream: boolean): void {
    const { stats, timers } = this.#services;
    this.#closing = new DelayedClose(flow.stream, timers, 0);
    if (isUpstream && flow.stream.pendingBytes > 0) {
      stats[TCP_STAT.upstream_flush_total]! += 1;
      stats[TCP_STAT.upstream_flush_active]! += 1;
      this.#isFlushing = true;
    }
    this.#closing.begin();
  }

  #leaveHost(): void {
    if (this.#host !== undefined) this.#host.activeRequests--;
    this.#host = undefined;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isFlushing) this.#services.stats[TCP_STAT.upstream_flush_active]! -= 1;
    this.#closing?.cancel();
    this.#idle?.cancel();
    this.#duration?.cancel();
    this.#leaveHost();
    const record = this.#record;
    record.timings.end = this.#services.clock.now() * 1000 - record.startTimeUs;
    record.upstreamWireBytesReceived = record.bytesSent;
    record.upstreamWireBytesSent = record.bytesReceived;
    for (const log of this.#services.logs) log(record);
    this.#services.handleEnd(this);
  }
}
