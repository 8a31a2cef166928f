/** A client of one API server: collections by kind, informers, events, discovery. */
import type { AnyKind, ApiObject, ObjectOf } from '@weft/api';
import type { Clock, Logger, Random } from '@weft/core';
import type { ClusterConnection } from './connection.ts';
import { DiscoveryClient } from './discovery-client.ts';
import { EventRecorder, events } from './event-recorder.ts';
import type { ApiTransport } from './http/request.ts';
import { HttpTransport } from './http/transport.ts';
import { InformerFactory } from './informer/informer-factory.ts';
import { ResourceClient } from './resource-client.ts';
import { type ResourceRef, resourceOf } from './resource-ref.ts';

/** What a client is made of. */
export interface KubeClientOptions {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Names the program as a writer; `weft` unless given. */
  readonly fieldManager?: string;
  /** For servers that send bookmarks regularly: a watch that is silent for so long counts as dead. */
  readonly watchIdleTimeoutMs?: number;
}

/** Where in the cluster to work. */
export interface ScopeOptions {
  /** Undefined works on all namespaces. */
  readonly namespace?: string | undefined;
  /** Version of the kind, when not its storage version. */
  readonly version?: string | undefined;
}

/** A client. `close` ends its informers and connections. */
export class KubeClient {
  readonly transport: ApiTransport;
  readonly discovery: DiscoveryClient;
  /** Informers that are shared by everybody who uses this client. */
  readonly informers: InformerFactory;
  readonly #options: KubeClientOptions;

  constructor(options: KubeClientOptions) {
    const { transport, clock, random, log, watchIdleTimeoutMs } = options;
    this.transport = transport;
    this.discovery = new DiscoveryClient(transport);
    this.#options = options;
    this.informers = new InformerFactory({
      clock,
      random,
      log: log.named('kube.informer'),
      clientOf: (resource, namespace) => this.collection(resource, namespace),
      idleTimeoutMs: watchIdleTimeoutMs,
    });
  }

  /** Namespace of the configuration, for what is given none. */
  get namespace(): string {
    return this.transport.namespace;
  }

  /** The collection of a kind. */
  resource<K extends AnyKind>(kind: K, scope: ScopeOptions = {}): ResourceClient<ObjectOf<K> & object> {
    return this.collection(resourceOf(kind, scope.version), scope.namespace);
  }

  /** The collection of a kind that only the server knows. */
  async dynamic(apiVersion: string, kind: string, namespace?: string): Promise<ResourceClient<ApiObject>> {
    return this.collection(await this.discovery.resourceFor(apiVersion, kind), namespace);
  }

  /** A collection by its names. */
  collection<T extends object>(resource: ResourceRef<T>, namespace?: string): ResourceClient<T> {
    const { transport, clock, fieldManager } = this.#options;
    return new ResourceClient({ transport, clock, resource, namespace, fieldManager: fieldManager ?? 'weft' });
  }

  /** A recorder of events for one part of the program. */
  eventRecorder(component: string): EventRecorder {
    const { clock, random, log } = this.#options;
    const client = this.collection(events);
    return new EventRecorder({ client, component, clock, random, log: log.named('kube.events') });
  }

  async close(): Promise<void> {
    await this.informers.close();
    this.transport.close();
  }
}

/** What a client needs beside the connection. */
export type CreateClientOptions = Omit<KubeClientOptions, 'transport'> & { readonly userAgent: string };

/** A client of the server that a configuration names. */
export function createKubeClient(connection: ClusterConnection, options: CreateClientOptions): KubeClient {
  const { clock, random, log, userAgent } = options;
  const warnings = log.named('kube.client');
  for (const warning of connection.warnings) warnings.warning('kubeconfig', { warning });
  const onWarning = (text: string) => warnings.warning('the API server warns', { warning: text });
  return new KubeClient({
    ...options,
    transport: new HttpTransport({ connection, clock, random, userAgent, onWarning }),
  });
}
