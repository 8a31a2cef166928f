import { type Clock, type Logger, type Result, type Timer, thrownMessage } from '@weft/core';
import type { FilePlan, GrpcPlan, SourcePlan } from '../client/config-source.ts';
import type { ReceivedResource, ResourceHandler, ResourceUpdate, UnavailableCause } from '../client/handler.ts';
import type { Subscription } from '../client/resource-source.ts';
import type { ResourceProblem } from '../protocol/problems.ts';
import { WILDCARD } from '../protocol/subscription.ts';
import { type GraphChange, ResourceGraph, type ResourceState } from './resource-graph.ts';
import { keyText, type ResourceKey } from './resource-key.ts';

/** A resource that another one needs, and where to get it. */
export interface ResourceReference {
  readonly typeUrl: string;
  readonly name: string;
  readonly source: SourcePlan;
}

/** What compiling a resource gives. */
export interface CompiledResource<T> {
  readonly value: T;
  readonly references: readonly ResourceReference[];
  /** Roots that should be in use first, if they are on their way: it waits for them, but not for long. */
  readonly awaited?: readonly ResourceKey[];
}

/** A type of resources and how it is compiled; the reasons when it cannot be. */
export interface ResourceKind<T> {
  readonly typeUrl: string;
  compile(resource: ReceivedResource, key: ResourceKey): Result<CompiledResource<T>, readonly string[]>;
}

/** What becomes of single resources, for statistics and status pages. */
export interface ResourceObserver {
  /** Something references a resource that nothing did before. */
  onWanted(key: ResourceKey): void;
  /** Nothing references it any more. */
  onUnwanted(key: ResourceKey): void;
  /** A version was taken over, or sent again without a change. */
  onUpdated(key: ResourceKey, version: string, isChanged: boolean): void;
  onRefused(key: ResourceKey, resource: ReceivedResource, reasons: readonly string[]): void;
  /** It was there, or waited for, and is not any more. */
  onGone(key: ResourceKey): void;
}

/** Looks at nothing. */
export const silentResourceObserver: ResourceObserver = Object.freeze({
  onWanted: () => undefined,
  onUnwanted: () => undefined,
  onUpdated: () => undefined,
  onRefused: () => undefined,
  onGone: () => undefined,
});

/** Resources that are there by themselves, such as all clusters from `cds_config`. */
export interface RootSubscription {
  readonly typeUrl: string;
  readonly source: SourcePlan;
  /** Everything (`*`) unless names are given. */
  readonly names?: readonly string[];
}

/** What a coordinator needs of a client; `XdsClient` is one. */
export interface ResourceClient {
  subscribe(options: {
    readonly typeUrl: string;
    readonly source: SourcePlan;
    readonly handler: ResourceHandler;
  }): Result<Subscription, string>;
  unsubscribe(typeUrl: string, source: GrpcPlan | FilePlan): void;
  batch(work: () => void): void;
}

