/** How extension providers name the service behind them. */
import { parseIp } from '@weft/core';
import { type FieldPath, type IssueReport, required, string } from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel } from '../../validation/hosts.ts';
import { uint32 } from '../networking.istio.io/scalars.ts';

/** Members of every provider that is a service. */
export const serviceFields = {
  service: required(string('Host of the service, or namespace/host.')),
  port: required(uint32('Port of the service.')),
} as const;

/** Checks host and port of a provider. */
export function checkService(
  provider: { readonly service: string; readonly port: number },
  path: FieldPath,
  report: IssueReport,
): void {
  const { service, port } = provider;
  const at = path.child('service');
  const slash = service.indexOf('/');
  const host = service.slice(slash + 1);
  if (service === '') report.required(at, 'service must not be empty');
  else if (slash >= 0 && !isDnsLabel(service.slice(0, slash))) {
    report.invalid(at, service, 'must be [<namespace>/]<host>, and the namespace a DNS label');
  } else if (parseIp(host) === undefined) {
    const problem = fqdnProblem(host);
    if (problem !== undefined) report.invalid(at, service, problem);
  }
  if (port < 1 || port > 65535)
    report.invalid(path.child('port'), port, `port number ${port} must be in the range 1..65535`);
}
