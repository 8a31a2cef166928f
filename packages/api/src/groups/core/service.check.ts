/** The rules of Services across their fields. */
import { parseIp } from '@weft/core';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { cidrProblems, ipProblems } from '../../validation/ip.ts';
import { checkMatchLabels } from '../../validation/label-selector.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.ts';
import { checkPort, checkPortNumberOrName } from '../../validation/port-name.ts';
import { isExternallyAccessible } from './service.defaults.ts';
import type { ServicePort, ServiceSpec } from './service-spec.ts';
import { specialIpProblems } from './special-ip.ts';

const specPath = FieldPath.root.child('spec');
const portsPath = specPath.child('ports');
const KUBELET_PORT = 10250;
const MAX_AFFINITY_SECONDS = 86_400;
const TRAFFIC_DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

/** Judges a service's spec, and on update what must not change. */
export function checkService(spec: ServiceSpec, old: ServiceSpec | undefined, report: IssueReport): void {
  const ports = spec.ports ?? [];
  const isHeadless = spec.clusterIP === 'None';
  if (ports.length === 0 && !isHeadless && spec.type !== 'ExternalName') report.required(portsPath);
  for (const [i, port] of ports.entries()) checkServicePort(portsPath.index(i), port, spec, ports.length > 1, report);
  checkDuplicatePorts(ports, report);
  checkType(spec, report);
  checkMatchLabels(specPath.child('selector'), spec.selector, report);
  checkAffinity(spec, report);
  checkClusterIps(spec, report);
  checkExternalAccess(spec, report);
  checkLoadBalancerFields(spec, report);
  if (spec.trafficDistribution !== undefined && !TRAFFIC_DISTRIBUTIONS.includes(spec.trafficDistribution)) {
    report.notSupported(specPath.child('trafficDistribution'), spec.trafficDistribution, TRAFFIC_DISTRIBUTIONS);
  }
  if (old !== undefined) checkServiceUpdate(spec, old, report);
}

function checkServicePort(
  path: FieldPath,
  port: ServicePort,
  spec: ServiceSpec,
  needsName: boolean,
  report: IssueReport,
): void {
  const { name = '' } = port;
  if (name === '') {
    if (needsName) report.required(path.child('name'));
  } else {
    for (const problem of dns1123LabelProblems(name)) report.invalid(path.child('name'), name, problem);
  }
  checkPort(path.child('port'), port.port, report);
  if (port.targetPort !== undefined) checkPortNumberOrName(path.child('targetPort'), port.targetPort, report);
  for (const problem of port.appProtocol === undefined ? [] : qualifiedNameProblems(port.appProtocol)) {
    report.invalid(path.child('appProtocol'), port.appProtocol, problem);
  }
  if (spec.type === 'LoadBalancer' && port.port === KUBELET_PORT) {
    report.invalid(
      path.child('port'),
      port.port,
      `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`,
    );
  }
  const nodePort = port.nodePort ?? 0;
  if (nodePort === 0) return;
  if (spec.type === 'ClusterIP') {
    report.forbidden(path.child('nodePort'), "may not be used when `type` is 'ClusterIP'");
  } else if (spec.type === 'ExternalName') {
    report.forbidden(path.child('nodePort'), "may not be used when `type` is 'ExternalName'");
  } else checkPort(path.child('nodePort'), nodePort, report);
}

function checkDuplicatePorts(ports: readonly ServicePort[], report: IssueReport): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [i, { name, port, protocol, nodePort }] of ports.entries()) {
    if (name !== undefined && name !== '') {
      if (names.has(name)) report.duplicate(portsPath.index(i).child('name'), name);
      names.add(name);
    }
    const id = `${protocol}/${port}`;
    if (numbers.has(id)) report.duplicate(portsPath.index(i), { port, protocol });
    numbers.add(id);
    if (nodePort === undefined || nodePort === 0) continue;
    const nodeId = `${protocol}/${nodePort}`;
    if (nodePorts.has(nodeId)) report.duplicate(portsPath.index(i).child('nodePort'), nodePort);
    nodePorts.add(nodeId);
  }
}

function checkType(spec: ServiceSpec, report: IssueReport): void {
  const { type } = spec;
  if (type === 'ExternalName') checkExternalName(spec, report);
  if ((type === 'LoadBalancer' || type === 'NodePort') && spec.clusterIP === 'None') {
    const first = specPath.child('clusterIPs').index(0);
    report.invalid(first, 'None', `may not be set to 'None' for ${type} services`);
  }
}

