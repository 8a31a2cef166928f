/** Faults that are injected on purpose. */
import { type FieldPath, type Infer, type IssueReport, integer, object, string } from '../../schema/index.ts';
import { GRPC_STATUSES } from '../../validation/http.ts';
import { atMostOneOf } from './one-of.ts';
import { duration, type Percent, percent } from './scalars.ts';

/** The proxy counts in millionths. */
const SMALLEST_PERCENT = 0.0001;

const delay = object(
  'Let requests wait.',
  {
    fixedDelay: duration('How long a request waits.'),
    exponentialDelay: duration('Mean of delays that vary; not supported.'),
    percentage: percent,
    percent: integer('Older form of percentage: a whole number.', {
      deprecated: 'is deprecated, use percentage instead',
    }),
  },
  { rules: [atMostOneOf('fixedDelay', 'exponentialDelay')] },
);

const abort = object(
  'Answer requests with an error.',
  {
    httpStatus: integer('Status of the answer.'),
    grpcStatus: string('Status of the answer to a gRPC call, by name, such as UNAVAILABLE.'),
    http2Error: string('Error of HTTP/2; not supported.'),
    percentage: percent,
  },
  { rules: [atMostOneOf('grpcStatus', 'httpStatus', 'http2Error')] },
);

/** Faults that are injected on purpose. */
export const fault = object('Faults that are injected on purpose.', { delay, abort });

/** Faults that are injected on purpose. */
export type Fault = Infer<typeof fault>;

/** Checks that there is a fault, and its numbers. */
export function checkFault(value: Fault, path: FieldPath, report: IssueReport): void {
  if (value.abort === undefined && value.delay === undefined) {
    report.invalid(path, '', 'HTTP fault injection must have an abort and/or a delay');
  }
  if (value.delay !== undefined) checkDelay(value.delay, path.child('delay'), report);
  if (value.abort !== undefined) checkAbort(value.abort, path.child('abort'), report);
}

/** A status that may be given as an answer. */
export function checkHttpStatus(status: number, path: FieldPath, report: IssueReport): void {
  if (status < 200 || status > 599) report.invalid(path, status, `HTTP status ${status} is not in range 200-599`);
}

function checkDelay(value: NonNullable<Fault['delay']>, path: FieldPath, report: IssueReport): void {
  checkFaultPercent(value.percentage, path, report);
  if (value.exponentialDelay !== undefined) {
    report.invalid(path.child('exponentialDelay'), value.exponentialDelay, 'exponentialDelay not supported yet');
  } else if (value.fixedDelay === undefined) {
    report.warn(`${path.toString()}: has no effect without fixedDelay`);
  }
  const old = value.percent ?? 0;
  if (old < 0 || old > 100) report.invalid(path.child('percent'), old, 'percentage is not in range 0..100');
}

function checkAbort(value: NonNullable<Fault['abort']>, path: FieldPath, report: IssueReport): void {
  checkFaultPercent(value.percentage, path, report);
  if (value.http2Error !== undefined) {
    report.invalid(path.child('http2Error'), value.http2Error, 'HTTP/2 abort fault injection not supported yet');
  } else if (value.grpcStatus !== undefined) {
    if (!GRPC_STATUSES.includes(value.grpcStatus)) {
      report.notSupported(path.child('grpcStatus'), value.grpcStatus, GRPC_STATUSES);
    }
  } else if (value.httpStatus !== undefined) {
    checkHttpStatus(value.httpStatus, path.child('httpStatus'), report);
  } else report.warn(`${path.toString()}: abort configured, but error type not set`);
}

function checkFaultPercent(share: Percent | undefined, path: FieldPath, report: IssueReport): void {
  const value = share?.value ?? 0;
  if (value === 0 || (value >= SMALLEST_PERCENT && value <= 100)) return;
  report.invalid(
    path.child('percentage', 'value'),
    value,
    `percentage ${value} is neither 0.0, nor in range [${SMALLEST_PERCENT}, 100.0]`,
  );
}
