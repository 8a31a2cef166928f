/** Counts gRPC calls and their messages for the upstream cluster (envoy.filters.http.grpc_stats). */
import {
  GRPC_STATS,
  GRPC_STATS_STATE_KEY,
  GRPC_UPSTREAM_STATS,
  type GrpcStatsRuntime,
  grpcStatPrefix,
} from '@weft/engine';
import { defineBlock, type StatBlock } from '@weft/telemetry';
import type { FieldList, RequestHead, ResponseHead } from '../../http/head.ts';
import { isGrpc } from '../../http/manager/local-reply.ts';
import type { ProxyServices } from '../../server/services.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';
import { GrpcMessageCounter } from './grpc-messages.ts';

const STATS = defineBlock(GRPC_STATS);
const TIMES = defineBlock(GRPC_UPSTREAM_STATS);
const STAT = STATS.at;

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
    const { clusterName } = this.#stream;
    if (!isGrpc(head.get('content-type')) || clusterName === '') return FilterStatus.next;
    const prefix = grpcStatPrefix(this.#runtime, head.path);
    const parts = ['grpc', ...(prefix === '' ? [] : [prefix.slice(0, -1)])];
    const scope = this.#services.stats
      .scope('cluster', { tag: 'envoy.cluster_name', value: clusterName })
      .child(...parts);
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
