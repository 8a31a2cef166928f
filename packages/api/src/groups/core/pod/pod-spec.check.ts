/** The rules of pods across their fields. */
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { ipProblems } from '../../../validation/ip.ts';
import { checkMatchLabels } from '../../../validation/label-selector.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../../validation/names.ts';
import { type ContainerSort, checkContainer } from './container.check.ts';
import type { Container } from './container.ts';
import type { PodSpec } from './pod-spec.ts';
import { checkPlacement } from './scheduling.check.ts';
import { checkPodSecurityContext } from './security-context.check.ts';
import { checkVolumes } from './volume.check.ts';

const MAX_SECONDS = 2_147_483_647;
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;

/** Judges what runs in a pod and how. */
export function checkPodSpec(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  checkVolumes(path.child('volumes'), spec.volumes ?? [], report);
  checkContainers(path, spec, report);
  checkTimes(path, spec, report);
  checkNamesIn(path, spec, report);
  checkMatchLabels(path.child('nodeSelector'), spec.nodeSelector, report);
  checkPodSecurityContext(path.child('securityContext'), spec.securityContext, report);
  checkPlacement(path, spec, report);
  checkDns(path, spec, report);
  checkHost(path, spec, report);
  checkGates(path, spec, report);
}

function checkContainers(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  if (spec.containers.length === 0) report.required(path.child('containers'));
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  const each = (field: string, sort: ContainerSort, containers: readonly Container[]): void => {
    for (const [i, one] of containers.entries()) {
      const at = path.child(field).index(i);
      checkContainer(at, one, sort, spec, report);
      if (one.name !== '' && names.has(one.name)) report.duplicate(at.child('name'), one.name);
      names.add(one.name);
      if (sort === 'container') checkHostPorts(at.child('ports'), one, hostPorts, report);
    }
  };
  each('containers', 'container', spec.containers);
  each('initContainers', 'init', spec.initContainers ?? []);
  each('ephemeralContainers', 'ephemeral', spec.ephemeralContainers ?? []);
  for (const [i, one] of (spec.ephemeralContainers ?? []).entries()) {
    const target = one.targetContainerName;
    if (target === undefined || target === '' || spec.containers.some((other) => other.name === target)) continue;
    report.notFound(path.child('ephemeralContainers').index(i).child('targetContainerName'), target);
  }
}

function checkHostPorts(path: FieldPath, one: Container, taken: Set<string>, report: IssueReport): void {
  for (const [i, { hostPort = 0, hostIP = '', protocol }] of (one.ports ?? []).entries()) {
    if (hostPort === 0) continue;
    const id = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(id)) report.duplicate(path.index(i).child('hostPort'), id);
    taken.add(id);
  }
}

function checkTimes(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_SECONDS)) {
    report.invalid(path.child('activeDeadlineSeconds'), deadline, `must be between 1 and ${MAX_SECONDS}, inclusive`);
  }
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0) {
    const at = path.child('terminationGracePeriodSeconds').toString();
    report.warn(`${at}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
}

function checkNamesIn(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const) {
    const name = spec[field] ?? '';
    for (const problem of name === '' ? [] : dns1123SubdomainProblems(name))
      report.invalid(path.child(field), name, problem);
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    const name = spec[field] ?? '';
    for (const problem of name === '' ? [] : dns1123LabelProblems(name))
      report.invalid(path.child(field), name, problem);
  }
  if (spec.serviceAccount !== undefined && spec.serviceAccount !== spec.serviceAccountName) {
    report.warn(
      `${path.child('serviceAccount').toString()}: deprecated; use "${path.child('serviceAccountName').toString()}" instead`,
    );
  }
  for (const [i, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if ((name ?? '') !== '') continue;
    report.warn(`${path.child('imagePullSecrets').index(i).toString()}: invalid empty name ""`);
  }
  const os = spec.os?.name;
  if (os === '') report.required(path.child('os', 'name'));
  else if (os !== undefined && os !== 'linux' && os !== 'windows') {
    report.notSupported(path.child('os', 'name'), os, ['linux', 'windows']);
  }
}

function checkDns(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  const at = path.child('dnsConfig');
  if (spec.dnsPolicy === 'None') {
    if (spec.dnsConfig === undefined) {
      report.required(at, 'must provide `dnsConfig` when `dnsPolicy` is None');
      return;
    }
    if (nameservers.length === 0) {
      report.required(at.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None');
    }
  }
  if (nameservers.length > MAX_NAMESERVERS) {
    report.invalid(at.child('nameservers'), nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`);
  }
  for (const [i, ip] of nameservers.entries()) {
    for (const problem of ipProblems(ip)) report.invalid(at.child('nameservers').index(i), ip, problem);
  }
  if (searches.length > MAX_SEARCHES) {
    report.invalid(at.child('searches'), searches, `must not have more than ${MAX_SEARCHES} search paths`);
  }
  if (searches.join(' ').length > MAX_SEARCH_CHARS) {
    const message = `must not have more than ${MAX_SEARCH_CHARS} characters (including spaces) in the search list`;
    report.invalid(at.child('searches'), searches, message);
  }
  for (const [i, domain] of searches.entries()) {
    const name = domain.replace(/\.$/, '').replaceAll('_', '-');
    if (name === '') continue;
    for (const problem of dns1123SubdomainProblems(name))
      report.invalid(at.child('searches').index(i), domain, problem);
  }
  for (const [i, option] of options.entries()) {
    if ((option.name ?? '') === '') report.required(at.child('options').index(i), 'must not be empty');
  }
}

function checkHost(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const message = 'ShareProcessNamespace and HostPID cannot both be enabled';
    report.invalid(path.child('shareProcessNamespace'), true, message);
  }
  if (spec.hostUsers === false) {
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
      if (spec[field] === true) report.forbidden(path.child(field), 'when `hostUsers` is false');
    }
  }
  const ips = new Set<string>();
  for (const [i, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    const at = path.child('hostAliases').index(i);
    for (const problem of ipProblems(ip)) report.invalid(at.child('ip'), ip, problem);
    if (ips.has(ip)) report.warn(`${at.child('ip').toString()}: duplicate ip ${ip}`);
    ips.add(ip);
    for (const [j, name] of hostnames.entries()) {
      for (const problem of dns1123SubdomainProblems(name))
        report.invalid(at.child('hostnames').index(j), name, problem);
    }
  }
}

function checkGates(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    const at = path.child('readinessGates').index(i).child('conditionType');
    for (const problem of qualifiedNameProblems(conditionType)) report.invalid(at, conditionType, problem);
  }
  const gates = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    const at = path.child('schedulingGates').index(i);
    for (const problem of qualifiedNameProblems(name)) report.invalid(at, name, problem);
    if (gates.has(name)) report.duplicate(at, name);
    gates.add(name);
  }
  if (gates.size > 0 && (spec.nodeName ?? '') !== '') {
    report.forbidden(path.child('nodeName'), 'cannot be set until all schedulingGates have been cleared');
  }
  const claims = new Set<string>();
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const at = path.child('resourceClaims').index(i);
    for (const problem of dns1123LabelProblems(claim.name)) report.invalid(at.child('name'), claim.name, problem);
    if (claims.has(claim.name)) report.duplicate(at.child('name'), claim.name);
    claims.add(claim.name);
    if ((claim.resourceClaimName === undefined) === (claim.resourceClaimTemplateName === undefined)) {
      report.invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    }
  }
}
