/**
 * The configuration that comes from control planes and files: asks for it, and puts what is complete to work. What refers to clusters changes
 * after them, and what nobody needs any more goes last, so that no request finds a gap.
 */
import { type Clock, type Logger, MeshError, type Random, thrownMessage } from '@weft/core';
import type {
  BootstrapRuntime,
  ConfigEnvironment,
  ListenerRuntime,
  RouteConfigRuntime,
  SecretRuntime,
} from '@weft/engine';
import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import { fromJson, Problems } from '@weft/proto/lite';
import {
  type GrpcServicePlan,
  type GrpcTarget,
  planApiConfigSource,
  planConfigSource,
  XdsClient,
  type XdsTransport,
} from '@weft/xds/client';
import {
  type CompiledResource,
  type GraphChange,
  keyOf,
  keyText,
  ResourceCoordinator,
  type ResourceKey,
  type ResourceObserver,
  type RootSubscription,
  STATIC_SOURCE,
} from '@weft/xds/graph';
import type { XdsNode } from '@weft/xds/protocol';
import type { DynamicView, ReceivedForm } from '../admin/dynamic-view.ts';
import { FileBacked } from '../secrets/file-backed.ts';
import type { FileWatcher } from '../secrets/file-watcher.ts';
import { SECRET_TYPE } from '../secrets/secret-key.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { ClusterSet } from '../server/cluster-set.ts';
import type { ListenerSet } from '../server/listener-set.ts';
import type { LiveRuntime } from '../server/live-runtime.ts';
import type { ProxyServices } from '../server/services.ts';
import { ClusterTransport } from './cluster-transport.ts';
import { createEntries } from './dynamic-entries.ts';
import { type DynamicResource, typeNameOf, typeUrlOf } from './dynamic-resource.ts';
import { listenerPrint } from './listener-print.ts';
import { Rejections } from './rejections.ts';
import { createKinds, planReferences } from './resource-kinds.ts';
import { sourcedKey } from './sourced-key.ts';
import { SubscriptionStats } from './subscription-stats.ts';
import { watchFile } from './watch-file.ts';

/** What dynamic configuration is made of. */
export interface DynamicConfigParts {
  readonly bootstrap: BootstrapRuntime;
  readonly environment: ConfigEnvironment;
  /** Parses YAML, of which JSON is a part; throws when it is none. */
  readonly parse: (text: string) => unknown;
  /** The system's own unless given. */
  readonly watcher?: FileWatcher | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly services: ProxyServices;
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly secrets: SecretStore;
  readonly runtime: LiveRuntime;
  /** Key: `sourcedKey`. Written here only. */
  readonly routes: Map<string, RouteConfigRuntime>;
  /** Control planes within this process, by the name of the cluster that stands for each of them. */
  readonly localSources: ReadonlyMap<string, XdsTransport>;
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
const LISTENER = 'envoy.config.listener.v3.Listener';
const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const RUNTIME = 'envoy.service.runtime.v3.Runtime';

/** What comes into use in this order, and goes in the opposite one. */
const ORDER: readonly string[] = [RUNTIME, ENDPOINTS, SECRET_TYPE, CLUSTER, ROUTES, LISTENER];

/** Whether a bootstrap asks for anything that it does not bring along itself. */
export function isDynamic({ dynamic, listeners, clusters, runtimeLayers }: BootstrapRuntime): boolean {
  if (runtimeLayers.some(({ fetched }) => fetched !== undefined)) return true;
  if (dynamic.ads !== undefined || dynamic.lds !== undefined || dynamic.cds !== undefined) return true;
  return [...listeners, ...clusters].some(({ needs }) => needs.length > 0);
}

/** See the file's head. */
export class DynamicConfig {
  readonly #parts: DynamicConfigParts;
  readonly #subscriptions: SubscriptionStats;
  readonly #rejections = new Rejections();
  /** How listeners came that are in use, or still have clients. */
  readonly #received = new WeakMap<ListenerRuntime, ReceivedForm>();
  readonly #client: XdsClient;
  readonly #fileBacked: FileBacked<CompiledResource<DynamicResource>>;
  readonly #coordinator: ResourceCoordinator<DynamicResource>;
  readonly #settled = Promise.withResolvers<void>();
  /** While what is wrong with the bootstrap's own resources ends the start. */
  #isStarting = false;

