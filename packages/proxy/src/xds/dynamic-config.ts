/**
 * The configuration that comes from control planes and files: asks for it, and puts what is complete to work. What refers to clusters changes
 * after them, and what nobody needs any more goes last, so that no request finds a gap.
 */
import { type Clock, type Logger, MeshError, type Random } from '@weft/core';
import type { BootstrapRuntime, ConfigEnvironment, RouteConfigRuntime } from '@weft/engine';
import { fromJson, Problems } from '@weft/proto/lite';
import {
  type GrpcServicePlan,
  type GrpcTarget,
  planApiConfigSource,
  planConfigSource,
  XdsClient,
  type XdsTransport,
} from '@weft/xds/client';
import { type GraphChange, ResourceCoordinator, type RootSubscription } from '@weft/xds/graph';
import type { XdsNode } from '@weft/xds/protocol';
import { SECRET_TYPE } from '../secrets/file-secrets.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { ClusterSet } from '../server/cluster-set.ts';
import type { ListenerSet } from '../server/listener-set.ts';
import type { ProxyServices } from '../server/services.ts';
import { ClusterTransport } from './cluster-transport.ts';
import { createKinds, type DynamicResource, planReferences, typeUrlOf } from './resource-kinds.ts';
import { watchFile } from './watch-file.ts';

/** What dynamic configuration is made of. */
export interface DynamicConfigParts {
  readonly bootstrap: BootstrapRuntime;
  readonly environment: ConfigEnvironment;
  /** Parses YAML, of which JSON is a part; throws when it is none. */
  readonly parse: (text: string) => unknown;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly services: ProxyServices;
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly secrets: SecretStore;
  /** Key: name. Written here only. */
  readonly routes: Map<string, RouteConfigRuntime>;
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
const LISTENER = 'envoy.config.listener.v3.Listener';
const ROUTES = 'envoy.config.route.v3.RouteConfiguration';

/** What comes into use in this order, and goes in the opposite one. */
const ORDER: readonly string[] = [ENDPOINTS, SECRET_TYPE, CLUSTER, ROUTES, LISTENER];

/** Whether a bootstrap asks for anything that it does not bring along itself. */
export function isDynamic({ dynamic, listeners, clusters }: BootstrapRuntime): boolean {
  if (dynamic.ads !== undefined || dynamic.lds !== undefined || dynamic.cds !== undefined) return true;
  return [...listeners, ...clusters].some(({ needs }) => needs.some(({ typeName }) => typeName !== SECRET_TYPE));
}

/** See the file's head. */
export class DynamicConfig {
  readonly #parts: DynamicConfigParts;
  readonly #client: XdsClient;
  readonly #coordinator: ResourceCoordinator<DynamicResource>;
  readonly #settled = Promise.withResolvers<void>();

  constructor(parts: DynamicConfigParts) {
    const { bootstrap, environment, clock, random, logger, parse } = parts;
    this.#parts = parts;
    this.#client = new XdsClient({
      node: nodeOf(bootstrap),
      ads: adsOf(bootstrap),
      connect: (target) => this.#connect(target),
      watchFile: (plan, onContent) => watchFile(plan, onContent, { clock, parse }),
      clock,
      random,
      logger: logger.named('xds'),
    });
    const secrets = new Set(bootstrap.secrets.map(({ name }) => name));
    this.#coordinator = new ResourceCoordinator<DynamicResource>({
      client: this.#client,
      kinds: createKinds({ environment, hasSecret: (name) => secrets.has(name) }),
      roots: rootsOf(bootstrap),
      staticTypes: [typeUrlOf(CLUSTER), typeUrlOf(LISTENER)],
      onCommit: (changes) => this.#apply(changes),
      onSettled: () => this.#settled.resolve(),
      logger: logger.named('xds'),
    });
  }

  /** Begins to ask; resolves when all that there is at the start is in use or given up. */
  start(): Promise<void> {
    const { clusters, listeners } = this.#parts.bootstrap;
    for (const { name, value, needs } of clusters) this.#addStatic({ typeName: CLUSTER, runtime: value }, name, needs);
    for (const { name, value, needs } of listeners)
      this.#addStatic({ typeName: LISTENER, runtime: value }, name, needs);
    this.#client.start();
    this.#coordinator.start();
    return this.#settled.promise;
  }

  close(): void {
    this.#client.close();
    this.#settled.resolve();
  }

  #addStatic(value: DynamicResource, name: string, needs: Parameters<typeof planReferences>[0]): void {
    // Secrets that resources of the bootstrap want of files are read elsewhere.
    const references = planReferences(needs.filter(({ typeName }) => typeName !== SECRET_TYPE));
    if (references.kind === 'err') throw configError(references.error.join('; '));
    const problem = this.#coordinator.setStatic(typeUrlOf(value.typeName), name, {
      value,
      references: references.value,
    });
    if (problem !== undefined) throw configError(problem);
  }

  #connect(target: GrpcTarget): XdsTransport {
    const { clusters, clock } = this.#parts;
    if (target.kind === 'uri') throw new Error('bug: google_grpc was not refused');
    return new ClusterTransport(target, clusters, clock);
  }

  #apply(changes: readonly GraphChange<DynamicResource>[]): void {
    const place = ({ key }: GraphChange<DynamicResource>) =>
      ORDER.indexOf(key.typeUrl.slice(key.typeUrl.indexOf('/') + 1));
    const sorted = changes.toSorted((a, b) => place(a) - place(b));
    for (const { key, value } of sorted) if (value !== undefined) this.#set(key.name, value);
    for (const { key, value } of sorted.toReversed()) if (value === undefined) this.#remove(key.typeUrl, key.name);
  }

  #set(name: string, { typeName, runtime }: DynamicResource): void {
    const { clusters, listeners, routes, secrets, services } = this.#parts;
    switch (typeName) {
      case ENDPOINTS:
        clusters.setEndpoints(name, runtime);
        break;
      case SECRET_TYPE:
        secrets.set(runtime);
        break;
      case CLUSTER:
        clusters.replace(runtime, services);
        break;
      case ROUTES:
        routes.set(name, runtime);
        break;
      case LISTENER:
        listeners.set(runtime);
    }
  }

  #remove(typeUrl: string, name: string): void {
    const { clusters, listeners, routes, secrets } = this.#parts;
    if (typeUrl === typeUrlOf(LISTENER)) listeners.remove(name);
    else if (typeUrl === typeUrlOf(ROUTES)) routes.delete(name);
    else if (typeUrl === typeUrlOf(CLUSTER)) clusters.remove(name);
    else if (typeUrl === typeUrlOf(SECRET_TYPE)) secrets.remove(name);
    else if (typeUrl === typeUrlOf(ENDPOINTS)) clusters.setEndpoints(name, undefined);
  }
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

/** Clusters come before the listeners that use them. */
function rootsOf({ dynamic: { cds, lds } }: BootstrapRuntime): readonly RootSubscription[] {
  const roots: RootSubscription[] = [];
  for (const [field, typeName, source] of [
    ['cds_config', CLUSTER, cds],
    ['lds_config', LISTENER, lds],
  ] as const) {
    if (source === undefined) continue;
    const plan = planConfigSource(source);
    if (plan.kind === 'err') throw configError(`dynamic_resources.${field}: ${plan.error}`);
    roots.push({ typeUrl: typeUrlOf(typeName), source: plan.value });
  }
  return roots;
}

function configError(reason: string): MeshError {
  return new MeshError('MESH_CONFIG_INVALID', reason);
}
