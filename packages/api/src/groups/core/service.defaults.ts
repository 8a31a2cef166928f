/** Defaults of Services that depend on their type, and what an update inherits. */
import type { ServicePort, ServiceSpec } from './service-spec.ts';

const AFFINITY_SECONDS = 10800;

/** Completes `spec` in place. */
export function applyServiceDefaults(spec: ServiceSpec, old: ServiceSpec | undefined): void {
  for (const port of spec.ports ?? []) {
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  defaultAffinity(spec);
  defaultTrafficPolicies(spec);
  if (old !== undefined) keepAllocated(spec, old);
  if (spec.type === 'ExternalName') return;
  if (spec.clusterIPs === undefined && spec.clusterIP !== undefined && spec.clusterIP !== '') {
    spec.clusterIPs = [spec.clusterIP];
  }
}

function defaultAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity === 'ClientIP') {
    const clientIP = { timeoutSeconds: AFFINITY_SECONDS, ...spec.sessionAffinityConfig?.clientIP };
    spec.sessionAffinityConfig = { ...spec.sessionAffinityConfig, clientIP };
  } else if (spec.sessionAffinity === 'None') {
    delete spec.sessionAffinityConfig;
  }
}

function defaultTrafficPolicies(spec: ServiceSpec): void {
  const { type } = spec;
  if (type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** Whether traffic from outside the cluster can reach the service. */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}

/** Addresses and node ports given out earlier stay when an update does not mention them. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  const hasClusterIp = (s: ServiceSpec): boolean => s.type !== 'ExternalName';
  if (hasClusterIp(old) && hasClusterIp(spec)) {
    if ((spec.clusterIP ?? '') === '' && (spec.clusterIPs ?? []).length === 0) {
      if (old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
      if (old.clusterIPs !== undefined) spec.clusterIPs = old.clusterIPs;
    } else if (spec.clusterIPs === undefined && spec.clusterIP === old.clusterIP && old.clusterIPs !== undefined) {
      spec.clusterIPs = old.clusterIPs;
    }
    if (old.ipFamilies !== undefined) spec.ipFamilies ??= old.ipFamilies;
    if (old.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  }
  const hasNodePorts = (s: ServiceSpec): boolean => s.type === 'NodePort' || s.type === 'LoadBalancer';
  if (hasNodePorts(old) && hasNodePorts(spec)) keepNodePorts(spec, old);
}

function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const identity = (port: ServicePort): string => `${port.protocol}/${port.port}`;
  const taken = new Set((spec.ports ?? []).map((port) => port.nodePort ?? 0));
  const before = new Map((old.ports ?? []).map((port) => [identity(port), port.nodePort]));
  for (const port of spec.ports ?? []) {
    const kept = before.get(identity(port));
    if ((port.nodePort ?? 0) !== 0 || kept === undefined || taken.has(kept)) continue;
    port.nodePort = kept;
    taken.add(kept);
  }
}
