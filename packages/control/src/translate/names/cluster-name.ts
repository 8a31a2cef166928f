/** Names of clusters, as Istio's proxies have them: dashboards, EnvoyFilters and habits depend on them. */

/** Leads to the address that the client connected to. */
export const PASSTHROUGH_CLUSTER = 'PassthroughCluster';
/** Leads nowhere. */
export const BLACK_HOLE_CLUSTER = 'BlackHoleCluster';
/** The same as the passthrough cluster for what comes in, by the family of the address. */
export const INBOUND_PASSTHROUGH = {
  ipv4: 'InboundPassthroughClusterIpv4',
  ipv6: 'InboundPassthroughClusterIpv6',
} as const;

/** Where a cluster leads: a port of a service, and the subset of its endpoints; no subset stands for all. */
export interface ClusterTarget {
  readonly hostname: string;
  readonly port: number;
  readonly subset?: string | undefined;
}

/** `outbound|80|v1|reviews.default.svc.cluster.local` */
export function outboundClusterName({ hostname, port, subset = '' }: ClusterTarget): string {
  return `outbound|${port}|${subset}|${hostname}`;
}

/** `inbound|8080||`, by the port of the workload. */
export function inboundClusterName(targetPort: number): string {
  return `inbound|${targetPort}||`;
}

/** `outbound_.80_.v1_.reviews.default.svc.cluster.local`: what mutual TLS sends as server name, and gateways route by. */
export function sniOf({ hostname, port, subset = '' }: ClusterTarget): string {
  return `outbound_.${port}_.${subset}_.${hostname}`;
}

/** What the name of an outbound cluster, or the server name made of it, says; undefined for other names. */
export function parseClusterName(name: string): (ClusterTarget & { readonly direction: string }) | undefined {
  const parts = name.includes('|') ? name.split('|') : name.split('_.');
  if (parts.length !== 4) return undefined;
  const [direction, port, subset, hostname] = parts as [string, string, string, string];
  return /^\d+$/.test(port) ? { direction, hostname, port: Number(port), subset } : undefined;
}
