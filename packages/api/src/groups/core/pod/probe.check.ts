/** The rules of probes and lifecycle handlers. */
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { checkPort, checkPortNumberOrName } from '../../../validation/port-name.ts';
import type { Lifecycle, LifecycleHandler, Probe } from './probe.ts';

const HEADER_NAME = /^[-A-Za-z0-9]+$/;
const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

type Handler = Pick<Probe, 'grpc'> & LifecycleHandler;

/** Judges one probe; `use` decides which thresholds make sense. */
export function checkProbe(
  path: FieldPath,
  probe: Probe | undefined,
  use: 'liveness' | 'readiness' | 'startup',
  report: IssueReport,
): void {
  if (probe === undefined) return;
  checkHandler(path, probe, report);
  for (const field of COUNTS) {
    const value = probe[field];
    if (value !== undefined && value < 0) {
      report.invalid(path.child(field), value, 'must be greater than or equal to 0');
    }
  }
  if (use !== 'readiness' && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    report.invalid(path.child('successThreshold'), probe.successThreshold, 'must be 1');
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace === undefined) return;
  const at = path.child('terminationGracePeriodSeconds');
  if (use === 'readiness') report.invalid(at, grace, 'must not be set for readinessProbes');
  else if (grace <= 0) report.invalid(at, grace, 'must be greater than 0');
}

/** Judges what is done at the start and before the end. */
export function checkLifecycle(
  path: FieldPath,
  lifecycle: Lifecycle | undefined,
  graceSeconds: number,
  report: IssueReport,
): void {
  if (lifecycle === undefined) return;
  for (const moment of ['postStart', 'preStop'] as const) {
    const handler = lifecycle[moment];
    if (handler === undefined) continue;
    checkHandler(path.child(moment), handler, report);
    const seconds = handler.sleep?.seconds;
    if (seconds !== undefined && (seconds < 0 || seconds > graceSeconds)) {
      const message = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
      report.invalid(path.child(moment, 'sleep', 'seconds'), seconds, message);
    }
  }
}

function checkHandler(path: FieldPath, handler: Handler, report: IssueReport): void {
  let found = 0;
  for (const kind of HANDLERS) {
    if (handler[kind] === undefined) continue;
    found++;
    if (found > 1) report.forbidden(path.child(kind), 'may not specify more than 1 handler type');
    else checkAction(path, kind, handler, report);
  }
  if (found === 0) report.required(path, 'must specify a handler type');
}

function checkAction(path: FieldPath, kind: (typeof HANDLERS)[number], handler: Handler, report: IssueReport): void {
  const at = path.child(kind);
  if (kind === 'exec' && (handler.exec?.command ?? []).length === 0) report.required(at.child('command'));
  if (kind === 'grpc') checkPort(at.child('port'), handler.grpc!.port, report);
  if (kind === 'tcpSocket') checkPortNumberOrName(at.child('port'), handler.tcpSocket!.port, report);
  if (kind !== 'httpGet') return;
  const { path: urlPath, port, httpHeaders = [] } = handler.httpGet!;
  if (urlPath === undefined || urlPath === '') report.required(at.child('path'));
  checkPortNumberOrName(at.child('port'), port, report);
  for (const [i, header] of httpHeaders.entries()) {
    if (HEADER_NAME.test(header.name)) continue;
    const message =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    report.invalid(at.child('httpHeaders').index(i).child('name'), header.name, message);
  }
}
