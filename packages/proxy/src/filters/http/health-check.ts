/** Answers health checks of this proxy, or of what is behind it (envoy.filters.http.health_check). */
import {
  answerHealthCheck,
  HEALTH_CHECK_FAIL_HEADER,
  HEALTH_CHECK_STATS,
  HEALTH_CHECKED_CLUSTER_HEADER,
  type HealthAnswer,
  type HealthCheckFilterRuntime,
  type HealthState,
  isHealthCheck,
  ResponseFlag,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import type { RequestHead, ResponseHead } from '../../http/head.ts';
import type { ProxyServices } from '../../server/services.ts';
import { CLUSTER_STAT } from '../../upstream/cluster-stats.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(HEALTH_CHECK_STATS);
const STAT = STATS.at;

const DEGRADED_HEADER = 'x-envoy-degraded';

/** See the file's head. */
export const HEALTH_CHECK: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.health_check.v3.HealthCheck',
  create: ({ name, isDisabled, config }, { services, scope }) => {
    const stats = scope.child('health_check').block(STATS).values;
    const health = new ProxyHealth(config as HealthCheckFilterRuntime, services, stats);
    return { name, isDisabled, create: (stream) => new HealthCheckFilter(stream, health) };
  },
};

/** What the filters of all streams share: the health of this proxy as checks are told it. */
class ProxyHealth implements HealthState {
  readonly runtime: HealthCheckFilterRuntime;
  readonly services: ProxyServices;
  readonly stats: Float64Array;
  #last: { readonly status: number; readonly isDegraded: boolean; readonly atMs: number } | undefined;

  constructor(runtime: HealthCheckFilterRuntime, services: ProxyServices, stats: Float64Array) {
    this.runtime = runtime;
    this.services = services;
    this.stats = stats;
  }

  get isFailed(): boolean {
    return this.services.state.isHealthFailed;
  }

  get cached(): HealthState['cached'] {
    const { cacheMs } = this.runtime;
    const isYoung = this.#last !== undefined && this.services.clock.monotonic() - this.#last.atMs < cacheMs;
    return isYoung ? this.#last : undefined;
  }

  membersOf(name: string): { readonly total: number; readonly available: number } | undefined {
    const stats = this.services.clusters.get(name)?.stats;
    if (stats === undefined) return undefined;
    const available = stats[CLUSTER_STAT.membership_healthy]! + stats[CLUSTER_STAT.membership_degraded]!;
    return { total: stats[CLUSTER_STAT.membership_total]!, available };
  }

  /** Keeps what the upstream answered. */
  keep(status: number, isDegraded: boolean): void {
    this.#last = { status, isDegraded, atMs: this.services.clock.monotonic() };
  }

  count({ status, details, isDegraded }: HealthAnswer): void {
    const { stats } = this;
    stats[STAT.request_total]! += 1;
    stats[isSuccess(status) ? STAT.ok : STAT.failed]! += 1;
    if (isDegraded) stats[STAT.degraded]! += 1;
    switch (details) {
      case 'health_check_cached':
        stats[STAT.cached_response]! += 1;
        break;
      case 'health_check_failed_no_cluster_found':
        stats[STAT.failed_cluster_not_found]! += 1;
        break;
      case 'health_check_failed_cluster_empty':
        stats[STAT.failed_cluster_empty]! += 1;
        break;
      case 'health_check_failed_cluster_unhealthy':
        stats[STAT.failed_cluster_unhealthy]! += 1;
        break;
    }
  }
}

class HealthCheckFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #health: ProxyHealth;
  isHealthCheck = false;
  /** What the check is answered when it is complete; undefined when it goes to the upstream, or is none. */
  #answer: HealthAnswer | undefined;

  constructor(stream: FilterStream, health: ProxyHealth) {
    this.#stream = stream;
    this.#health = health;
  }

  onRequestHead(head: RequestHead, endStream: boolean): FilterStatus {
    const { runtime } = this.#health;
    if (!isHealthCheck(runtime, head)) return FilterStatus.next;
    this.isHealthCheck = true;
    this.#answer = answerHealthCheck(runtime, this.#health);
    if (this.#answer === undefined) return FilterStatus.next;
    if (endStream) this.#reply(this.#answer);
    return FilterStatus.take;
  }

  onRequestData(_bytes: Buffer, _start: number, _end: number, endStream: boolean): FilterStatus {
    if (this.#answer === undefined) return FilterStatus.next;
    if (endStream) this.#reply(this.#answer);
    return FilterStatus.take;
  }

  onRequestTrailers(): FilterStatus {
    if (this.#answer === undefined) return FilterStatus.next;
    this.#reply(this.#answer);
    return FilterStatus.take;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    const { runtime, services, isFailed } = this.#health;
    if (!this.isHealthCheck) {
      if (isFailed) head.set(HEALTH_CHECK_FAIL_HEADER, 'true');
      return FilterStatus.next;
    }
    if (runtime.cacheMs > 0 && this.#answer === undefined) this.#health.keep(head.status, head.has(DEGRADED_HEADER));
    head.set(HEALTH_CHECKED_CLUSTER_HEADER, services.localCluster);
    return FilterStatus.next;
  }

  #reply(answer: HealthAnswer): void {
    this.#health.count(answer);
    const { status, details, isDegraded } = answer;
    this.#stream.reply({
      status,
      body: '',
      details,
      ...(isSuccess(status) ? {} : { flags: ResponseFlag.failedLocalHealthCheck }),
      ...(isDegraded ? { headers: [[DEGRADED_HEADER, '']] } : {}),
    });
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
