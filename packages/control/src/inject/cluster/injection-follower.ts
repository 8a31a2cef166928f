/** What the injection webhook looks at, kept up to date from a cluster: nodes, ProxyConfigs, and the configuration. */
import { istio, kubernetes } from '@weft/api';
import type { ReadonlyWatch } from '@weft/core';
import { type InformerLease, type KubeClient, resourceOf } from '@weft/kube/client';
import type { InjectionConfig } from '../injection-config.ts';
import type { NodeVersion } from '../native-sidecar.ts';
import type { InjectionState } from '../webhooks/judge-injection.ts';

/** Where the state comes from. */
export interface InjectionFollowerOptions {
  readonly client: KubeClient;
  readonly config: ReadonlyWatch<InjectionConfig>;
}

type ProxyConfig = istio.networking.ProxyConfig;
type Node = kubernetes.core.Node;

/** Follows a cluster between `start` and `stop`. */
export class InjectionFollower {
  readonly #options: InjectionFollowerOptions;
  readonly #nodes: InformerLease<Node>;
  readonly #proxyConfigs: InformerLease<ProxyConfig>;
  readonly #removeHandlers: (() => void)[];
  /** Made anew by the next `state` after a change; written by the handlers and by it. */
  #state: InjectionState | undefined;

  private constructor(
    options: InjectionFollowerOptions,
    nodes: InformerLease<Node>,
    proxyConfigs: InformerLease<ProxyConfig>,
  ) {
    this.#options = options;
    this.#nodes = nodes;
    this.#proxyConfigs = proxyConfigs;
    const forget = (): void => {
      this.#state = undefined;
    };
    const handler = { onAdd: forget, onUpdate: forget, onDelete: forget };
    this.#removeHandlers = [
      nodes.informer.addHandler(handler),
      proxyConfigs.informer.addHandler(handler),
      options.config.subscribe(forget),
    ];
  }

  /** Resolves once everything is known: a webhook that answers before would take the cluster for an empty one. */
  static async start(options: InjectionFollowerOptions, signal?: AbortSignal): Promise<InjectionFollower> {
    const { informers } = options.client;
    const nodes = informers.acquire(
      { resource: resourceOf(kubernetes.core.node) },
      // Nodes report themselves all the time, and are large.
      { name: 'kubelet-version', transform: onlyVersion },
    );
    const proxyConfigs = informers.acquire({ resource: resourceOf(istio.networking.proxyConfig) });
    const follower = new InjectionFollower(options, nodes, proxyConfigs);
    try {
      await Promise.all([nodes, proxyConfigs].map(({ informer }) => informer.waitForSync(signal)));
      return follower;
    } catch (error: unknown) {
      await follower.stop();
      throw error;
    }
  }

  /** What injection looks at now. */
  state(): InjectionState {
    this.#state ??= {
      config: this.#options.config.get(),
      proxyConfigs: [...this.#proxyConfigs.informer.cache.values()],
      nodes: Array.from(this.#nodes.informer.cache.values(), versionOf),
    };
    return this.#state;
  }

  async stop(): Promise<void> {
    for (const remove of this.#removeHandlers.splice(0)) remove();
    await Promise.all([this.#nodes.release(), this.#proxyConfigs.release()]);
  }
}

function onlyVersion({ apiVersion, kind, metadata, status }: Node): Node {
  const { name, resourceVersion, uid } = metadata;
  const nodeInfo = { kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '' };
  return { apiVersion, kind, metadata: { name, resourceVersion, uid }, status: { nodeInfo } } as Node;
}

function versionOf({ metadata, status }: Node): NodeVersion {
  return { name: metadata.name ?? '', kubelet: status?.nodeInfo?.kubeletVersion ?? '' };
}
