/** What faults a request meets. */
import { type Fraction, hitsFraction, type RuntimeSource } from '../../match/fraction.ts';
import { firstValue } from '../../route/first-value.ts';
import type { Trace } from '../../trace/trace.ts';
import type { RequestView } from '../../view/request-view.ts';
import type { FaultRuntime } from './fault.ts';
import { type AbortStatus, type FaultKind, isAbortStatus } from './fault-config.ts';

/** What a plan depends on beside the request. */
export interface FaultInput {
  /** A new random whole number of 53 bits for each call: faults happen independently of each other. */
  readonly random: () => number;
  readonly runtime: RuntimeSource;
  /** The cluster that the request is routed to; empty without one. */
  readonly routeCluster: string;
  /** Requests that are being delayed, were answered or are slowed down now. */
  readonly activeFaults: number;
}

/** What is done to a request: the response is slowed down, the request waits, then it is answered. */
export interface FaultPlan {
  /** KiB per second. */
  readonly rateKbps: number | undefined;
  readonly delayMs: number | undefined;
  readonly abort: AbortStatus | undefined;
  /** Whether the request counts as an active fault until it is over. */
  readonly isActive: boolean;
  /** Faults that did not happen because there were too many. */
  readonly overflows: number;
  /** The cluster that the request came from, for statistics; empty when it does not say. */
  readonly downstreamCluster: string;
}

const NO_FAULT: FaultPlan = Object.freeze({
  rateKbps: undefined,
  delayMs: undefined,
  abort: undefined,
  isActive: false,
  overflows: 0,
  downstreamCluster: '',
});

/** Plans the faults of a request. */
export function planFault(fault: FaultRuntime, request: RequestView, input: FaultInput, trace?: Trace): FaultPlan {
  const why = whyNotMeant(fault, request, input);
  if (why !== undefined) {
    trace?.step({ kind: 'fault', name: '', outcome: 'skipped', why });
    return NO_FAULT;
  }
  const plan = planMeant(fault, request, input);
  if (trace !== undefined) tracePlan(plan, trace);
  return plan;
}

/** Why the faults are not for this request; undefined when they are. */
function whyNotMeant(fault: FaultRuntime, request: RequestView, input: FaultInput): string | undefined {
  if (fault.upstreamCluster !== '' && fault.upstreamCluster !== input.routeCluster) {
    return `not routed to cluster ${fault.upstreamCluster}`;
  }
  if (fault.downstreamNodes.size > 0) {
    const node = request.get('x-envoy-downstream-service-node');
    if (node === undefined || !fault.downstreamNodes.has(node)) return `downstream node is ${node ?? 'not known'}`;
  }
  const failed = fault.headers.find((matcher) => !matcher.matches(request));
  return failed && `not ${failed.describe()}`;
}

function planMeant(fault: FaultRuntime, request: RequestView, input: FaultInput): FaultPlan {
  const { runtime } = input;
  const downstreamCluster = request.get('x-envoy-downstream-service-cluster') ?? '';
  const maxActive = runtime.integer(fault.keys.maxActive) ?? fault.maxActive;
  let isActive = false;
  let overflows = 0;
  const activate = (): boolean => {
    if (input.activeFaults + (isActive ? 1 : 0) >= maxActive) {
      overflows += 1;
      return false;
    }
    isActive = true;
    return true;
  };
  const rate = planRate(fault, request, input);
  const rateKbps = rate !== undefined && activate() ? rate : undefined;
  const delay = planDelay(fault, request, input, downstreamCluster);
  const delayMs = delay !== undefined && activate() ? delay : undefined;
  const answer = planAbort(fault, request, input, downstreamCluster);
  // Who waits is counted already.
  const abort = answer !== undefined && (delayMs !== undefined || activate()) ? answer : undefined;
  const counted = fault.countsDownstreamClusters ? downstreamCluster : '';
  return { rateKbps, delayMs, abort, isActive, overflows, downstreamCluster: counted };
}

function planRate({ rate, keys }: FaultRuntime, request: RequestView, input: FaultInput): number | undefined {
  if (rate === undefined) return undefined;
  if (!isHit(rate, 'throughput-response', keys.ratePercent, request, input)) return undefined;
  return rate.fixed ?? (numberIn(request, 'x-envoy-fault-throughput-response') || undefined);
}

function planDelay(
  { delay, keys }: FaultRuntime,
  request: RequestView,
  input: FaultInput,
  cluster: string,
): number | undefined {
  if (delay === undefined) return undefined;
  const percentKey = cluster === '' ? keys.delayPercent : `fault.http.${cluster}.delay.fixed_delay_percent`;
  if (!isHit(delay, 'delay-request', percentKey, request, input)) return undefined;
  const configured = delay.fixed ?? numberIn(request, 'x-envoy-fault-delay-request');
  if (configured === undefined) return undefined;
  const { runtime } = input;
  const general = runtime.integer(keys.delayMs) ?? configured;
  const ms = cluster === '' ? general : (runtime.integer(`fault.http.${cluster}.delay.fixed_duration_ms`) ?? general);
  return ms > 0 ? ms : undefined;
}

function planAbort(
  { abort, keys }: FaultRuntime,
  request: RequestView,
  input: FaultInput,
  cluster: string,
): AbortStatus | undefined {
  if (abort === undefined) return undefined;
  const percentKey = cluster === '' ? keys.abortPercent : `fault.http.${cluster}.abort.abort_percent`;
  if (!isHit(abort, 'abort-request', percentKey, request, input)) return undefined;
  const configured = abort.fixed ?? statusIn(request);
  if (configured === undefined) return undefined;
  const { kind } = configured;
  const own = kind === 'http' ? keys.abortHttpStatus : keys.abortGrpcStatus;
  const key = cluster === '' ? own : `fault.http.${cluster}.abort.${kind}_status`;
  return { kind, status: input.runtime.integer(key) ?? configured.status };
}

/** Whether a fault happens. Headers that control it may lower its share, not raise it. */
function isHit(
  { fixed, percentage }: FaultKind<unknown>,
  header: string,
  key: string,
  request: RequestView,
  { random, runtime }: FaultInput,
): boolean {
  const asked = fixed === undefined ? numberIn(request, `x-envoy-fault-${header}-percentage`) : undefined;
  const share: Fraction =
    asked === undefined ? percentage : { ...percentage, numerator: Math.min(asked, percentage.numerator) };
  return hitsFraction(runtime.fraction(key) ?? share, random());
}

function statusIn(request: RequestView): AbortStatus | undefined {
  const http = numberIn(request, 'x-envoy-fault-abort-request');
  if (http !== undefined && isAbortStatus(http)) return { kind: 'http', status: http };
  const grpc = numberIn(request, 'x-envoy-fault-abort-grpc-request');
  return grpc === undefined ? undefined : { kind: 'grpc', status: grpc };
}

/** A whole number in the first field of a name. */
function numberIn(request: RequestView, name: string): number | undefined {
  const text = firstValue(request, name);
  return text !== undefined && /^\s*\+?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

function tracePlan({ rateKbps, delayMs, abort, overflows }: FaultPlan, trace: Trace): void {
  const step = (name: string, why: string) => trace.step({ kind: 'fault', name, outcome: 'chosen', why });
  if (rateKbps !== undefined) step('rate', `response at ${rateKbps} KiB/s`);
  if (delayMs !== undefined) step('delay', `${delayMs} ms`);
  if (abort !== undefined) step('abort', `${abort.kind} status ${abort.status}`);
  if (overflows > 0) trace.step({ kind: 'fault', name: '', outcome: 'skipped', why: 'too many active faults' });
}