/** What a coordinator needs. */
export interface ResourceCoordinatorOptions<T> {
  readonly client: ResourceClient;
  readonly kinds: readonly ResourceKind<T>[];
  /** In the order in which they are asked for: the next one when all of the one before is in use or given up. Clusters come first. */
  readonly roots: readonly RootSubscription[];
  /** Types whose resources are roots though nobody subscribes to them: those of static resources. */
  readonly staticTypes?: readonly string[];
  /** Takes what comes into use and goes out of it, all at once. */
  readonly onCommit: (changes: readonly GraphChange<T>[]) => void;
  /** Called once, when everything that was there at the start is in use or given up. */
  readonly onSettled?: () => void;
  /** Called after each change of what waits for what. */
  readonly onWarming?: () => void;
  readonly observer?: ResourceObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The source of resources that the bootstrap brings along. */
export const STATIC_SOURCE = 'static';

/** So long a resource waits for roots that are on their way; then it comes into use without them. */
const MAX_AWAIT_MS = 5000;

/** A resource that waits for roots, and what it is without them. */
interface Patience<T> {
  readonly key: ResourceKey;
  readonly value: T;
  readonly references: readonly ResourceKey[];
  /** Undefined before its time is counted. */
  timer: Timer | undefined;
}

/** A type from a source, with what is wanted of it. */
interface Feed {
  readonly subscription: Subscription;
  readonly source: SourcePlan;
  /** Names that resources reference; written by `#publish`. */
  readonly names: Set<string>;
}

/**
 * Brings client and graph together: compiles what comes, subscribes to what that references, and hands out what is complete. Resources that
 * cannot be compiled are refused with every reason and keep their last good version; the others of the same response apply.
 */
export class ResourceCoordinator<T> {
  readonly #options: ResourceCoordinatorOptions<T>;
  readonly #kinds: ReadonlyMap<string, ResourceKind<T>>;
  readonly #rootTypes: ReadonlySet<string>;
  readonly #graph: ResourceGraph<T>;
  readonly #observer: ResourceObserver;
  /** Source key and type URL to what comes from there; written by `#feedOf` and `#publish`. */
  readonly #feeds = new Map<string, Feed>();
  /** Feeds that were opened for references which may have come to nothing; written by `#feedOf` and `#publish`. */
  readonly #fresh = new Set<Feed>();
  /** Key: a resource that waits for roots; written by `#set` and `#watchPatience`. */
  readonly #patience = new Map<string, Patience<T>>();
  /** How many roots have been subscribed to. */
  #begun = 0;
  /** Roots whose first response came, or will not come in time. */
  readonly #answered = new Set<RootSubscription>();
  #isStarted = false;
  #isSettled = false;

  constructor(options: ResourceCoordinatorOptions<T>) {
    this.#options = options;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.typeUrl, kind]));
    this.#rootTypes = new Set([...options.roots.map(({ typeUrl }) => typeUrl), ...(options.staticTypes ?? [])]);
    this.#graph = new ResourceGraph(this.#rootTypes);
    this.#observer = options.observer ?? silentResourceObserver;
  }

  /** Whether everything that was there at the start is in use or given up. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Resources that wait for what they reference. */
  get warming(): readonly ResourceKey[] {
    return this.#graph.warming;
  }

  /** How many resources of a type wait for what they reference. */
  warmingCount(typeUrl: string): number {
    return this.#graph.warmingCount(typeUrl);
  }

  /** Every resource that is known or wanted. */
  resources(): Iterable<ResourceState<T>> {
    return this.#graph.resources();
  }

  /** Whether a resource is a root, or something references it. */
  isWanted(key: ResourceKey): boolean {
    return this.#graph.has(key);
  }

