/** The hosts of a cluster whose endpoints are names. */
import type { Clock, Logger, Random } from '@weft/core';
import type { DnsRuntime, EndpointRuntime, EndpointsRuntime, LocalityRuntime } from '@weft/engine';
import { SocketAddress } from '../../transport/socket-address.ts';
import { CLUSTER_STAT } from '../cluster-stats.ts';
import type { ClusterHosts, LocalitySpec } from '../live-cluster.ts';
import type { HostSpec } from '../live-host.ts';
import { DnsTarget } from './dns-target.ts';
import type { DnsResolver } from './resolver.ts';

/** What the discovery of one cluster is made of. */
export interface DnsDiscoveryParts {
  /** `strictDns`: every address is a host. `logicalDns`: a name is one host, whose address is the first of the last answer. */
  readonly kind: 'strictDns' | 'logicalDns';
  readonly clusterName: string;
  readonly endpoints: EndpointsRuntime;
  readonly dns: DnsRuntime;
  readonly resolver: DnsResolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** By slot of CLUSTER_STATS. */
  readonly stats: Float64Array;
  /** What the hosts of an endpoint have beside their address. */
  readonly specOf: (endpoint: EndpointRuntime, locality: LocalityRuntime) => Omit<HostSpec, 'address' | 'hostName'>;
  readonly onHosts: (hosts: ClusterHosts) => void;
}

interface Resolved {
  readonly endpoint: EndpointRuntime;
  readonly target: DnsTarget;
  hosts: readonly string[];
}

/** See the file's head. */
export class DnsDiscovery {
  readonly #parts: DnsDiscoveryParts;
  /** Key: the endpoint. */
  readonly #targets = new Map<EndpointRuntime, Resolved>();

  constructor(parts: DnsDiscoveryParts) {
    this.#parts = parts;
    for (const { endpoints } of parts.endpoints.localities) {
      for (const endpoint of endpoints) this.#targets.set(endpoint, this.#createTarget(endpoint));
    }
  }

  /** Begins to resolve; resolves itself when every name was asked for once. */
  async start(): Promise<void> {
    await Promise.all([...this.#targets.values()].map(({ target }) => target.start()));
  }

  close(): void {
    for (const { target } of this.#targets.values()) target.close();
    this.#parts.resolver.close();
  }

  #createTarget(endpoint: EndpointRuntime): Resolved {
    const { dns, resolver, clock, random, logger, clusterName, stats } = this.#parts;
    const { address } = endpoint;
    if (address.kind !== 'socket') throw new Error('bug: an endpoint without a name was not refused');
    const name = address.host;
    const resolved: Resolved = {
      endpoint,
      hosts: [],
      target: new DnsTarget({
        name,
        dns,
        resolver,
        clock,
        random,
        onAnswer: (hosts) => this.#handleAnswer(resolved, hosts),
        onFailure: (error) => {
          stats[CLUSTER_STAT.update_attempt]! += 1;
          stats[CLUSTER_STAT.update_failure]! += 1;
          logger.warning('a name cannot be resolved', { cluster: clusterName, name, error });
        },
      }),
    };
    return resolved;
  }

  #handleAnswer(resolved: Resolved, hosts: readonly string[]): void {
    const { stats } = this.#parts;
    stats[CLUSTER_STAT.update_attempt]! += 1;
    stats[CLUSTER_STAT.update_success]! += 1;
    if (hosts.length === 0) stats[CLUSTER_STAT.update_empty]! += 1;
    if (hosts.length === resolved.hosts.length && hosts.every((host, i) => host === resolved.hosts[i])) {
      stats[CLUSTER_STAT.update_no_rebuild]! += 1;
      return;
    }
    resolved.hosts = hosts;
    this.#parts.onHosts(this.#collect());
  }

  #collect(): ClusterHosts {
    const priorities: LocalitySpec[][] = [];
    // An address that several names have is one host, in the first place where it comes.
    const known = new Set<string>();
    for (const locality of this.#parts.endpoints.localities) {
      while (priorities.length <= locality.priority) priorities.push([]);
      const hosts = locality.endpoints
        .flatMap((endpoint) => this.#hostsOf(endpoint, locality))
        .filter(({ address }) => !known.has(address.text) && known.add(address.text));
      priorities[locality.priority]!.push({ weight: locality.weight ?? 0, hosts });
    }
    return priorities;
  }

  #hostsOf(endpoint: EndpointRuntime, locality: LocalityRuntime): readonly HostSpec[] {
    const { kind, specOf } = this.#parts;
    const found = this.#targets.get(endpoint)?.hosts ?? [];
    const { address } = endpoint;
    if (address.kind !== 'socket') return [];
    const { host: name, port } = address;
    const spec = { ...specOf(endpoint, locality), hostName: endpoint.hostname === '' ? name : endpoint.hostname };
    if (kind === 'strictDns') return found.map((host) => ({ ...spec, address: new SocketAddress(host, port) }));
    // Not an address that is drained when another one comes: connections stay, and the next one goes to the new address.
    return found
      .slice(0, 1)
      .map((host) => ({ ...spec, address: new SocketAddress(host, port), key: `${name}:${port}` }));
  }
}
