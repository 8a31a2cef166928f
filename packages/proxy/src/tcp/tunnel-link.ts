/** A tunnel of a TCP proxy: a CONNECT or POST request to a host, whose bodies are the bytes of the connection. */
import { applyHeaderMutations, TUNNEL_HEADERS_KEY, TUNNEL_TRAILERS_KEY, type TunnelRuntime } from '@weft/engine';
import type { ClientStream, ClientStreamHandler, StreamReset, StreamResetKind } from '../http/codec.ts';
import type { FieldList, ResponseHead } from '../http/head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { TunnelStream } from '../http/tunnel-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { CLUSTER_STAT } from '../upstream/cluster-stats.ts';
import type { PooledConnection, StreamWaiter } from '../upstream/http-pool.ts';
import type { Resource } from '../upstream/resources.ts';
import type { TcpConnectFailure } from '../upstream/tcp-connections.ts';
import type { UpstreamCluster, UpstreamHost } from '../upstream/upstream-cluster.ts';
import type { ConnectionRecord } from './connection-record.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** Takes the outcome; exactly one of the two is called, later. */
export interface TunnelHandler {
  onUpstream(link: UpstreamLink): void;
  onUpstreamFailure(kind: TcpConnectFailure, details: string): void;
}

/** What a tunnel is made of. */
export interface TunnelParts {
  readonly runtime: TunnelRuntime;
  readonly cluster: UpstreamCluster;
  readonly host: UpstreamHost;
  readonly record: ConnectionRecord;
}

/** Asks for a tunnel; `overflow` when the cluster has as many requests as it may. */
export function openTunnel(parts: TunnelParts, handler: TunnelHandler): UpstreamLink | 'overflow' {
  const { cluster, host } = parts;
  const { requests } = cluster.resources('default');
  if (!requests.isAvailable) {
    cluster.stats[CLUSTER_STAT.upstream_rq_pending_overflow]! += 1;
    return 'overflow';
  }
  const link = new TunnelLink(parts, requests, handler);
  const pool = cluster.httpPool(host, '', 'default');
  const ready = pool.takeReady();
  if (ready !== undefined) {
    link.onReady(ready);
    return link;
  }
  const waiting = pool.wait(link);
  if (waiting === 'overflow') {
    link.closed(false);
    return 'overflow';
  }
  link.waiting = waiting;
  return link;
}

class TunnelLink implements UpstreamLink, StreamWaiter, ClientStreamHandler {
  readonly #parts: TunnelParts;
  readonly #requests: Resource;
  readonly #handler: TunnelHandler;
  /** Set while there is no connection yet. */
  waiting: { cancel(): void } | undefined;
  #info: ConnectionInfo | undefined;
  #request: ClientStream | undefined;
  /** There once the host has agreed. */
  #stream: TunnelStream | undefined;
  #isOver = false;

  constructor(parts: TunnelParts, requests: Resource, handler: TunnelHandler) {
    this.#parts = parts;
    this.#requests = requests;
    this.#handler = handler;
    requests.used++;
  }

  get stream(): TunnelStream {
    if (this.#stream === undefined) throw new Error('bug: the tunnel does not stand');
    return this.#stream;
  }

  get info(): ConnectionInfo {
    if (this.#info === undefined) throw new Error('bug: the tunnel does not stand');
    return this.#info;
  }

  cancel(): void {
    if (this.#isOver || this.#stream !== undefined) return;
    this.waiting?.cancel();
    this.#request?.reset('cancel');
    this.#release();
  }

  closed(_isRemote: boolean): void {
    if (!this.#isOver) this.#release();
  }

  // The pool.

  onReady(connection: PooledConnection): void {
    const { stats } = this.#parts.cluster;
    this.waiting = undefined;
    this.#info = connection.info;
    stats[CLUSTER_STAT.upstream_rq_total]! += 1;
    stats[CLUSTER_STAT.upstream_rq_active]! += 1;
    this.#request = connection.open(this);
    this.#request.sendHead(requestOf(this.#parts, this.#request.protocol, connection.info), false);
  }

  onFailure(kind: StreamResetKind, details: string): void {
    this.waiting = undefined;
    this.#fail(kind === 'connectTimeout' ? 'connectTimeout' : 'connectionFailed', details);
  }

  // The host.

  onInformational(): void {
    // Only the answer counts.
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    const { runtime, record } = this.#parts;
    const request = this.#request;
    if (this.#isOver || request === undefined) return;
    if (runtime.keepsResponseHeaders) {
      record.setFilterState(TUNNEL_HEADERS_KEY, headerMapOf(head, String(head.status)));
    }
    const { status } = head;
    // As in Envoy: RFC 9110 §9.3.6 lets any 2xx agree, but for HTTP/2 it takes 200 only.
    const isAgreed = request.protocol === 'HTTP/2' ? status === 200 : status >= 200 && status < 300;
    if (!isAgreed || endStream) {
      request.reset('cancel');
      this.#fail('connectionFailed', isAgreed ? '' : `tunnel_response:${status}`);
      return;
    }
    this.#stream = new TunnelStream(request, this.info);
    this.#handler.onUpstream(this);
  }

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#stream?.onData(bytes, start, end, endStream);
  }

  onTrailers(trailers: FieldList): void {
    const { runtime, record } = this.#parts;
    if (runtime.keepsResponseTrailers) record.setFilterState(TUNNEL_TRAILERS_KEY, headerMapOf(trailers, undefined));
    this.#stream?.onTrailers();
  }

  onReset(reset: StreamReset): void {
    if (this.#stream === undefined) this.#fail('connectionFailed', '');
    else this.#stream.onReset(reset);
  }

  onDrain(): void {
    this.#stream?.onDrain();
  }

  #fail(kind: TcpConnectFailure, details: string): void {
    if (this.#isOver) return;
    this.#release();
    this.#handler.onUpstreamFailure(kind, details);
  }

  #release(): void {
    this.#isOver = true;
    this.#requests.used--;
    if (this.#request !== undefined) this.#parts.cluster.stats[CLUSTER_STAT.upstream_rq_active]! -= 1;
  }
}

/** The request that asks for a tunnel. */
function requestOf({ runtime, record }: TunnelParts, protocol: string, info: ConnectionInfo): RequestFields {
  const { usesPost, postPath, hostname, headers } = runtime;
  const authority = hostname.format(record) ?? '';
  const scheme = protocol === 'HTTP/2' ? { scheme: info.tls === undefined ? 'http' : 'https' } : {};
  const line = usesPost ? { method: 'POST', path: postPath, authority, ...scheme } : { method: 'CONNECT', authority };
  const head = RequestFields.of(line);
  applyHeaderMutations([headers], head, record);
  return head;
}

/** Fields as the JSON of Envoy's HeaderMap. */
function headerMapOf(fields: FieldList, status: string | undefined): string {
  const headers: { readonly key: string; readonly value: string }[] = [];
  if (status !== undefined) headers.push({ key: ':status', value: status });
  fields.forEach((key, value) => {
    headers.push({ key, value });
  });
  return JSON.stringify({ headers });
}
