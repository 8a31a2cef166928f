/** Counts gRPC calls and their messages for the upstream cluster (envoy.filters.http.grpc_stats). */
import {
  GRPC_STATS,
  GRPC_STATS_STATE_KEY,
  GRPC_UPSTREAM_STATS,
  type GrpcStatsRuntime,
  grpcStatPrefix,
} from '@weft/engine';
import { defineBlock, type Scope, type StatBlock } from '@weft/telemetry';
import type { FieldList, RequestHead, ResponseHead } from '../../http/head.ts';
import { isGrpc } from '../../http/manager/local-reply.ts';
import type { ProxyServices } from '../../server/services.ts';
import type { UpstreamCluster } from '../../upstream/upstream-cluster.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';
import { GrpcMessageCounter } from './grpc-messages.ts';

const STATS = defineBlock(GRPC_STATS);
const TIMES = defineBlock(GRPC_UPSTREAM_STATS);
const STAT = STATS.at;

/** Clients write the paths: so many calls are told apart at a cluster at most, and others count together. */
const MAX_CALLS = 10_000;

/** Key: the cluster, then the name of the call, empty for all that count together. The scopes close with the cluster. */
const SCOPES = new WeakMap<UpstreamCluster, Map<string, Scope>>();

/** See the file's head. */
export const GRPC_STATS_KIND: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig',
  create: ({ name, isDisabled, config }, { services }) => ({
    name,
    isDisabled,
    create: (stream) => new GrpcStatsFilter(stream, config as GrpcStatsRuntime, services),
  }),
};

class GrpcStatsFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: GrpcStatsRuntime;
  readonly #services: ProxyServices;
  readonly #sent = new GrpcMessageCounter();
  readonly #received = new GrpcMessageCounter();
  #stats: StatBlock<typeof STATS> | undefined;
  #times: StatBlock<typeof TIMES> | undefined;
  #startMs = 0;

  constructor(stream: FilterStream, runtime: GrpcStatsRuntime, services: ProxyServices) {
    this.#stream = stream;
    this.#runtime = runtime;
    this.#services = services;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    if (!isGrpc(head.get('content-type'))) return FilterStatus.next;
    const cluster = this.#services.clusters.get(this.#stream.clusterName);
    if (cluster === undefined) return FilterStatus.next;
    const scope = scopeOf(cluster, grpcStatPrefix(this.#runtime, head.path).slice(0, -1));
    this.#stats = scope.block(STATS);
    if (this.#runtime.measuresUpstream) this.#times = scope.block(TIMES);
    this.#startMs = this.#services.clock.monotonic();
    return FilterStatus.next;
  }

  onRequestData(bytes: Buffer, start: number, end: number): FilterStatus {
    if (this.#stats !== undefined) this.#sent.add(bytes, start, end);
    return FilterStatus.next;
  }

  onResponseHead(head: ResponseHead, endStream: boolean): FilterStatus {
    // A response that is only a head has its status there.
    if (endStream) this.#finish(head);
    return FilterStatus.next;
  }

  onResponseData(bytes: Buffer, start: number, end: number): FilterStatus {
    if (this.#stats !== undefined) this.#received.add(bytes, start, end);
    return FilterStatus.next;
  }

  onResponseTrailers(trailers: FieldList): FilterStatus {
    this.#finish(trailers);
    return FilterStatus.next;
  }

  onStreamEnd(): void {
    const stats = this.#stats;
    if (stats === undefined) return;
    stats.add(STAT.request_message_count, this.#sent.count);
    stats.add(STAT.response_message_count, this.#received.count);
    const requests = this.#sent.count;
    const responses = this.#received.count;
    if (!this.#runtime.leavesFilterState || requests + responses === 0) return;
    // As messages are written in JSON: 64-bit numbers are texts, and zeros are left out.
    const counts = {
      ...(requests === 0 ? {} : { requestMessageCount: String(requests) }),
      ...(responses === 0 ? {} : { responseMessageCount: String(responses) }),
    };
    this.#stream.setFilterState(GRPC_STATS_STATE_KEY, JSON.stringify(counts));
  }

  #finish(fields: FieldList): void {
    const stats = this.#stats;
    if (stats === undefined) return;
    stats.inc(STAT.total);
    stats.inc(fields.get('grpc-status') === '0' ? STAT.success : STAT.failure);
    const elapsedMs = this.#services.clock.monotonic() - this.#startMs;
    this.#times?.histogram(TIMES.histogramAt.upstream_rq_time).record(Math.round(elapsedMs));
  }
}

function scopeOf(cluster: UpstreamCluster, call: string): Scope {
  const scopes = SCOPES.get(cluster) ?? new Map<string, Scope>();
  SCOPES.set(cluster, scopes);
  const known = scopes.get(call);
  if (known !== undefined) return known;
  if (call !== '' && scopes.size >= MAX_CALLS) return scopeOf(cluster, '');
  const scope = cluster.scope.child('grpc', call);
  scopes.set(call, scope);
  return scope;
}
