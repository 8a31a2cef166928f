/** All clusters of a proxy with the discovery of their hosts: those of the bootstrap, and those that come and go. */
import type { ClusterRuntime, EndpointsRuntime } from '@weft/engine';
import type { StatBlock, StatsRegistry } from '@weft/telemetry';
import type { LiveCluster } from '../upstream/live-cluster.ts';
import type { ClusterDirectory } from '../upstream/upstream-cluster.ts';
import { sourcedKeyOf } from '../xds/sourced-key.ts';
import { createCluster } from './create-cluster.ts';
import { createDiscovery, type Discovery, hostsOf } from './create-discovery.ts';
import { CLUSTER_MANAGER_STATS } from './manager-stats.ts';
import type { ProxyServices } from './services.ts';

interface Entry {
  readonly runtime: ClusterRuntime;
  /** Whether it came while the proxy runs. */
  readonly isDynamic: boolean;
  /** The key of its endpoints (`sourcedKey`); undefined when they are not fetched. */
  readonly endpointsKey: string | undefined;
  readonly cluster: LiveCluster;
  readonly discovery: Discovery;
}

/** See the file's head. */
export class ClusterSet implements ClusterDirectory {
  /** Key: name. Written by `add`, `replace` and `remove`. */
  readonly #entries = new Map<string, Entry>();
  /** Key: name. Those that will take the place of others once they are warm. */
  readonly #warming = new Map<string, Entry>();
  /** Key: `sourcedKey`. Written by `setEndpoints`. */
  readonly #endpoints = new Map<string, EndpointsRuntime>();
  /** Key: `sourcedKey`; the clusters that have these endpoints. Written by `#createEntry` and `#discard`. */
  readonly #users = new Map<string, Set<Entry>>();
  /** Clusters that were replaced or removed; connections of theirs may still be busy. */
  readonly #former = new Set<LiveCluster>();
  readonly #stats: StatBlock<typeof CLUSTER_MANAGER_STATS>;
  /** Those who wait until nothing is warming. */
  #onWarm: (() => void)[] = [];
  /** Clusters that wait for something else than their hosts. */
  #waitingCount = 0;

  constructor(stats: StatsRegistry) {
    this.#stats = stats.scope('cluster_manager').block(CLUSTER_MANAGER_STATS);
  }

  get(name: string): LiveCluster | undefined {
    return this.#entries.get(name)?.cluster;
  }

