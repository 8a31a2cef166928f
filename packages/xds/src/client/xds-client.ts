import { type Clock, err, type Logger, ok, type Random, type Result } from '@weft/core';
import { clientFeatures, type XdsNode } from '../protocol/messages.ts';
import { aggregatedMethods, rulesOf } from '../protocol/resource-types.ts';
import type { FilePlan, GrpcPlan, GrpcServicePlan, SourcePlan } from './config-source.ts';
import { FileSource } from './file-source.ts';
import type { GrpcTarget } from './grpc-target.ts';
import type { ResourceHandler } from './handler.ts';
import { defaultXdsLimits, type XdsLimits } from './limits.ts';
import { silentObserver, type XdsObserver } from './observer.ts';
import type { Subscription } from './resource-source.ts';
import type { XdsTransport } from './transport.ts';
import type { SubscriptionTimeouts, TypeSubscription } from './type-subscription.ts';
import type { WatchFile } from './watched-file.ts';
import { defaultXdsBackoff, XdsConnection } from './xds-connection.ts';

/** What a client needs. */
export interface XdsClientOptions {
  /** Who the client is; what it can do (`client_features`) is added. */
  readonly node: XdsNode;
  /** The bootstrap's `ads_config`; undefined when there is none. */
  readonly ads: GrpcServicePlan | undefined;
  /** Makes the transport to a server; called once for each target of each stream. */
  readonly connect: (target: GrpcTarget) => XdsTransport;
  readonly watchFile: WatchFile;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer?: XdsObserver;
  readonly limits?: Partial<XdsLimits>;
  /** How long a connected server has until a name is taken not to exist; 15 s unless given, 0 waits for ever. */
  readonly notFoundMs?: number;
}

/** What to subscribe to. */
export interface SubscribeOptions {
  readonly typeUrl: string;
  readonly source: SourcePlan;
  readonly handler: ResourceHandler;
}

/** A type's state as a status page shows it. */
export interface TypeStatus {
  readonly source: string;
  readonly typeUrl: string;
  /** The version of the last response that was accepted in full. */
  readonly version: string;
  readonly resources: ReadonlyMap<string, ResourceStatus>;
}

/** As `ClientResourceStatus` of Envoy's admin API. */
export interface ResourceStatus {
  readonly state: 'requested' | 'acked' | 'nacked';
  readonly version: string;
  readonly rejection: { readonly version: string; readonly reason: string } | undefined;
}

const DEFAULT_NOT_FOUND_MS = 15_000;

/** The xDS client: one aggregated stream, streams of their own for sources that name a server, and files. */
export class XdsClient {
  readonly #options: XdsClientOptions;
  readonly #limits: XdsLimits;
  readonly #node: XdsNode;
  #ads: XdsConnection | undefined;
  /** Source key and type URL to what serves them; written by `subscribe`, `unsubscribe` and `close`. */
  readonly #sources = new Map<string, XdsConnection | FileSource>();
  #isStarted = false;
  #isClosed = false;