function checkExternalName(spec: ServiceSpec, report: IssueReport): void {
  const hasIp = (spec.clusterIP ?? '') !== '' || (spec.clusterIPs ?? []).length > 0;
  if (hasIp) report.forbidden(specPath.child('clusterIPs'), 'may not be set for ExternalName services');
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  const path = specPath.child('externalName');
  if (name === '') report.required(path);
  else for (const problem of dns1123SubdomainProblems(name)) report.invalid(path, name, problem);
}

function checkAffinity(spec: ServiceSpec, report: IssueReport): void {
  if (spec.sessionAffinity !== 'ClientIP') {
    if (spec.sessionAffinityConfig !== undefined) {
      report.forbidden(specPath.child('sessionAffinityConfig'), 'must not be set when session affinity is None');
    }
    return;
  }
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)) {
    const path = specPath.child('sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
    report.invalid(path, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
  }
}

function checkClusterIps(spec: ServiceSpec, report: IssueReport): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [], ipFamilies = [] } = spec;
  const path = specPath.child('clusterIPs');
  if (clusterIPs.length > 0) {
    if (clusterIP === '') report.invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified');
    else if (clusterIPs[0] !== clusterIP)
      report.invalid(path.index(0), clusterIPs[0], 'first value must match `clusterIP`');
  }
  if (clusterIPs.length > 2) report.invalid(path, clusterIPs, 'may only hold up to 2 values');
  for (const [i, ip] of clusterIPs.entries()) {
    if (ip === 'None') {
      if (i > 0) report.invalid(path.index(i), ip, "'None' must be the first and only value");
      continue;
    }
    for (const problem of ipProblems(ip)) report.invalid(path.index(i), ip, problem);
  }
  if (clusterIPs.length === 2 && parseIp(clusterIPs[0]!)?.family === parseIp(clusterIPs[1]!)?.family) {
    report.invalid(path, clusterIPs, 'may specify no more than one IP for each IP family');
  }
  if (ipFamilies.length > 2) report.invalid(specPath.child('ipFamilies'), ipFamilies, 'may only hold up to 2 values');
  if (ipFamilies.length === 2 && ipFamilies[0] === ipFamilies[1]) {
    report.duplicate(specPath.child('ipFamilies').index(1), ipFamilies[1]);
  }
}

function checkExternalAccess(spec: ServiceSpec, report: IssueReport): void {
  for (const [i, text] of (spec.externalIPs ?? []).entries()) {
    const path = specPath.child('externalIPs').index(i);
    for (const problem of ipProblems(text)) report.invalid(path, text, problem);
    const ip = parseIp(text);
    for (const problem of ip === undefined ? [] : specialIpProblems(ip)) report.invalid(path, text, problem);
  }
  const { externalTrafficPolicy, healthCheckNodePort } = spec;
  if (externalTrafficPolicy !== undefined && !isExternallyAccessible(spec)) {
    const path = specPath.child('externalTrafficPolicy');
    report.invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services');
  }
  if (healthCheckNodePort === undefined || healthCheckNodePort === 0) return;
  const path = specPath.child('healthCheckNodePort');
  if (spec.type === 'LoadBalancer' && externalTrafficPolicy === 'Local') checkPort(path, healthCheckNodePort, report);
  else {
    const message = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    report.invalid(path, healthCheckNodePort, message);
  }
}

function checkLoadBalancerFields(spec: ServiceSpec, report: IssueReport): void {
  if (spec.type !== 'LoadBalancer') {
    for (const field of ['loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
      const value = spec[field];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      report.forbidden(specPath.child(field), "may only be used when `type` is 'LoadBalancer'");
    }
    return;
  }
  for (const [i, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    const path = specPath.child('loadBalancerSourceRanges').index(i);
    for (const problem of cidrProblems(range.trim())) report.invalid(path, range, problem);
  }
  for (const problem of spec.loadBalancerClass === undefined ? [] : qualifiedNameProblems(spec.loadBalancerClass)) {
    report.invalid(specPath.child('loadBalancerClass'), spec.loadBalancerClass, problem);
  }
}

function checkServiceUpdate(spec: ServiceSpec, old: ServiceSpec, report: IssueReport): void {
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName') {
    const before = old.clusterIPs ?? (old.clusterIP === undefined ? [] : [old.clusterIP]);
    const now = spec.clusterIPs ?? [];
    if (before[0] !== undefined && before[0] !== '' && now[0] !== before[0]) {
      report.invalid(specPath.child('clusterIPs').index(0), now[0] ?? '', 'may not change once set');
    }
  }
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer' && old.loadBalancerClass !== spec.loadBalancerClass) {
    report.invalid(specPath.child('loadBalancerClass'), spec.loadBalancerClass, 'may not change once set');
  }
}