  /** In the order in which they came. */
  *[Symbol.iterator](): Generator<LiveCluster, void, undefined> {
    for (const { cluster } of this.#entries.values()) yield cluster;
  }

  /** The configuration of each. */
  get runtimes(): readonly ClusterRuntime[] {
    return [...this.#entries.values()].map(({ runtime }) => runtime);
  }

  /** Whether a cluster came while the proxy runs. */
  isDynamic(name: string): boolean {
    return this.#entries.get(name)?.isDynamic ?? false;
  }

  /** Names of versions that will be used once they have their hosts. */
  get warming(): Iterable<string> {
    return this.#warming.keys();
  }

  /** Resolves when every cluster has been tried once. */
  warmed(): Promise<void> {
    if (this.#warming.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onWarm.push(resolve));
  }

  /** Says how many clusters wait elsewhere, for the statistics. */
  setWaiting(count: number): void {
    this.#waitingCount = count;
    this.#countClusters();
  }

  /** Takes a cluster in; it has no hosts before `start`. */
  add(runtime: ClusterRuntime, services: ProxyServices): void {
    this.#entries.set(runtime.name, this.#createEntry(runtime, services, false));
    this.#stats.inc(CLUSTER_MANAGER_STATS.at.cluster_added);
    this.#countClusters();
  }

  /** Takes a cluster in, or another version of one: that takes the place of the one before when it is warm. */
  replace(runtime: ClusterRuntime, services: ProxyServices, isDynamic: boolean): void {
    const entry = this.#createEntry(runtime, services, isDynamic);
    const { at } = CLUSTER_MANAGER_STATS;
    const isKnown = this.#entries.has(runtime.name) || this.#warming.has(runtime.name);
    this.#stats.inc(isKnown ? at.cluster_modified : at.cluster_added);
    this.#discard(this.#warming.get(runtime.name));
    this.#warming.delete(runtime.name);
    const started = entry.discovery.start();
    if (!runtime.waitsForWarm || runtime.discovery.kind === 'static' || runtime.discovery.kind === 'eds') {
      this.#swap(entry);
      return;
    }
    this.#warming.set(runtime.name, entry);
    this.#countClusters();
    void started.then(() => {
      if (this.#warming.get(runtime.name) !== entry) return;
      this.#warming.delete(runtime.name);
      this.#swap(entry);
    });
  }

  /** Takes a cluster out; requests that are on their way end by themselves. */
  remove(name: string): void {
    this.#discard(this.#warming.get(name));
    this.#warming.delete(name);
    this.#discard(this.#entries.get(name));
    this.#entries.delete(name);
    this.#stats.inc(CLUSTER_MANAGER_STATS.at.cluster_removed);
    this.#countClusters();
  }

  /** Takes the endpoints of a service by their key (`sourcedKey`); undefined for one that has none any more. */
  setEndpoints(key: string, endpoints: EndpointsRuntime | undefined): void {
    if (endpoints === undefined) this.#endpoints.delete(key);
    else this.#endpoints.set(key, endpoints);
    const hosts = endpoints === undefined ? [] : hostsOf(endpoints);
    for (const { cluster } of this.#users.get(key) ?? []) {
      cluster.setHosts(hosts);
      this.#stats.inc(CLUSTER_MANAGER_STATS.at.cluster_updated);
    }
  }

  /** Begins to discover hosts; resolves when the clusters that are to be warm before anybody uses them were tried once. */
  async start(): Promise<void> {
    const starts = [...this.#entries.values()].map(({ runtime, discovery }) => ({ runtime, done: discovery.start() }));
    await Promise.all(starts.filter(({ runtime }) => runtime.waitsForWarm).map(({ done }) => done));
  }

  /** Ends every connection. */
  close(): void {
    for (const resolve of this.#onWarm.splice(0)) resolve();
    for (const { cluster, discovery } of [...this.#entries.values(), ...this.#warming.values()]) {
      discovery.close();
      cluster.close();
    }
    for (const cluster of this.#former) cluster.close();
  }

  #createEntry(runtime: ClusterRuntime, services: ProxyServices, isDynamic: boolean): Entry {
    const cluster = createCluster(runtime, services);
    const { discovery: from } = runtime;
    const endpointsKey = from.kind === 'eds' ? sourcedKeyOf(from.serviceName, from.source) : undefined;
    const endpointsOf = () => (endpointsKey === undefined ? undefined : this.#endpoints.get(endpointsKey));
    const discovery = createDiscovery(cluster, runtime, { ...services, endpointsOf });
    const entry: Entry = { runtime, isDynamic, endpointsKey, cluster, discovery };
    if (endpointsKey === undefined) return entry;
    const users = this.#users.get(endpointsKey) ?? new Set();
    this.#users.set(endpointsKey, users.add(entry));
    return entry;
  }

  #swap(entry: Entry): void {
    const before = this.#entries.get(entry.runtime.name);
    this.#entries.set(entry.runtime.name, entry);
    this.#discard(before);
    this.#countClusters();
  }

  #countClusters(): void {
    const { at } = CLUSTER_MANAGER_STATS;
    this.#stats.set(at.active_clusters, this.#entries.size);
    this.#stats.set(at.warming_clusters, this.#warming.size + this.#waitingCount);
    if (this.#warming.size > 0) return;
    for (const resolve of this.#onWarm.splice(0)) resolve();
  }

  #discard(entry: Entry | undefined): void {
    if (entry === undefined) return;
    const { endpointsKey = '' } = entry;
    const users = this.#users.get(endpointsKey);
    users?.delete(entry);
    if (users?.size === 0) this.#users.delete(endpointsKey);
    entry.discovery.close();
    this.#former.add(entry.cluster);
    entry.cluster.drain(() => {
      this.#former.delete(entry.cluster);
      entry.cluster.close();
    });
  }
}