  constructor(options: XdsClientOptions) {
    this.#options = options;
    this.#limits = { ...defaultXdsLimits, ...options.limits };
    const features = new Set([...options.node.clientFeatures, ...clientFeatures]);
    this.#node = Object.assign(Object.create(Object.getPrototypeOf(options.node) as object | null), options.node, {
      clientFeatures: [...features],
    }) as XdsNode;
  }

  /** Whether the aggregated stream has a server. */
  get isConnected(): boolean {
    return this.#ads?.isConnected ?? false;
  }

  /** Opens streams and files, those of later subscriptions too. */
  start(): void {
    this.#isStarted = true;
    this.#ads?.start();
    for (const source of this.#sources.values()) source.start();
  }

  /** Subscribes to a type of a source, without names yet; the error says why the source cannot serve it. */
  subscribe({ typeUrl, source, handler }: SubscribeOptions): Result<Subscription, string> {
    if (this.#isClosed) return err('the client is closed');
    const timeouts = {
      initialFetchMs: source.initialFetchMs,
      notFoundMs: this.#options.notFoundMs ?? DEFAULT_NOT_FOUND_MS,
    };
    switch (source.kind) {
      case 'ads':
        return this.#subscribeAds(typeUrl, handler, timeouts);
      case 'grpc':
        return this.#subscribeGrpc({ typeUrl, source, handler }, source.service, timeouts);
      case 'file':
        return this.#subscribeFile({ typeUrl, source, handler }, source, timeouts);
    }
  }

  /** Gives up a type of a source of its own: closes its stream or file. Types of `ads` stay, with nothing wanted of them. */
  unsubscribe(typeUrl: string, source: GrpcPlan | FilePlan): void {
    const key = `${source.key} ${typeUrl}`;
    this.#sources.get(key)?.close();
    this.#sources.delete(key);
  }

  /** Runs `work` with all requests of the aggregated stream held back, so that its changes go out together. */
  batch(work: () => void): void {
    if (this.#ads === undefined) work();
    else this.#ads.batch(work);
  }

  /** What is known of every type, for status pages. */
  *status(): Generator<TypeStatus> {
    const sources = this.#ads === undefined ? this.#sources.values() : [this.#ads, ...this.#sources.values()];
    for (const source of sources) {
      const types = source instanceof FileSource ? [source.subscription] : source.subscriptions;
      for (const type of types) yield statusOf(type);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#ads?.close();
    for (const source of this.#sources.values()) source.close();
    this.#sources.clear();
  }

  #subscribeAds(
    typeUrl: string,
    handler: ResourceHandler,
    timeouts: SubscriptionTimeouts,
  ): Result<Subscription, string> {
    const plan = this.#options.ads;
    if (plan === undefined) return err('the source is ads, but the bootstrap has no dynamic_resources.ads_config');
    if (rulesOf(typeUrl).methods[plan.variant] === undefined && rulesOf(typeUrl).methods.delta !== undefined) {
      return err(`${rulesOf(typeUrl).label} exists in the delta protocol only; set api_type: DELTA_GRPC`);
    }
    this.#ads ??= this.#createConnection('ads', aggregatedMethods[plan.variant], plan);
    const subscription = this.#ads.subscribe(typeUrl, handler, timeouts);
    if (this.#isStarted) this.#ads.start();
    return subscription;
  }

  #subscribeGrpc(
    options: SubscribeOptions,
    plan: GrpcServicePlan,
    timeouts: SubscriptionTimeouts,
  ): Result<Subscription, string> {
    const { typeUrl, source, handler } = options;
    const method = rulesOf(typeUrl).methods[plan.variant];
    if (method === undefined) return err(`there is no ${plan.variant} stream for ${typeUrl} alone; use ads`);
    const key = `${source.key} ${typeUrl}`;
    if (this.#sources.has(key)) return err(`${typeUrl} is already subscribed to from ${source.key}`);
    const connection = this.#createConnection(source.key, method, plan);
    this.#sources.set(key, connection);
    const subscription = connection.subscribe(typeUrl, handler, timeouts);
    if (this.#isStarted) connection.start();
    return subscription;
  }

  #subscribeFile(
    options: SubscribeOptions,
    plan: FilePlan,
    timeouts: SubscriptionTimeouts,
  ): Result<Subscription, string> {
    const { typeUrl, handler } = options;
    const key = `${plan.key} ${typeUrl}`;
    if (this.#sources.has(key)) return err(`${typeUrl} is already subscribed to from ${plan.path}`);
    const { watchFile, clock, random, logger, observer = silentObserver } = this.#options;
    const source = new FileSource({ plan, typeUrl, handler, timeouts, watchFile, clock, random, observer, logger });
    this.#sources.set(key, source);
    if (this.#isStarted) source.start();
    return ok(source);
  }

  #createConnection(source: string, method: string, plan: GrpcServicePlan): XdsConnection {
    const { connect, clock, random, logger, observer = silentObserver } = this.#options;
    // The plan sees to it that only the first target sets what holds for all.
    const [first] = plan.targets;
    return new XdsConnection({
      source,
      variant: plan.variant,
      method,
      transports: plan.targets.map((target) => () => connect(target)),
      node: this.#node,
      isNodeOnFirstOnly: plan.isNodeOnFirstOnly,
      rateLimit: plan.rateLimit,
      backoff: first?.backoff ?? defaultXdsBackoff,
      limits: { ...this.#limits, maxMessageBytes: first?.maxMessageBytes ?? this.#limits.maxMessageBytes },
      clock,
      random,
      observer,
      logger,
    });
  }
}

function statusOf(type: TypeSubscription): TypeStatus {
  const { interest, accepted, acceptedVersion } = type.state;
  const resources = new Map<string, ResourceStatus>();
  for (const name of interest.wanted) {
    if (interest.names(name)) resources.set(name, { state: 'requested', version: '', rejection: undefined });
  }
  for (const [name, { version, rejection }] of accepted.entries()) {
    resources.set(name, { state: rejection === undefined ? 'acked' : 'nacked', version: version ?? '', rejection });
  }
  return { source: type.source, typeUrl: type.typeUrl, version: acceptedVersion, resources };
}
