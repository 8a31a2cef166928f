/**
 * Gives services their cluster IPs and node ports from this cluster's ranges, and keeps two services from having the same.
 * What is stored says what is taken; numbers given out a moment ago, whose services may not be stored yet, are passed over.
 */
import { type ApiObject, isPlainObject } from '@weft/api';
import { ApiStatusError } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import type { AdmissionContext, AdmissionRequest, MutatingPlugin } from '../types.ts';

/** 10.96.0.0/12, the range that Kubernetes installers use. */
const FIRST_ADDRESS = 0x0a600001;
const ADDRESSES = 2 ** 20 - 2;
const FIRST_NODE_PORT = 30_000;
const NODE_PORTS = 2768;

interface ServicePort {
  nodePort?: number;
}

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
}

/** Allocates addresses and node ports. */
export function createServiceAddress(): MutatingPlugin {
  const recent: Recent = { addresses: new RecentSet(1024), ports: new RecentSet(64) };
  return {
    name: 'ServiceAddress',
    handles: (request) =>
      request.info.kind === kinds.service &&
      request.subresource === '' &&
      (request.operation === 'CREATE' || request.operation === 'UPDATE'),
    mutate(object: ApiObject, request: AdmissionRequest, context: AdmissionContext): ApiObject {
      const spec = { ...(object['spec'] as ServiceSpec) };
      const old = request.oldObject?.['spec'] as ServiceSpec | undefined;
      if (spec.type === 'ExternalName') return releaseAddress(object, spec);
      const used = usedBy(context, object);
      settleAddress(spec, old, used.addresses, recent.addresses);
      if (spec.type === 'NodePort' || spec.type === 'LoadBalancer')
        settleNodePorts(object, { spec, old }, used.ports, recent.ports);
      return { ...object, spec };
    },
  };
}

interface Recent {
  readonly addresses: RecentSet<string>;
  readonly ports: RecentSet<number>;
}

/** The last few values given out. */
class RecentSet<T> {
  private readonly values = new Set<T>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  has(value: T): boolean {
    return this.values.has(value);
  }

  add(value: T): void {
    this.values.add(value);
    if (this.values.size > this.max) this.values.delete(this.values.values().next().value!);
  }
}

function releaseAddress(object: ApiObject, spec: ServiceSpec): ApiObject {
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[field];
  return { ...object, spec };
}

function settleAddress(
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  used: ReadonlySet<string>,
  recent: RecentSet<string>,
): void {
  if ((spec.clusterIP ?? '') === '')
    spec.clusterIP = spec.clusterIPs?.[0] ?? old?.clusterIP ?? freeAddress(used, recent);
  spec.clusterIPs ??= [spec.clusterIP!];
  const isIpv6 = spec.clusterIP!.includes(':');
  spec.ipFamilies ??= [isIpv6 ? 'IPv6' : 'IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.clusterIP !== 'None' && used.has(spec.clusterIP!)) {
    throw taken('spec.clusterIPs', `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`);
  }
}

function settleNodePorts(
  object: ApiObject,
  { spec, old }: { readonly spec: ServiceSpec; readonly old: ServiceSpec | undefined },
  used: Set<number>,
  recent: RecentSet<number>,
): void {
  if (isPlainObject(object['spec']) && object['spec']['allocateLoadBalancerNodePorts'] === false) return;
  spec.ports = (spec.ports ?? []).map((port, i) => {
    const wanted = port.nodePort ?? old?.ports?.[i]?.nodePort;
    if (wanted !== undefined && wanted !== 0) {
      if (used.has(wanted)) throw taken(`spec.ports[${i}].nodePort`, 'provided port is already allocated');
      used.add(wanted);
      return { ...port, nodePort: wanted };
    }
    const nodePort = freePort(used, recent);
    used.add(nodePort);
    return { ...port, nodePort };
  });
}

function usedBy(context: AdmissionContext, object: ApiObject): { addresses: Set<string>; ports: Set<number> } {
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

function freeAddress(used: ReadonlySet<string>, recent: RecentSet<string>): string {
  // Addresses are given in order of need; starting after the count of services finds a free one at once.
  for (let i = 0; i < ADDRESSES; i++) {
    const address = textOf(FIRST_ADDRESS + ((used.size + 1 + i) % ADDRESSES));
    if (used.has(address) || recent.has(address)) continue;
    recent.add(address);
    return address;
  }
  throw taken('spec.clusterIP', 'the range of service addresses is full');
}

function freePort(used: ReadonlySet<number>, recent: RecentSet<number>): number {
  for (let i = 0; i < NODE_PORTS; i++) {
    const port = FIRST_NODE_PORT + ((used.size + i) % NODE_PORTS);
    if (used.has(port) || recent.has(port)) continue;
    recent.add(port);
    return port;
  }
  throw taken('spec.ports', 'the range of node ports is full');
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function taken(field: string, why: string): ApiStatusError {
  return new ApiStatusError({
    statusCode: 422,
    reason: 'Invalid',
    message: `Service is invalid: ${field}: Invalid value: ${why}`,
    details: { kind: 'Service', causes: [{ reason: 'FieldValueInvalid', message: why, field }] },
  });
}
