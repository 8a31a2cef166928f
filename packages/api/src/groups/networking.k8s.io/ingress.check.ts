/** The rules of ingresses. */
import { parseIp } from '@weft/core';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  portProblems,
  wildcardSubdomainProblems,
} from '../../validation/names.ts';
import { portNameProblems } from '../../validation/port-name.ts';
import type { IngressBackend, IngressSpec } from './ingress-spec.ts';

const specPath = FieldPath.root.child('spec');
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDS = ['/..', '/.'];

type IngressPath = NonNullable<NonNullable<IngressSpec['rules']>[number]['http']>['paths'][number];

/** Judges where requests from outside go. */
export function checkIngress(spec: IngressSpec, report: IssueReport): void {
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    report.invalid(specPath, rules, 'either `defaultBackend` or `rules` must be specified');
  }
  if (spec.defaultBackend !== undefined) checkBackend(specPath.child('defaultBackend'), spec.defaultBackend, report);
  for (const [i, rule] of rules.entries()) {
    const at = specPath.child('rules').index(i);
    checkHost(at.child('host'), rule.host ?? '', report);
    if (rule.http === undefined) continue;
    if (rule.http.paths.length === 0) report.required(at.child('http', 'paths'));
    for (const [j, path] of rule.http.paths.entries()) checkPath(at.child('http', 'paths').index(j), path, report);
  }
  for (const [i, tls] of (spec.tls ?? []).entries()) checkTls(specPath.child('tls').index(i), tls, report);
  const className = spec.ingressClassName;
  for (const problem of className === undefined ? [] : dns1123SubdomainProblems(className)) {
    report.invalid(specPath.child('ingressClassName'), className, problem);
  }
}

function checkHost(path: FieldPath, host: string, report: IssueReport): void {
  if (host === '') return;
  if (parseIp(host) !== undefined) {
    report.invalid(path, host, 'must be a DNS name, not an IP address');
    return;
  }
  const problems = host.includes('*') ? wildcardSubdomainProblems(host) : dns1123SubdomainProblems(host);
  for (const problem of problems) report.invalid(path, host, problem);
}

function checkPath(at: FieldPath, { path = '', pathType, backend }: IngressPath, report: IssueReport): void {
  const where = at.child('path');
  if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) report.invalid(where, path, 'must be an absolute path');
  } else {
    if (!path.startsWith('/')) report.invalid(where, path, 'must be an absolute path');
    for (const text of FORBIDDEN_SEQUENCES) {
      if (path.includes(text)) report.invalid(where, path, `must not contain '${text}'`);
    }
    for (const text of FORBIDDEN_ENDS) {
      if (path.endsWith(text)) report.invalid(where, path, `cannot end with '${text}'`);
    }
  }
  checkBackend(at.child('backend'), backend, report);
}

function checkBackend(path: FieldPath, { service, resource }: IngressBackend, report: IssueReport): void {
  if (service !== undefined && resource !== undefined) {
    report.invalid(path, '', 'cannot set both resource and service backends');
  } else if (service !== undefined) checkServiceBackend(path.child('service'), service, report);
  else if (resource === undefined) report.required(path, 'resource or service backend is required');
  else {
    for (const field of ['kind', 'name'] as const) {
      if (resource[field] === '') report.required(path.child('resource', field));
    }
  }
}

function checkServiceBackend(
  path: FieldPath,
  service: NonNullable<IngressBackend['service']>,
  report: IssueReport,
): void {
  if (service.name === '') report.required(path.child('name'));
  else
    for (const problem of dns1035LabelProblems(service.name)) report.invalid(path.child('name'), service.name, problem);
  const { name = '', number = 0 } = service.port ?? {};
  if (name !== '' && number !== 0) report.invalid(path, '', 'cannot set both port name & port number');
  else if (name !== '') {
    for (const problem of portNameProblems(name)) report.invalid(path.child('port', 'name'), name, problem);
  } else if (number !== 0) {
    for (const problem of portProblems(number)) report.invalid(path.child('port', 'number'), number, problem);
  } else report.required(path, 'port name or number is required');
}

function checkTls(path: FieldPath, tls: NonNullable<IngressSpec['tls']>[number], report: IssueReport): void {
  for (const [i, host] of (tls.hosts ?? []).entries()) {
    const problems = host.includes('*') ? wildcardSubdomainProblems(host) : dns1123SubdomainProblems(host);
    for (const problem of problems) report.invalid(path.child('hosts').index(i), host, problem);
  }
  const name = tls.secretName ?? '';
  for (const problem of name === '' ? [] : dns1123SubdomainProblems(name)) {
    report.invalid(path.child('secretName'), name, problem);
  }
}
