/** The rules across the fields of a ServiceEntry. */
import { isCidr, isIp } from '@weft/core';
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import type { IssueReport } from '../../schema/index.ts';
import { fqdnProblem, isDnsLabel, isPartialWildcard, wildcardDomainProblem } from '../../validation/hosts.ts';
import { isHttpProtocol, isKnownProtocol, isTcpProtocol, isTlsProtocol } from '../../validation/protocols.ts';
import { checkExportTo } from './export-to.ts';
import type { ServiceEntrySpec } from './service-entry-spec.ts';
import { checkEndpoint } from './workload-entry-spec.ts';
import { checkWorkloadSelector } from './workload-selector.ts';

const hostsPath = specPath.child('hosts');
const portsPath = specPath.child('ports');
const endpointsPath = specPath.child('endpoints');

/** Checks the rules across fields. */
export function checkServiceEntry(
  entry: { readonly metadata: ObjectMeta; readonly spec: ServiceEntrySpec },
  report: IssueReport,
): void {
  const { spec } = entry;
  checkWorkloadSelector(spec.workloadSelector, specPath.child('workloadSelector'), report);
  checkHosts(spec, report);
  checkAddresses(spec.addresses ?? [], report);
  checkPorts(spec, report);
  checkResolution(spec, report);
  checkEndpoints(spec, report);
  checkHostsCanBeTold(spec, report);
  checkExportTo(spec.exportTo, entry.metadata.namespace, specPath.child('exportTo'), report, { allowsNone: true });
}

function checkHosts(spec: ServiceEntrySpec, report: IssueReport): void {
  for (let i = 0; i < spec.hosts.length; i++) {
    const host = spec.hosts[i]!;
    const problem = wildcardDomainProblem(host);
    if (problem !== undefined) report.invalid(hostsPath.index(i), host, problem);
    else if (isPartialWildcard(host)) {
      report.warn(`${hostsPath.index(i).toString()}: partial wildcard ${JSON.stringify(host)} not allowed`);
    }
  }
}

function checkAddresses(addresses: readonly string[], report: IssueReport): void {
  for (let i = 0; i < addresses.length; i++) {
    const address = addresses[i]!;
    if (isIp(address) || isCidr(address)) continue;
    const kind = address.includes('/') ? 'CIDR block' : 'IP';
    report.invalid(specPath.child('addresses').index(i), address, `${address} is not a valid ${kind}`);
  }
}

function checkPorts(spec: ServiceEntrySpec, report: IssueReport): void {
  const ports = spec.ports ?? [];
  for (let i = 0; i < ports.length; i++) {
    const { name, protocol = '', targetPort } = ports[i]!;
    const at = portsPath.index(i);
    if (!isDnsLabel(name)) report.invalid(at.child('name'), name, `invalid port name: ${name}`);
    if (protocol !== '' && !isKnownProtocol(protocol)) {
      report.invalid(at.child('protocol'), protocol, `unsupported protocol: ${protocol}`);
    }
    if (targetPort !== undefined && (spec.resolution ?? 'NONE') === 'NONE') {
      report.warn(`${at.child('targetPort').toString()}: has no effect when resolution mode is NONE`);
    }
  }
}

function checkResolution(spec: ServiceEntrySpec, report: IssueReport): void {
  const resolution = spec.resolution ?? 'NONE';
  const hasEndpoints = (spec.endpoints ?? []).length > 0;
  if (spec.workloadSelector !== undefined && resolution !== 'STATIC') {
    report.warn(
      `${specPath.child('workloadSelector').toString()}: should not be set when resolution mode is ${resolution}`,
    );
  }
  if (resolution === 'DYNAMIC_DNS') checkDynamicDns(spec, report);
  if ((resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN') && !hasEndpoints) {
    for (let i = 0; i < spec.hosts.length; i++) {
      if (fqdnProblem(spec.hosts[i]!) === undefined) continue;
      report.invalid(
        hostsPath.index(i),
        spec.hosts[i],
        `hosts must be FQDN if no endpoints are provided for resolution mode ${resolution}`,
      );
    }
  }
}

/** Names are looked up when a request comes, so there is nothing to list beforehand. */
function checkDynamicDns(spec: ServiceEntrySpec, report: IssueReport): void {
  const resolutionPath = specPath.child('resolution');
  if ((spec.endpoints ?? []).length > 0) {
    report.invalid(endpointsPath, spec.endpoints!.length, 'DYNAMIC_DNS mode cannot set endpoints');
  }
  if (spec.location === 'MESH_INTERNAL') {
    report.invalid(resolutionPath, 'DYNAMIC_DNS', 'is allowed for services outside of the mesh only (MESH_EXTERNAL)');
  }
  for (let i = 0; i < spec.hosts.length; i++) {
    if (spec.hosts[i]!.startsWith('*')) continue;
    report.invalid(hostsPath.index(i), spec.hosts[i], 'DYNAMIC_DNS needs a wildcard host, use DNS for single hosts');
  }
  const ports = spec.ports ?? [];
  for (let i = 0; i < ports.length; i++) {
    const { protocol = '' } = ports[i]!;
    if (isHttpProtocol(protocol) || protocol.toUpperCase() === 'TLS') continue;
    report.warn(`${portsPath.index(i).toString()}: gets no traffic, as DYNAMIC_DNS serves HTTP and TLS ports only`);
  }
}

function checkEndpoints(spec: ServiceEntrySpec, report: IssueReport): void {
  const endpoints = spec.endpoints ?? [];
  if (endpoints.length === 0) return;
  const context = {
    portNames: new Set((spec.ports ?? []).map((port) => port.name)),
    allowsNames: spec.resolution === 'DNS' || spec.resolution === 'DNS_ROUND_ROBIN',
  };
  for (let i = 0; i < endpoints.length; i++) checkEndpoint(endpoints[i]!, context, endpointsPath.index(i), report);
}

/** HTTP names its host and TLS its server; behind plain TCP, hosts can only be told by their addresses. */
function checkHostsCanBeTold(spec: ServiceEntrySpec, report: IssueReport): void {
  const ports = spec.ports ?? [];
  const resolution = spec.resolution ?? 'NONE';
  if (spec.hosts.length < 2 || resolution === 'NONE') return;
  for (let i = 0; i < ports.length; i++) {
    const { protocol = '' } = ports[i]!;
    if (isHttpProtocol(protocol) || isTlsProtocol(protocol)) continue;
    report.invalid(portsPath.index(i), protocol, 'multiple hosts provided with non-HTTP, non-TLS ports');
    return;
  }
  const isDns = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  if (isDns && (spec.addresses ?? []).length > 0 && ports.some((port) => isTcpProtocol(port.protocol ?? ''))) {
    report.warn(
      `${hostsPath.toString()}: service entry can not have more than one host specified simultaneously with address and tcp port`,
    );
  }
}
