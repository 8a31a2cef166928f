/** Gives clusters their hosts, from where their configuration says. */
import type {
  AddressRuntime,
  ClusterRuntime,
  EndpointRuntime,
  EndpointsRuntime,
  HealthStatus,
  HostHealth,
  LocalityRuntime,
} from '@weft/engine';
import { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { DnsDiscovery } from '../upstream/dns/dns-discovery.ts';
import { NodeResolver } from '../upstream/dns/node-resolver.ts';
import type { ClusterHosts, LiveCluster, LocalitySpec } from '../upstream/live-cluster.ts';
import type { HostSpec } from '../upstream/live-host.ts';
import type { ProxyServices } from './services.ts';

/** Finds the hosts of a cluster. */
export interface Discovery {
  /** Begins; resolves when all was tried once. */
  start(): Promise<void>;
  close(): void;
}

/** What discovery needs beside the cluster. */
export interface DiscoveryServices extends Pick<ProxyServices, 'clock' | 'random' | 'logger'> {
  /** The endpoints that hold now of the service of the cluster, if it has one. */
  readonly endpointsOf: () => EndpointsRuntime | undefined;
}

/** The discovery of a cluster. */
export function createDiscovery(
  cluster: LiveCluster,
  { name, discovery }: ClusterRuntime,
  { clock, random, logger, endpointsOf }: DiscoveryServices,
): Discovery {
  switch (discovery.kind) {
    case 'static':
      return {
        start: async () => cluster.setHosts(hostsOf(discovery.endpoints)),
        close: () => undefined,
      };
    case 'strictDns':
    case 'logicalDns': {
      const { kind, endpoints, dns } = discovery;
      return new DnsDiscovery({
        kind,
        clusterName: name,
        endpoints,
        dns,
        resolver: new NodeResolver(dns.resolver, dns.respectsTtl),
        clock,
        random,
        logger: logger.named('dns'),
        stats: cluster.stats,
        specOf,
        onHosts: (hosts) => cluster.setHosts(hosts),
      });
    }
    case 'eds':
      return {
        start: async () => {
          const endpoints = endpointsOf();
          if (endpoints !== undefined) cluster.setHosts(hostsOf(endpoints));
        },
        close: () => undefined,
      };
    // Its hosts come with the connections that want them.
    case 'originalDst':
      return { start: () => Promise.resolve(), close: () => undefined };
  }
}

/** The hosts of compiled endpoints that have addresses. */
export function hostsOf(endpoints: EndpointsRuntime): ClusterHosts {
  const priorities: LocalitySpec[][] = [];
  for (const locality of endpoints.localities) {
    while (priorities.length <= locality.priority) priorities.push([]);
    const hosts = locality.endpoints.map(
      (endpoint): HostSpec => ({
        ...specOf(endpoint, locality),
        address: addressOf(endpoint.address),
        hostName: endpoint.hostname,
      }),
    );
    priorities[locality.priority]!.push({ weight: locality.weight ?? 0, hosts });
  }
  return priorities;
}

function specOf(endpoint: EndpointRuntime, { locality }: LocalityRuntime): Omit<HostSpec, 'address' | 'hostName'> {
  const { weight, health: status, metadata } = endpoint;
  return { weight, health: HEALTH[status], status, metadata, locality };
}

/** What discovery says of a host, as balancing takes it: Envoy sends nothing to hosts that drain or time out. */
const HEALTH: Readonly<Record<HealthStatus, HostHealth>> = {
  unknown: 'healthy',
  healthy: 'healthy',
  degraded: 'degraded',
  unhealthy: 'unhealthy',
  draining: 'unhealthy',
  timeout: 'unhealthy',
};

function addressOf(address: AddressRuntime) {
  if (address.kind === 'socket') return new SocketAddress(address.host, address.port);
  if (address.kind === 'pipe') return new PipeAddress(address.path);
  throw new Error('bug: an internal address was not refused');
}
