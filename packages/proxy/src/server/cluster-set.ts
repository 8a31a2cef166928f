/** All clusters of a proxy with the discovery of their hosts. */
import type { ClusterRuntime } from '@weft/engine';
import type { LiveCluster } from '../upstream/live-cluster.ts';
import type { ClusterDirectory } from '../upstream/upstream-cluster.ts';
import { createCluster } from './create-cluster.ts';
import { createDiscovery, type Discovery } from './create-discovery.ts';
import type { ProxyServices } from './services.ts';

interface Entry {
  readonly runtime: ClusterRuntime;
  readonly cluster: LiveCluster;
  readonly discovery: Discovery;
}

/** See the file's head. */
export class ClusterSet implements ClusterDirectory {
  /** Key: name. Written by `add` only. */
  readonly #entries = new Map<string, Entry>();

  get(name: string): LiveCluster | undefined {
    return this.#entries.get(name)?.cluster;
  }

  /** In the order of the configuration. */
  *[Symbol.iterator](): Generator<LiveCluster, void, undefined> {
    for (const { cluster } of this.#entries.values()) yield cluster;
  }

  /** Takes a cluster in; it has no hosts before `start`. */
  add(runtime: ClusterRuntime, services: ProxyServices): void {
    const cluster = createCluster(runtime, services);
    const discovery = createDiscovery(cluster, runtime, services);
    this.#entries.set(runtime.name, { runtime, cluster, discovery });
  }

  /** Begins to discover hosts; resolves when the clusters that are to be warm before anybody uses them were tried once. */
  async start(): Promise<void> {
    const starts = [...this.#entries.values()].map(({ runtime, discovery }) => ({ runtime, done: discovery.start() }));
    await Promise.all(starts.filter(({ runtime }) => runtime.waitsForWarm).map(({ done }) => done));
  }

  /** Ends every connection. */
  close(): void {
    for (const { cluster, discovery } of this.#entries.values()) {
      discovery.close();
      cluster.close();
    }
  }
}