  /** Takes another version of a resource that was compiled from more than its bytes; nothing happens when nobody wants it any more. */
  replace(key: ResourceKey, compiled: CompiledResource<T>): void {
    if (!this.isWanted(key) || this.#checkReferences(compiled.references) !== undefined) return;
    this.#set(key, compiled);
    this.#publish();
  }

  /** Adds a resource of the bootstrap, before or after `start`; the reason when what it references cannot be had. */
  setStatic(typeUrl: string, name: string, compiled: CompiledResource<T>): string | undefined {
    const problem = this.#checkReferences(compiled.references);
    if (problem !== undefined) return problem;
    this.#set({ typeUrl, name, source: STATIC_SOURCE }, compiled);
    this.#publish();
    return undefined;
  }

  /** Waits for nothing any more. */
  close(): void {
    for (const { timer } of this.#patience.values()) timer?.cancel();
    this.#patience.clear();
  }

  /** Begins with the first root. */
  start(): void {
    this.#isStarted = true;
    this.#publish();
  }

  /** Subscribes to the roots whose turn it is. */
  #advance(): void {
    const { roots, onSettled } = this.#options;
    for (;;) {
      const current = roots[this.#begun - 1];
      if (current !== undefined && !(this.#answered.has(current) && !this.#graph.isWarming(current.typeUrl))) return;
      const next = roots[this.#begun];
      if (next === undefined) break;
      this.#begun += 1;
      this.#begin(next);
    }
    if (this.#isSettled || this.#graph.isWarming()) return;
    this.#isSettled = true;
    onSettled?.();
  }

  #begin(root: RootSubscription): void {
    const feed = this.#feedOf(root.typeUrl, root.source);
    if (typeof feed === 'string') {
      this.#options.logger.error(`${root.typeUrl} cannot be had: ${feed}`);
      this.#answered.add(root);
      return;
    }
    feed.subscription.change({ subscribe: root.names ?? [WILDCARD], initialFetchMs: root.source.initialFetchMs });
  }

  /** What comes of a type from a source, or why nothing can. */
  #feedOf(typeUrl: string, source: SourcePlan): Feed | string {
    const text = feedKey(typeUrl, source.key);
    const known = this.#feeds.get(text);
    if (known !== undefined) return known;
    const kind = this.#kinds.get(typeUrl);
    if (kind === undefined) return `${typeUrl} is not supported`;
    const subscription = this.#options.client.subscribe({ typeUrl, source, handler: this.#handlerOf(kind, source) });
    if (subscription.kind === 'err') return subscription.error;
    const feed: Feed = { subscription: subscription.value, source, names: new Set() };
    this.#feeds.set(text, feed);
    this.#fresh.add(feed);
    return feed;
  }

  #handlerOf(kind: ResourceKind<T>, source: SourcePlan): ResourceHandler {
    return {
      apply: (update) => this.#apply(kind, source, update),
      unavailable: (names, cause) => this.#handleUnavailable(kind.typeUrl, source, names, cause),
    };
  }

  #apply(kind: ResourceKind<T>, source: SourcePlan, update: ResourceUpdate): ResourceProblem[] {
    const { typeUrl } = kind;
    const problems: ResourceProblem[] = [];
    for (const { name, cause } of update.removed) {
      const key = { typeUrl, name, source: source.key };
      // Only roots are removed by the server: what they reference lasts as long as they do (Envoy ignores such removals too).
      if (cause === 'expired' || this.#rootTypes.has(typeUrl)) {
        this.#graph.remove(key);
        this.#observer.onGone(key);
      } else this.#graph.giveUp(key);
    }
    for (const resource of update.resources) {
      const key = { typeUrl, name: resource.name, source: source.key };
      const reasons = this.#compile(kind, key, resource);
      for (const reason of reasons) problems.push({ name: resource.name, reason });
      if (reasons.length === 0) this.#observer.onUpdated(key, resource.version, true);
      else this.#observer.onRefused(key, resource, reasons);
    }
    for (const name of update.unchanged) {
      this.#observer.onUpdated({ typeUrl, name, source: source.key }, update.version, false);
    }
    this.#answer(typeUrl, source);
    this.#publish();
    return problems;
  }

  #compile(kind: ResourceKind<T>, key: ResourceKey, resource: ReceivedResource): readonly string[] {
    let compiled: Result<CompiledResource<T>, readonly string[]>;
    try {
      compiled = kind.compile(resource, key);
    } catch (thrown) {
      // One resource that trips over a bug of the compiler must not take the rest of the response with it.
      this.#options.logger.error(`compiling ${resource.name} failed`, { error: thrown });
      return [`internal error: ${thrownMessage(thrown)}`];
    }
    if (compiled.kind === 'err') return compiled.error;
    const problem = this.#checkReferences(compiled.value.references);
    if (problem !== undefined) return [problem];
    this.#set(key, compiled.value);
    return [];
  }

  /** Opens what references name; the reason when one of them can never come. */
  #checkReferences(references: readonly ResourceReference[]): string | undefined {
    for (const { typeUrl, name, source } of references) {
      const feed = this.#feedOf(typeUrl, source);
      if (typeof feed === 'string') return `${name} cannot be had: ${feed}`;
    }
    return undefined;
  }

