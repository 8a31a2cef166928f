/** All clusters of a proxy with the discovery of their hosts: those of the bootstrap, and those that come and go. */
import type { ClusterRuntime, EndpointsRuntime } from '@weft/engine';
import type { LiveCluster } from '../upstream/live-cluster.ts';
import type { ClusterDirectory } from '../upstream/upstream-cluster.ts';
import { createCluster } from './create-cluster.ts';
import { createDiscovery, type Discovery, hostsOf } from './create-discovery.ts';
import type { ProxyServices } from './services.ts';

interface Entry {
  readonly runtime: ClusterRuntime;
  readonly cluster: LiveCluster;
  readonly discovery: Discovery;
}

/** See the file's head. */
export class ClusterSet implements ClusterDirectory {
  /** Key: name. Written by `add`, `replace` and `remove`. */
  readonly #entries = new Map<string, Entry>();
  /** Key: name. Those that will take the place of others once they are warm. */
  readonly #warming = new Map<string, Entry>();
  /** Key: the name of the service. Written by `setEndpoints`. */
  readonly #endpoints = new Map<string, EndpointsRuntime>();
  /** Clusters that were replaced or removed; connections of theirs may still be busy. */
  readonly #former = new Set<LiveCluster>();

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

  /** Takes a cluster in; it has no hosts before `start`. */
  add(runtime: ClusterRuntime, services: ProxyServices): void {
    this.#entries.set(runtime.name, this.#createEntry(runtime, services));
  }

  /** Takes a cluster in, or another version of one: that takes the place of the one before when it is warm. */
  replace(runtime: ClusterRuntime, services: ProxyServices): void {
    const entry = this.#createEntry(runtime, services);
    this.#discard(this.#warming.get(runtime.name));
    this.#warming.delete(runtime.name);
    const started = entry.discovery.start();
    if (!runtime.waitsForWarm || runtime.discovery.kind === 'static' || runtime.discovery.kind === 'eds') {
      this.#swap(entry);
      return;
    }
    this.#warming.set(runtime.name, entry);
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
  }

  /** Takes the endpoints of a service; undefined for one that has none any more. */
  setEndpoints(serviceName: string, endpoints: EndpointsRuntime | undefined): void {
    if (endpoints === undefined) this.#endpoints.delete(serviceName);
    else this.#endpoints.set(serviceName, endpoints);
    const hosts = endpoints === undefined ? [] : hostsOf(endpoints);
    for (const { runtime, cluster } of [...this.#entries.values(), ...this.#warming.values()]) {
      const { discovery } = runtime;
      if (discovery.kind === 'eds' && discovery.serviceName === serviceName) cluster.setHosts(hosts);
    }
  }

  /** Begins to discover hosts; resolves when the clusters that are to be warm before anybody uses them were tried once. */
  async start(): Promise<void> {
    const starts = [...this.#entries.values()].map(({ runtime, discovery }) => ({ runtime, done: discovery.start() }));
    await Promise.all(starts.filter(({ runtime }) => runtime.waitsForWarm).map(({ done }) => done));
  }

  /** Ends every connection. */
  close(): void {
    for (const { cluster, discovery } of [...this.#entries.values(), ...this.#warming.values()]) {
      discovery.close();
      cluster.close();
    }
    for (const cluster of this.#former) cluster.close();
  }

  #createEntry(runtime: ClusterRuntime, services: ProxyServices): Entry {
    const cluster = createCluster(runtime, services);
    const endpointsOf = (serviceName: string) => this.#endpoints.get(serviceName);
    return { runtime, cluster, discovery: createDiscovery(cluster, runtime, { ...services, endpointsOf }) };
  }

  #swap(entry: Entry): void {
    const before = this.#entries.get(entry.runtime.name);
    this.#entries.set(entry.runtime.name, entry);
    this.#discard(before);
  }

  #discard(entry: Entry | undefined): void {
    if (entry === undefined) return;
    entry.discovery.close();
    this.#former.add(entry.cluster);
    entry.cluster.drain(() => {
      this.#former.delete(entry.cluster);
      entry.cluster.close();
    });
  }
}