  constructor(parts: DynamicConfigParts) {
    const { bootstrap, environment, clock, random, logger, parse } = parts;
    this.#parts = parts;
    const roots = rootsOf(bootstrap);
    this.#subscriptions = new SubscriptionStats({
      stats: parts.services.stats,
      clock,
      roots,
      onAccepted: (source, typeUrl) => this.#rejections.clear(source, typeUrl),
    });
    this.#client = new XdsClient({
      node: nodeOf(bootstrap),
      ads: adsOf(bootstrap),
      connect: (target) => this.#connect(target),
      watchFile: (plan, onContent) => watchFile(plan, onContent, { clock, parse }),
      clock,
      random,
      observer: this.#subscriptions,
      logger: logger.named('xds'),
    });
    this.#fileBacked = this.#createFileBacked(parts);
    const secrets = new Set(bootstrap.secrets.map(({ name }) => name));
    const own: Readonly<Record<string, ReadonlySet<string>>> = {
      [CLUSTER]: new Set(bootstrap.clusters.map(({ name }) => name)),
      [LISTENER]: new Set(bootstrap.listeners.map(({ name }) => name)),
    };
    this.#coordinator = new ResourceCoordinator<DynamicResource>({
      client: this.#client,
      kinds: createKinds({
        environment,
        clock,
        hasSecret: (name) => secrets.has(name),
        clusterSource: roots.find(({ typeUrl }) => typeUrl === typeUrlOf(CLUSTER))?.source.key,
        isStatic: (typeName, name) => own[typeName]?.has(name) ?? false,
        fileBacked: this.#fileBacked,
        onCompiled: (key, compiled) => this.#subscriptions.noteReferences(key, compiled),
        abilities: parts.services.abilities,
        findListenProblem: (listener) => parts.listeners.findProblem(listener),
      }),
      roots,
      staticTypes: [typeUrlOf(CLUSTER), typeUrlOf(LISTENER)],
      onCommit: (changes) => this.#apply(changes),
      onSettled: () => this.#settled.resolve(),
      onWarming: () => this.#countWaiting(),
      clock,
      observer: this.#observer(),
      logger: logger.named('xds'),
    });
  }

  /** Begins to ask; resolves when all that there is at the start is in use or given up. */
  async start(): Promise<void> {
    const { clusters, listeners } = this.#parts.bootstrap;
    for (const { name, value, needs } of clusters) this.#addStatic({ typeName: CLUSTER, runtime: value }, name, needs);
    for (const { name, value, needs } of listeners)
      this.#addStatic({ typeName: LISTENER, runtime: value }, name, needs);
    this.#client.start();
    this.#isStarting = true;
    this.#coordinator.start();
    this.#isStarting = false;
    await this.#settled.promise;
    await this.#parts.clusters.warmed();
  }

  /** What the admin interface shows. */
  get view(): DynamicView {
    return {
      versionOf: (typeName) => {
        const root = rootsOf(this.#parts.bootstrap).find(({ typeUrl }) => typeUrl === typeUrlOf(typeName));
        for (const { source, typeUrl, version } of root === undefined ? [] : this.#client.status()) {
          if (source === root?.source.key && typeUrl === root.typeUrl) return version;
        }
        return '';
      },
      entries: () =>
        createEntries({
          resources: this.#coordinator.resources(),
          rejections: this.#rejections.all,
          warmingClusters: new Set(this.#parts.clusters.warming),
          closed: new Map(this.#parts.listeners.failed.map(([{ name }, reason]) => [name, reason])),
          draining: this.#parts.listeners.draining.flatMap((runtime) => {
            const received = this.#received.get(runtime);
            return received === undefined ? [] : [[runtime, received] as const];
          }),
        }),
    };
  }

  close(): void {
    this.#client.close();
    this.#coordinator.close();
    this.#fileBacked.close();
    this.#settled.resolve();
  }

  #addStatic(value: DynamicResource, name: string, needs: Parameters<typeof planReferences>[0]): void {
    const references = planReferences(needs);
    if (references.kind === 'err') throw configError(references.error.join('; '));
    const compiled = { value, references: references.value };
    const typeUrl = typeUrlOf(value.typeName);
    this.#subscriptions.noteReferences({ typeUrl, name, source: STATIC_SOURCE }, compiled);
    const problem = this.#coordinator.setStatic(typeUrl, name, compiled);
    if (problem !== undefined) throw configError(problem);
  }

  #observer(): ResourceObserver {
    return {
      onWanted: () => undefined,
      onUnwanted: (key) => {
        this.#subscriptions.handleUnwanted(key);
        this.#rejections.remove(key);
      },
      onUpdated: (key, version, isChanged) => {
        this.#subscriptions.handleUpdated(key, version, isChanged);
        this.#rejections.remove(key);
      },
      onRefused: (key, { version, value }, reasons) => {
        this.#subscriptions.handleRefused(key);
        const received = { version, bytes: Uint8Array.from(value), atMs: this.#parts.clock.now() };
        this.#rejections.add({ key, received, reason: reasons.join('; ') });
      },
      onGone: (key) => {
        this.#subscriptions.handleGone(key);
        this.#rejections.remove(key);
      },
    };
  }

  #connect(target: GrpcTarget): XdsTransport {
    const { clusters, clock, localSources } = this.#parts;
    if (target.kind === 'uri') throw new Error('bug: google_grpc was not refused');
    const local = localSources.get(target.clusterName);
    if (local !== undefined) return local;
    return new ClusterTransport(target, clusters, clock);
  }

  #createFileBacked({ environment, watcher, clock, logger }: DynamicConfigParts) {
    return new FileBacked<CompiledResource<DynamicResource>>({
      loadData: environment.loadData,
      ...(watcher === undefined ? {} : { watcher }),
      clock,
      logger: logger.named('xds'),
      directoriesOf: ({ value }) => (value.typeName === SECRET_TYPE ? watchedDirectoriesOf(value.runtime) : []),
      isWanted: (key) => this.#coordinator.isWanted(keyOf(key)),
      onChange: (key, compiled) => {
        this.#coordinator.replace(keyOf(key), compiled);
        logger.info('a secret was read again, since its files have changed', { name: keyOf(key).name });
      },
    });
  }

  #countWaiting(): void {
    const { clusters, listeners } = this.#parts;
    clusters.setWaiting(this.#coordinator.warmingCount(typeUrlOf(CLUSTER)));
    listeners.setWaiting(this.#coordinator.warmingCount(typeUrlOf(LISTENER)));
  }

  #apply(changes: readonly GraphChange<DynamicResource>[]): void {
    const place = ({ key }: GraphChange<DynamicResource>) => ORDER.indexOf(typeNameOf(key.typeUrl));
    const sorted = changes.toSorted((a, b) => place(a) - place(b));
    for (const { key, value } of sorted) if (value !== undefined) this.#try(key, () => this.#set(key, value));
    for (const { key, value } of sorted.toReversed()) {
      if (value === undefined) this.#try(key, () => this.#remove(key));
    }
  }

  /** What trips over one resource must not take those with it that come into use together with it. */
  #try({ typeUrl, name, source }: ResourceKey, work: () => void): void {
    try {
      work();
    } catch (thrown: unknown) {
      if (this.#isStarting && source === STATIC_SOURCE) throw thrown;
      const error = thrownMessage(thrown);
      this.#parts.logger.error('a resource cannot be taken into use: what was there stays', { typeUrl, name, error });
    }
  }

  #set({ name, source }: ResourceKey, { typeName, runtime, received }: DynamicResource): void {
    const { clusters, listeners, routes, secrets, services } = this.#parts;
    switch (typeName) {
      case ENDPOINTS:
        clusters.setEndpoints(sourcedKey(name, source), runtime);
        break;
      case SECRET_TYPE:
        secrets.set(sourcedKey(name, source), runtime);
        break;
      case CLUSTER:
        clusters.replace(runtime, services, received !== undefined);
        break;
      case ROUTES:
        routes.set(sourcedKey(name, source), runtime);
        break;
      case RUNTIME:
        this.#parts.runtime.setFetched({ name, source }, runtime);
        break;
      case LISTENER:
        if (received !== undefined) this.#received.set(runtime, received);
        listeners.set(runtime, received && listenerPrint(received.bytes));
    }
  }

  #remove(key: ResourceKey): void {
    const { clusters, listeners, routes, secrets } = this.#parts;
    const { name, source } = key;
    switch (typeNameOf(key.typeUrl)) {
      case LISTENER:
        listeners.remove(name);
        break;
      case ROUTES:
        routes.delete(sourcedKey(name, source));
        break;
      case CLUSTER:
        clusters.remove(name);
        break;
      case SECRET_TYPE:
        secrets.remove(sourcedKey(name, source));
        this.#fileBacked.forget(keyText(key));
        break;
      case ENDPOINTS:
        clusters.setEndpoints(sourcedKey(name, source), undefined);
        break;
      case RUNTIME:
        this.#parts.runtime.setFetched({ name, source }, new Map());
    }
  }
}