  #set(key: ResourceKey, { value, references, awaited = [] }: CompiledResource<T>): void {
    const keys = references.map(({ typeUrl, name, source }) => ({ typeUrl, name, source: source.key }));
    this.#graph.set(key, { value, references: [...keys, ...awaited] });
    const text = keyText(key);
    this.#patience.get(text)?.timer?.cancel();
    if (awaited.length === 0) this.#patience.delete(text);
    else this.#patience.set(text, { key, value, references: keys, timer: undefined });
  }

  /** Begins to count the time of what waits for roots, and forgets what does not wait any more. */
  #watchPatience(): void {
    for (const [text, patience] of this.#patience) {
      const { key, value, references } = patience;
      if (!this.#graph.isWaiting(key)) {
        patience.timer?.cancel();
        this.#patience.delete(text);
      } else if (patience.timer === undefined) {
        patience.timer = this.#options.clock.setTimer(MAX_AWAIT_MS, () => {
          this.#patience.delete(text);
          this.#graph.set(key, { value, references });
          this.#publish();
        });
        patience.timer.unref();
      }
    }
  }

  #handleUnavailable(typeUrl: string, source: SourcePlan, names: readonly string[], cause: UnavailableCause): void {
    this.#options.logger.debug(`nothing to wait for: ${cause}`, () => ({ typeUrl, names: names.slice(0, 20) }));
    for (const name of names) {
      if (name === WILDCARD) this.#answer(typeUrl, source);
      else this.#graph.giveUp({ typeUrl, name, source: source.key });
    }
    // Roots that were asked for by name are all that their subscription waits for.
    if (this.#rootTypes.has(typeUrl)) this.#answer(typeUrl, source);
    this.#publish();
  }

  #answer(typeUrl: string, source: SourcePlan): void {
    for (const root of this.#options.roots) {
      if (root.typeUrl === typeUrl && root.source.key === source.key) this.#answered.add(root);
    }
  }

  /** Tells the client what is wanted now, and hands out what is complete. */
  #publish(): void {
    if (!this.#isStarted) return;
    const { changes, wanted, unwanted } = this.#graph.commit();
    this.#watchPatience();
    this.#options.client.batch(() => {
      // First, so that whoever hears of the changes may cause the next ones.
      this.#changeWanted(wanted, unwanted);
      if (changes.length > 0) this.#options.onCommit(changes);
      this.#options.onWarming?.();
      this.#advance();
    });
  }

  #changeWanted(wanted: readonly ResourceKey[], unwanted: readonly ResourceKey[]): void {
    const changed = new Map<Feed, { subscribe: string[]; unsubscribe: string[] }>();
    const changeOf = (key: ResourceKey) => {
      const feed = this.#feeds.get(feedKey(key.typeUrl, key.source));
      if (feed === undefined) return undefined;
      const change = changed.get(feed) ?? { subscribe: [], unsubscribe: [] };
      changed.set(feed, change);
      return { feed, change };
    };
    for (const key of wanted) {
      const at = changeOf(key);
      this.#observer.onWanted(key);
      at?.feed.names.add(key.name);
      at?.change.subscribe.push(key.name);
    }
    for (const key of unwanted) {
      const at = changeOf(key);
      this.#observer.onUnwanted(key);
      at?.feed.names.delete(key.name);
      at?.change.unsubscribe.push(key.name);
    }
    for (const [feed, change] of changed) {
      feed.subscription.change({ ...change, initialFetchMs: feed.source.initialFetchMs });
    }
    for (const feed of new Set([...changed.keys(), ...this.#fresh])) this.#closeIfUnused(feed);
    this.#fresh.clear();
  }

  /** A stream or file that serves nothing any more is closed; the aggregated stream serves whatever comes. */
  #closeIfUnused({ names, source, subscription: { typeUrl } }: Feed): void {
    if (names.size > 0 || source.kind === 'ads') return;
    if (this.#options.roots.some((root) => root.typeUrl === typeUrl && root.source.key === source.key)) return;
    this.#options.client.unsubscribe(typeUrl, source);
    this.#feeds.delete(feedKey(typeUrl, source.key));
  }
}

function feedKey(typeUrl: string, source: string): string {
  return `${source} ${typeUrl}`;
}
