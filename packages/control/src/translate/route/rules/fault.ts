/** Faults that are injected on purpose, as configuration of the fault filter for one route. */
import { GRPC_STATUSES } from '@weft/api';
import type { HTTPFaultJson } from '@weft/proto/envoy/extensions/filters/http/fault/v3/fault';
import type { HttpRouteSpec } from '../../../mesh/model/index.ts';
import { durationJson, fractionOfPercent, wholePercent } from '../../json/values.ts';

type Fault = NonNullable<HttpRouteSpec['fault']>;

/** The faults of a rule; undefined when it has none that can be injected. */
export function translateFault({ delay, abort }: Fault): HTTPFaultJson | undefined {
  const fault: HTTPFaultJson = { ...delayOf(delay), ...abortOf(abort) };
  return Object.keys(fault).length === 0 ? undefined : fault;
}

function delayOf(delay: Fault['delay']): Pick<HTTPFaultJson, 'delay'> {
  const fixedDelay = delay?.fixedDelay === undefined ? undefined : durationJson(delay.fixedDelay);
  if (delay === undefined || fixedDelay === undefined) return {};
  const { percentage, percent = 0 } = delay;
  const share = percentage === undefined ? wholePercent(percent) : fractionOfPercent(percentage.value ?? 0);
  return { delay: { fixedDelay, percentage: share } };
}

/** Without a percentage no request is aborted. */
function abortOf(abort: Fault['abort']): Pick<HTTPFaultJson, 'abort'> {
  const status = abort === undefined ? undefined : statusOf(abort);
  if (abort === undefined || status === undefined) return {};
  return { abort: { ...status, percentage: fractionOfPercent(abort.percentage?.value ?? 0) } };
}

function statusOf({
  httpStatus,
  grpcStatus,
}: NonNullable<Fault['abort']>): { httpStatus: number } | { grpcStatus: number } | undefined {
  if (httpStatus !== undefined) return { httpStatus };
  const code = grpcStatus === undefined ? -1 : GRPC_STATUSES.indexOf(grpcStatus);
  return code < 0 ? undefined : { grpcStatus: code };
}