function watchedDirectoriesOf(secret: SecretRuntime): readonly string[] {
  const part =
    secret.kind === 'certificate' ? secret.certificate : secret.kind === 'validation' ? secret.validation : undefined;
  return part?.watchedDirectory === undefined ? [] : [part.watchedDirectory];
}

function nodeOf({ node }: BootstrapRuntime): XdsNode {
  const known = node ?? fromJson<XdsNode>('envoy.config.core.v3.Node', {}, new Problems());
  if (known === undefined) throw new Error('bug: an empty node is a node');
  return Object.assign(Object.create(Object.getPrototypeOf(known) as object | null), known, {
    userAgentName: 'weft',
  }) as XdsNode;
}

function adsOf({ dynamic: { ads } }: BootstrapRuntime): GrpcServicePlan | undefined {
  if (ads === undefined) return undefined;
  const plan = planApiConfigSource(ads);
  if (plan.kind === 'err') throw configError(`dynamic_resources.ads_config: ${plan.error}`);
  return plan.value;
}

/** Runtime values come before all that reads them, as in Envoy, and clusters before the listeners that use them. */
function rootsOf({ dynamic: { cds, lds }, runtimeLayers }: BootstrapRuntime): readonly RootSubscription[] {
  const roots: RootSubscription[] = [];
  const add = (path: string, typeName: string, source: ConfigSource | undefined, names?: readonly string[]) => {
    if (source === undefined) return;
    const plan = planConfigSource(source);
    if (plan.kind === 'err') throw configError(`${path}: ${plan.error}`);
    roots.push({ typeUrl: typeUrlOf(typeName), source: plan.value, ...(names === undefined ? {} : { names }) });
  };
  for (const [i, { fetched }] of runtimeLayers.entries()) {
    if (fetched === undefined) continue;
    add(`layered_runtime.layers[${i}].rtds_layer.rtds_config`, RUNTIME, fetched.source, [fetched.name]);
  }
  add('dynamic_resources.cds_config', CLUSTER, cds);
  add('dynamic_resources.lds_config', LISTENER, lds);
  return roots;
}

function configError(reason: string): MeshError {
  return new MeshError('MESH_CONFIG_INVALID', reason);
}
