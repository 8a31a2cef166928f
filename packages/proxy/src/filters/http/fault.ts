/** Delays and answers requests, and slows responses, to see how others bear it (envoy.filters.http.fault). */
import type { Timer } from '@weft/core';
import {
  FAULT_ABORT_BODY,
  FAULT_ABORT_DETAILS,
  FAULT_METADATA_NAMESPACE,
  FAULT_STATS,
  type FaultPlan,
  type FaultRuntime,
  planFault,
  ResponseFlag,
} from '@weft/engine';
import { defineBlock, type Scope } from '@weft/telemetry';
import type { FieldList, RequestHead } from '../../http/head.ts';
import type { ProxyServices } from '../../server/services.ts';
import { enter, leave } from '../../transport/turn.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';
import { ResponseThrottle } from './response-throttle.ts';

const STATS = defineBlock(FAULT_STATS);
const STAT = STATS.at;
const RANDOM_RANGE = 2 ** 53;

/** See the file's head. */
export const FAULT: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.fault.v3.HTTPFault',
  create: ({ name, isDisabled, config }, { services, scope }) => {
    const faults = { services, scope: scope.child('fault'), stats: scope.child('fault').block(STATS).values };
    return {
      name,
      isDisabled,
      create: (stream) => new FaultFilter(stream, (stream.routeConfigs[0] ?? config) as FaultRuntime, faults),
    };
  },
};

/** What the filters of all streams share. */
interface Faults {
  readonly services: ProxyServices;
  readonly scope: Scope;
  readonly stats: Float64Array;
}

class FaultFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: FaultRuntime;
  readonly #faults: Faults;
  #plan: FaultPlan | undefined;
  #timer: Timer | undefined;
  #throttle: ResponseThrottle | undefined;

  constructor(stream: FilterStream, runtime: FaultRuntime, faults: Faults) {
    this.#stream = stream;
    this.#runtime = runtime;
    this.#faults = faults;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    const { services, stats, scope } = this.#faults;
    const plan = planFault(this.#runtime, head, {
      random: () => services.random.int(RANDOM_RANGE),
      runtime: this.#stream.input.runtime,
      routeCluster: this.#stream.clusterName,
      activeFaults: Math.max(stats[STAT.active_faults]!, 0),
    });
    stats[STAT.faults_overflow]! += plan.overflows;
    if (!plan.isActive) return FilterStatus.next;
    this.#plan = plan;
    stats[STAT.active_faults]! += 1;
    this.#leaveMetadata();
    if (plan.rateKbps !== undefined) {
      stats[STAT.response_rl_injected]! += 1;
      this.#throttle = new ResponseThrottle(this.#stream, services.clock, plan.rateKbps);
    }
    if (plan.delayMs === undefined) return this.#abort(plan) ? FilterStatus.hold : FilterStatus.next;
    stats[STAT.delays_injected]! += 1;
    if (plan.downstreamCluster !== '') scope.counter(plan.downstreamCluster, 'delays_injected').inc();
    this.#stream.addFlags(ResponseFlag.delayInjected);
    this.#timer = services.clock.setTimer(plan.delayMs, () => this.#delayIsOver(plan));
    return FilterStatus.hold;
  }

  onResponseData(bytes: Buffer, start: number, end: number, endStream: boolean): FilterStatus {
    if (this.#throttle === undefined) return FilterStatus.next;
    this.#throttle.add(bytes, start, end, endStream);
    return FilterStatus.take;
  }

  onResponseTrailers(trailers: FieldList): FilterStatus {
    if (this.#throttle === undefined) return FilterStatus.next;
    this.#throttle.addTrailers(trailers);
    return FilterStatus.take;
  }

  onStreamEnd(): void {
    this.#timer?.cancel();
    this.#throttle?.stop();
    if (this.#plan !== undefined) this.#faults.stats[STAT.active_faults]! -= 1;
  }

  #delayIsOver(plan: FaultPlan): void {
    this.#timer = undefined;
    enter();
    if (!this.#abort(plan)) this.#stream.resumeRequest();
    leave();
  }

  /** Whether the request was answered. */
  #abort(plan: FaultPlan): boolean {
    const { abort } = plan;
    if (abort === undefined) return false;
    const { stats, scope } = this.#faults;
    stats[STAT.aborts_injected]! += 1;
    if (plan.downstreamCluster !== '') scope.counter(plan.downstreamCluster, 'aborts_injected').inc();
    const flags = ResponseFlag.faultInjected;
    const reply = { body: FAULT_ABORT_BODY, details: FAULT_ABORT_DETAILS, flags };
    if (abort.kind === 'http') this.#stream.reply({ ...reply, status: abort.status });
    else this.#stream.reply({ ...reply, status: 200, grpcStatus: abort.status });
    return true;
  }

  #leaveMetadata(): void {
    const { metadata } = this.#runtime;
    if (metadata === undefined) return;
    for (const [key, value] of Object.entries(metadata)) this.#stream.setMetadata(FAULT_METADATA_NAMESPACE, key, value);
  }
}
