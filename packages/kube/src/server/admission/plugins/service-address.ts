/**
 * Gives services their cluster IPs and node ports from this cluster's ranges, keeps two services from having the same, and
 * takes away what a service of its new type has no use for. What is stored says what is taken.
 */
import { type ApiObject, deepEqual, FieldPath, type IssueReport } from '@weft/api';
import type { ApiStatusError } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import { refuseField } from '../../rest/field-refusal.ts';
import type { AdmissionContext, AdmissionRequest, MutatingPlugin } from '../types.ts';
import { ADDRESS_RANGE, isNodePort, isServiceAddress, NODE_PORT_RANGE, ServiceRanges } from './service-ranges.ts';

interface ServicePort {
  port: number;
  nodePort?: number;
}

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
  allocateLoadBalancerNodePorts?: boolean;
  loadBalancerClass?: string;
  externalTrafficPolicy?: string;
  externalIPs?: string[];
}

/** Everything that settles one service. */
interface Settling {
  readonly spec: ServiceSpec;
  readonly old: ServiceSpec | undefined;
  readonly name: string;
  readonly ranges: ServiceRanges;
  readonly used: { readonly addresses: ReadonlySet<string>; readonly ports: ReadonlySet<number> };
}

/** Allocates addresses and node ports. */
export function createServiceAddress(): MutatingPlugin {
  const ranges = new ServiceRanges();
  return {
    name: 'ServiceAddress',
    handles: (request) =>
      request.info.kind === kinds.service &&
      request.subresource === '' &&
      (request.operation === 'CREATE' || request.operation === 'UPDATE'),
    mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): ApiObject {
      const spec = { ...(object['spec'] as ServiceSpec) };
      const old = request.oldObject?.['spec'] as ServiceSpec | undefined;
      if (old !== undefined) dropTypeDependent(spec, old);
      if (spec.type === 'ExternalName') return { ...object, spec };
      const settling = { spec, old, name: request.name, ranges, used: usedBy(context, object) };
      settleFamilies(settling);
      settleAddress(settling);
      if (needsNodePorts(spec)) settleNodePorts(settling);
      return { ...object, spec };
    },
  };
}

function needsNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function needsTrafficPolicy(spec: ServiceSpec): boolean {
  return needsNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
}

/** Who changes nothing but the type cannot be asked to clean up after the old one; what was changed too is judged later. */
function dropTypeDependent(spec: ServiceSpec, old: ServiceSpec): void {
  const dropUnchanged = (...fields: (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (deepEqual(spec[field], old[field])) delete spec[field];
  };
  if (old.type !== 'ExternalName' && spec.type === 'ExternalName') {
    dropUnchanged('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  }
  if (needsNodePorts(old) && !needsNodePorts(spec) && sameNodePorts(spec, old)) {
    spec.ports = (spec.ports ?? []).map(withoutNodePort);
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    dropUnchanged('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  }
  if (needsTrafficPolicy(old) && !needsTrafficPolicy(spec)) dropUnchanged('externalTrafficPolicy');
}

function withoutNodePort(port: ServicePort): ServicePort {
  const { nodePort: _, ...rest } = port;
  return rest;
}

function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const numbers = ({ ports }: ServiceSpec): number[] =>
    (ports ?? []).map((port) => port.nodePort ?? 0).filter((port) => port !== 0);
  return deepEqual(numbers(spec).toSorted(byNumber), numbers(old).toSorted(byNumber));
}

const byNumber = (a: number, b: number): number => a - b;
const specPath = FieldPath.root.child('spec');

/** This cluster speaks IPv4 inside. */
function settleFamilies({ spec, name }: Settling): void {
  const at = (spec.ipFamilies ?? []).indexOf('IPv6');
  if (at >= 0) {
    throw refuse(name, (report) =>
      report.invalid(specPath.child('ipFamilies').index(at), 'IPv6', 'not configured on this cluster'),
    );
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    throw refuse(name, (report) =>
      report.invalid(
        specPath.child('ipFamilyPolicy'),
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    );
  }
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}

function settleAddress({ spec, old, name, ranges, used }: Settling): void {
  if ((spec.clusterIP ?? '') === '') {
    // Addresses without the first one on its own are a mistake, which validation tells.
    if ((spec.clusterIPs ?? []).length > 0) return;
    const address = ranges.freeAddress(used.addresses);
    if (address === undefined) throw refuseAddress(name, [], 'failed to allocate a serviceIP: range is full');
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return;
  }
  const clusterIP = spec.clusterIP!;
  spec.clusterIPs ??= [clusterIP];
  if (clusterIP === 'None' || clusterIP === old?.clusterIP) return;
  const failed = `failed to allocate IP ${clusterIP}`;
  if (used.addresses.has(clusterIP)) {
    throw refuseAddress(name, spec.clusterIPs, `${failed}: provided IP is already allocated`);
  }
  if (isServiceAddress(clusterIP)) return;
  const why = `the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is ${ADDRESS_RANGE}`;
  throw refuseAddress(name, spec.clusterIPs, `${failed}: ${why}`);
}

function settleNodePorts({ spec, old, name, ranges, used }: Settling): void {
  const mayAllocate = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
  const before = new Set((old?.ports ?? []).map((port) => port.nodePort));
  // One port number in two protocols is one port on the nodes.
  const byPort = new Map<number, number>();
  const own = new Set<number>();
  for (const [i, { port, nodePort = 0 }] of (spec.ports ?? []).entries()) {
    if (nodePort === 0) continue;
    byPort.set(port, nodePort);
    own.add(nodePort);
    if (!before.has(nodePort)) checkNodePort(name, i, nodePort, used.ports);
  }
  spec.ports = (spec.ports ?? []).map((port) => {
    if ((port.nodePort ?? 0) !== 0 || !mayAllocate) return port;
    const nodePort = byPort.get(port.port) ?? ranges.freePort(new Set([...used.ports, ...own]));
    if (nodePort === undefined) {
      throw refuse(name, (report) => report.invalid(specPath.child('ports'), [], 'range of node ports is full'));
    }
    byPort.set(port.port, nodePort);
    own.add(nodePort);
    return { ...port, nodePort };
  });
}

function checkNodePort(name: string, i: number, nodePort: number, used: ReadonlySet<number>): void {
  const path = specPath.child('ports').index(i).child('nodePort');
  const told = `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_RANGE}`;
  if (!isNodePort(nodePort)) throw refuse(name, (report) => report.invalid(path, nodePort, told));
  if (!used.has(nodePort)) return;
  throw refuse(name, (report) => report.invalid(path, nodePort, 'provided port is already allocated'));
}

function usedBy(context: AdmissionContext, object: ApiObject): Settling['used'] {
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const other of context.list(kinds.service)) {
    if (other.metadata.uid === object.metadata.uid) continue;
    const spec = other['spec'] as ServiceSpec;
    if (spec.clusterIP !== undefined && spec.clusterIP !== 'None') addresses.add(spec.clusterIP);
    for (const port of spec.ports ?? []) if (port.nodePort !== undefined) ports.add(port.nodePort);
  }
  return { addresses, ports };
}

function refuseAddress(name: string, clusterIPs: readonly string[], why: string): ApiStatusError {
  return refuse(name, (report) => report.invalid(specPath.child('clusterIPs'), clusterIPs, why));
}

function refuse(name: string, tell: (report: IssueReport) => void): ApiStatusError {
  return refuseField(kinds.service, name, 'spec', tell);
}
