/** Hosts as gateways and sidecars write them: `namespace/host`. */
import { isIp } from '@weft/core';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { isDnsLabel, isPartialWildcard, wildcardDomainProblem } from '../../validation/hosts.ts';

/** Checks a host of a server; the namespace may be left out. */
export function checkGatewayHost(text: string, path: FieldPath, report: IssueReport): void {
  const slash = text.indexOf('/');
  if (slash < 0) {
    checkHostPart(text, text, true, path, report);
    return;
  }
  const namespace = text.slice(0, slash);
  if (!checkNotEmpty(text, slash, path, report)) return;
  if (namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace)) {
    report.invalid(path, text, `invalid namespace value ${JSON.stringify(namespace)} in gateway`);
  }
  checkHostPart(text, text.slice(slash + 1), true, path, report);
}

/** Checks a host that a sidecar reaches; a leading `~` takes it out of what other entries import. */
export function checkEgressHost(text: string, path: FieldPath, report: IssueReport): void {
  const slash = text.indexOf('/');
  if (slash < 0) {
    report.invalid(path, text, 'host must be of form namespace/dnsName');
    return;
  }
  if (!checkNotEmpty(text, slash, path, report)) return;
  const written = text.slice(0, slash);
  // "~" alone is "no namespace at all"; before a name it excludes.
  const namespace = written.length > 1 && written.startsWith('~') ? written.slice(1) : written;
  if (namespace !== '*' && namespace !== '.' && namespace !== '~' && !isDnsLabel(namespace)) {
    report.invalid(path, text, `invalid namespace value ${JSON.stringify(namespace)} in sidecar`);
  }
  checkHostPart(text, text.slice(slash + 1), false, path, report);
}

function checkNotEmpty(text: string, slash: number, path: FieldPath, report: IssueReport): boolean {
  if (slash > 0 && slash < text.length - 1) return true;
  report.invalid(path, text, 'config namespace and dnsName in host entry cannot be empty');
  return false;
}

function checkHostPart(whole: string, host: string, isGateway: boolean, path: FieldPath, report: IssueReport): void {
  if (isGateway && isIp(host)) return;
  if (host !== '*' && !host.includes('.')) report.invalid(path, whole, 'short names (non FQDN) are not allowed');
  const problem = wildcardDomainProblem(host);
  if (problem !== undefined) report.invalid(path, whole, problem);
  if (isPartialWildcard(host)) report.invalid(path, whole, `partial wildcard ${JSON.stringify(host)} not allowed`);
}
