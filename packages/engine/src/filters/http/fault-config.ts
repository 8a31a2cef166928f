import type {
  FaultDelay,
  FaultDelay_HeaderDelay,
  FaultRateLimit,
  FaultRateLimit_FixedLimit,
  FaultRateLimit_HeaderLimit,
} from '@weft/proto/envoy/extensions/filters/common/fault/v3/fault';
import type { FaultAbort, FaultAbort_HeaderAbort } from '@weft/proto/envoy/extensions/filters/http/fault/v3/fault';
import type { FractionalPercent } from '@weft/proto/envoy/type/v3/percent';
import type { CompileContext } from '../../compile/context.ts';
import { compileDurationMs } from '../../compile/matchers/duration.ts';
import { compileFraction } from '../../compile/matchers/fraction.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { Fraction } from '../../match/fraction.ts';

const COMMON = 'envoy.extensions.filters.common.fault.v3';
const PACKAGE = 'envoy.extensions.filters.http.fault.v3';

/** What is supported of single faults. */
export const FAULT_KIND_SUPPORT = [
  supports<FaultDelay>(`${COMMON}.FaultDelay`, {
    faultDelaySecifier: { fixedDelay: true, headerDelay: true },
    percentage: true,
  }),
  supports<FaultDelay_HeaderDelay>(`${COMMON}.FaultDelay.HeaderDelay`, {}),
  supports<FaultRateLimit>(`${COMMON}.FaultRateLimit`, {
    limitType: { fixedLimit: true, headerLimit: true },
    percentage: true,
  }),
  supports<FaultRateLimit_FixedLimit>(`${COMMON}.FaultRateLimit.FixedLimit`, { limitKbps: true }),
  supports<FaultRateLimit_HeaderLimit>(`${COMMON}.FaultRateLimit.HeaderLimit`, {}),
  supports<FaultAbort>(`${PACKAGE}.FaultAbort`, {
    errorType: { httpStatus: true, grpcStatus: true, headerAbort: true },
    percentage: true,
    responseBody: 'the body is that of the fault filter: use local_reply_config',
  }),
  supports<FaultAbort_HeaderAbort>(`${PACKAGE}.FaultAbort.HeaderAbort`, {}),
];

/** A fault that happens to a share of requests; the request's headers say how where `fixed` is undefined, and may lower the share then. */
export interface FaultKind<T> {
  readonly fixed: T | undefined;
  readonly percentage: Fraction;
}

/** How a request is answered: with one of both. */
export type AbortStatus =
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'grpc'; readonly status: number };

/** Without a percentage a fault never happens. */
const NEVER: Fraction = { numerator: 0, denominator: 100 };

function percentageOf(
  message: FractionalPercent | undefined,
  path: string,
  context: CompileContext,
): Fraction | undefined {
  return message === undefined ? NEVER : compileFraction(message, `${path}.percentage`, context);
}

/** Compiles a delay in milliseconds; undefined when there was a problem. */
export function compileDelay(
  message: FaultDelay,
  path: string,
  context: CompileContext,
): FaultKind<number> | undefined {
  const { faultDelaySecifier: given } = message;
  const percentage = percentageOf(message.percentage, path, context);
  if (given.case === undefined) return isMissing(path, 'fixed_delay or header_delay', context);
  if (given.case === 'headerDelay') return percentage && { fixed: undefined, percentage };
  const { seconds, nanos } = given.value;
  if (seconds === 0n && nanos === 0) {
    context.problems.add(`${path}.fixed_delay`, 'must be greater than 0s');
    return undefined;
  }
  const fixed = compileDurationMs(given.value, `${path}.fixed_delay`, context);
  return fixed === undefined || percentage === undefined ? undefined : { fixed, percentage };
}

/** Compiles a limit in KiB per second; undefined when there was a problem. */
export function compileRate(
  message: FaultRateLimit,
  path: string,
  context: CompileContext,
): FaultKind<number> | undefined {
  const { limitType: given } = message;
  const percentage = percentageOf(message.percentage, path, context);
  if (given.case === undefined) return isMissing(path, 'fixed_limit or header_limit', context);
  if (given.case === 'headerLimit') return percentage && { fixed: undefined, percentage };
  if (given.value.limitKbps > 0n) return percentage && { fixed: Number(given.value.limitKbps), percentage };
  context.problems.add(`${path}.fixed_limit.limit_kbps`, 'must be at least 1');
  return undefined;
}

const MIN_STATUS = 200;
const MAX_STATUS = 599;

/** Whether faults may answer with this status. */
export function isAbortStatus(status: number): boolean {
  return status >= MIN_STATUS && status <= MAX_STATUS;
}

/** Compiles an answer; undefined when there was a problem. */
export function compileAbort(
  message: FaultAbort,
  path: string,
  context: CompileContext,
): FaultKind<AbortStatus> | undefined {
  const { errorType: given } = message;
  const percentage = percentageOf(message.percentage, path, context);
  if (given.case === undefined) return isMissing(path, 'http_status, grpc_status or header_abort', context);
  if (given.case === 'headerAbort') return percentage && { fixed: undefined, percentage };
  if (given.case === 'grpcStatus') return percentage && { fixed: { kind: 'grpc', status: given.value }, percentage };
  if (isAbortStatus(given.value)) return percentage && { fixed: { kind: 'http', status: given.value }, percentage };
  context.problems.add(`${path}.http_status`, `must be from ${MIN_STATUS} to ${MAX_STATUS}, not ${given.value}`);
  return undefined;
}
