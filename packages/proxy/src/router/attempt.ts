/** One attempt to have a request answered by one host. */

import type { ConnectionView } from '@weft/engine';
import type { ClientStream, ClientStreamHandler, StreamReset, StreamResetKind } from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { HttpPool, PooledConnection, StreamWaiter } from '../upstream/http-pool.ts';
import type { Resource } from '../upstream/resources.ts';
import type { TcpUpstream } from '../upstream/tcp-connections.ts';
import type { HostOutcome, UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import { TcpTunnel } from './tcp-tunnel.ts';

/** What an attempt tells the router. `isOver` attempts tell nothing any more. */
export interface AttemptOwner {
  /** A connection is there: the head goes out now, and the body after it. */
  onAttemptReady(attempt: Attempt): void;
  onAttemptInformational(attempt: Attempt, head: ResponseHead): void;
  onAttemptHead(attempt: Attempt, head: ResponseHead, endStream: boolean): void;
  onAttemptData(attempt: Attempt, bytes: Buffer, start: number, end: number, endStream: boolean): void;
  onAttemptTrailers(attempt: Attempt, trailers: FieldList): void;
  onAttemptReset(attempt: Attempt, kind: StreamResetKind, details: string): void;
  onAttemptDrain(attempt: Attempt): void;
}

/** See the file's head. */
export class Attempt implements ClientStreamHandler, StreamWaiter {
  readonly host: UpstreamHost;
  readonly #owner: AttemptOwner;
  /** Of the cluster, for the request's priority: one is in use until the attempt ends. */
  readonly #slots: Resource;
  readonly #stats: Float64Array;
  /** Whether the outcome of a call is told by `grpc-status`. */
  readonly #isGrpc: boolean;
  stream: ClientStream | undefined;
  /** Of the connection, once there is one. */
  info: ConnectionInfo | undefined;
  /** Whether anything of the response has come. */
  hasResponded = false;
  isOver = false;
  #hasReported = false;
  #waiting: { cancel(): void } | undefined;

  constructor(host: UpstreamHost, owner: AttemptOwner, isGrpc: boolean, slots: Resource, stats: Float64Array) {
    this.host = host;
    this.#owner = owner;
    this.#isGrpc = isGrpc;
    this.#slots = slots;
    this.#stats = stats;
    host.activeRequests++;
    slots.used++;
    stats[CLUSTER_STAT.upstream_rq_active]! += 1;
  }

  /** Takes a connection of the pool, or waits for one. False when there is no place to wait. */
  start(pool: HttpPool): boolean {
    const ready = pool.takeReady();
    if (ready !== undefined) {
      this.onReady(ready);
      return true;
    }
    const waiting = pool.wait(this);
    if (waiting === 'overflow') {
      this.#end();
      return false;
    }
    this.#waiting = waiting;
    return true;
  }

  /** Connects to the host for this request alone, to send its payload behind the preface. False when there is no place for a connection. */
  startTcp(cluster: UpstreamCluster, downstream: ConnectionView, preface: Buffer): boolean {
    const upstream = cluster.connectTcp(this.host, downstream, {
      onUpstream: (connection) => this.#onTunnel(connection, preface),
      onUpstreamFailure: (kind, details) => this.onFailure(kind, details),
    });
    if (upstream === 'overflow') {
      this.#end();
      return false;
    }
    this.#waiting = upstream;
    return true;
  }

  /** Gives up; nothing is heard of it any more. */
  cancel(outcome?: HostOutcome): void {
    if (this.isOver) return;
    this.#waiting?.cancel();
    this.stream?.reset('cancel');
    if (outcome !== undefined) this.host.report(outcome);
    this.#end();
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    this.stream?.sendHead(head, endStream);
  }

  // The pool.

  onReady(connection: PooledConnection): void {
    this.#waiting = undefined;
    this.info = connection.info;
    this.stream = connection.open(this);
    this.#owner.onAttemptReady(this);
  }

  onFailure(kind: StreamResetKind, details: string): void {
    this.#waiting = undefined;
    this.host.report({ kind: kind === 'connectTimeout' ? 'timeout' : 'connectFailure' });
    this.#end();
    this.#owner.onAttemptReset(this, kind, details);
  }

  // The upstream.

  onInformational(head: ResponseHead): void {
    if (!this.isOver) this.#owner.onAttemptInformational(this, head);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.isOver) return;
    this.hasResponded = true;
    this.#grade(head.status, head, endStream);
    if (endStream) this.#end();
    this.#owner.onAttemptHead(this, head, endStream);
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    // An attempt that was given up may have ended the exchange already; its last bytes are nobody's.
    if (this.isOver) return;
    if (endStream) this.#end();
    this.#owner.onAttemptData(this, bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    if (this.isOver) return;
    if (!this.#hasReported) this.#grade(200, trailers, true);
    this.#end();
    this.#owner.onAttemptTrailers(this, trailers);
  }

  onReset(reset: StreamReset): void {
    if (this.isOver) return;
    if (!this.hasResponded || !this.#hasReported) this.host.report({ kind: 'reset' });
    this.#end();
    this.#owner.onAttemptReset(this, reset.kind, reset.details);
  }

  onDrain(): void {
    if (!this.isOver) this.#owner.onAttemptDrain(this);
  }

  #onTunnel(upstream: TcpUpstream, preface: Buffer): void {
    this.#waiting = undefined;
    this.info = upstream.info;
    this.stream = new TcpTunnel(upstream, this, preface);
    this.#owner.onAttemptReady(this);
  }

  /** Tells how the host did. A gRPC call that went wrong is a response with status 200: what counts is in its head or its trailers. */
  #grade(status: number, fields: FieldList, isLast: boolean): void {
    const grpcStatus = this.#isGrpc && status === 200 ? fields.get('grpc-status') : undefined;
    if (this.#isGrpc && status === 200 && grpcStatus === undefined && !isLast) return;
    this.#hasReported = true;
    this.host.reportStatus(grpcStatus === undefined ? status : httpStatusOfGrpc(grpcStatus));
  }

  #end(): void {
    this.isOver = true;
    this.host.activeRequests--;
    this.#slots.used--;
    this.#stats[CLUSTER_STAT.upstream_rq_active]! -= 1;
  }
}

/** HTTP statuses for gRPC statuses, as hosts are graded by them; 500 for the rest. */
const HTTP_STATUS: Readonly<Record<string, number>> = {
  0: 200,
  1: 499,
  3: 400,
  4: 504,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  12: 501,
  14: 503,
  16: 401,
};

function httpStatusOfGrpc(text: string): number {
  return HTTP_STATUS[text] ?? 500;
}
