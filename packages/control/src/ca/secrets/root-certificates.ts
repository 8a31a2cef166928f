/** Writes the roots of the mesh into the ConfigMap `istio-ca-root-cert` of every namespace, where pods mount them, and keeps them right. */
import type { X509Certificate } from 'node:crypto';
import { kubernetes } from '@weft/api';
import type { Clock, Logger, Random, ReadonlyWatch } from '@weft/core';
import { Controller, type InformerLease, type KubeClient, resourceOf } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import type { AuthorityState } from '../authority-state.ts';

/** What this works with. */
export interface RootCertificatesOptions {
  readonly client: KubeClient;
  readonly state: ReadonlyWatch<AuthorityState | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Namespaces without workloads of the mesh; those of Kubernetes itself unless given. */
  readonly ignoredNamespaces?: readonly string[];
}

/** The name of the ConfigMap, and of the text in it. */
export const ROOT_CONFIG_MAP = 'istio-ca-root-cert';
const ROOT_KEY = 'root-cert.pem';
const LABELS = Object.freeze({ 'istio.io/config': 'true' });
/** As Istio leaves out. */
const IGNORED = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'];
const CONCURRENCY = 4;

type ConfigMap = kubernetes.core.ConfigMap;
type Namespace = kubernetes.core.Namespace;

/** Only one replica starts this at a time, the leader: two that disagree for a moment would write against each other. */
export class RootCertificates {
  readonly #options: RootCertificatesOptions;
  readonly #ignored: ReadonlySet<string>;
  readonly #controller: Controller;
  readonly #namespaces: InformerLease<Namespace & object>;
  readonly #configMaps: InformerLease<ConfigMap & object>;
  readonly #stopState: () => void;

  constructor(options: RootCertificatesOptions) {
    const { client, clock, random, log, state } = options;
    this.#options = options;
    this.#ignored = new Set(options.ignoredNamespaces ?? IGNORED);
    this.#controller = new Controller({
      name: 'root-certificates',
      clock,
      random,
      log,
      concurrency: CONCURRENCY,
      reconcile: async (namespace, signal) => {
        await this.#write(namespace, signal);
        return undefined;
      },
    });
    this.#namespaces = client.informers.acquire({ resource: resourceOf(kubernetes.core.namespace) });
    this.#configMaps = client.informers.acquire({
      resource: resourceOf(kubernetes.core.configMap),
      fieldSelector: `metadata.name=${ROOT_CONFIG_MAP}`,
    });
    this.#controller.follow(this.#namespaces.informer);
    this.#controller.follow(this.#configMaps.informer, ({ metadata }) => [metadata.namespace ?? '']);
    this.#stopState = state.subscribe(() => {
      for (const { metadata } of this.#namespaces.informer.cache.values())
        this.#controller.queue.add(metadata.name ?? '');
    });
  }

  /** Begins to write. */
  start(): void {
    this.#controller.start();
  }

  /** Whether the ConfigMap of every namespace has these roots by now; replicas that write nothing know it too. */
  hasEverywhere(roots: readonly X509Certificate[]): boolean {
    const { informer: namespaces } = this.#namespaces;
    const { informer: configMaps } = this.#configMaps;
    if (!namespaces.isSynced || !configMaps.isSynced) return false;
    const texts = roots.map((root) => root.toString().trim());
    for (const namespace of namespaces.cache.values()) {
      if (!this.#isServed(namespace)) continue;
      const present = configMaps.cache.get(`${namespace.metadata.name}/${ROOT_CONFIG_MAP}`)?.data?.[ROOT_KEY] ?? '';
      if (!texts.every((text) => present.includes(text))) return false;
    }
    return true;
  }

  async close(): Promise<void> {
    this.#stopState();
    await this.#controller.stop();
    await Promise.all([this.#namespaces.release(), this.#configMaps.release()]);
  }

  async #write(name: string, signal: AbortSignal): Promise<void> {
    const namespace = this.#namespaces.informer.cache.get(name);
    const rootsPem = this.#options.state.get()?.rootsPem;
    if (namespace === undefined || rootsPem === undefined || !this.#isServed(namespace)) return;
    const maps = this.#options.client.resource(kubernetes.core.configMap, { namespace: name });
    const present = this.#configMaps.informer.cache.get(`${name}/${ROOT_CONFIG_MAP}`);
    const data = { [ROOT_KEY]: rootsPem };
    try {
      if (present === undefined) {
        await maps.create({ metadata: { name: ROOT_CONFIG_MAP, labels: LABELS }, data }, { signal });
      } else if (present.data?.[ROOT_KEY] !== rootsPem) {
        await maps.patch(ROOT_CONFIG_MAP, { type: 'merge', body: { metadata: { labels: LABELS }, data } }, { signal });
      }
    } catch (thrown: unknown) {
      // Somebody else was faster, or the namespace has just gone: the informers tell, and there is another turn.
      if (!isApiStatusError(thrown, 'AlreadyExists', 'NotFound', 'Conflict')) throw thrown;
    }
  }

  /** Nothing can be made in a namespace that goes away. */
  #isServed({ metadata }: Namespace): boolean {
    return !this.#ignored.has(metadata.name ?? '') && metadata.deletionTimestamp === undefined;
  }
}
