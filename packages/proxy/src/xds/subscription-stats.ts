/** Counts what happens to subscriptions, under the names of who subscribes: managers, clusters, connection managers and secrets. */
import type { Clock } from '@weft/core';
import type { Scope, StatBlock, StatsRegistry } from '@weft/telemetry';
import type { XdsObserver } from '@weft/xds/client';
import {
  type CompiledResource,
  keyText,
  type ResourceKey,
  type ResourceReference,
  type RootSubscription,
} from '@weft/xds/graph';
import { typeUrls } from '@weft/xds/protocol';
import type { DynamicResource } from './dynamic-resource.ts';
import { httpManagersOf } from './http-managers-of.ts';
import { CONTROL_PLANE_STATS } from './subscription-blocks.ts';
import { EndpointCounters, PlainCounters, type PlainKind, type SubscriptionCounters } from './subscription-counters.ts';

/** Counters under the name of one user, and the resources that make it want what is counted. */
interface Used {
  readonly counters: SubscriptionCounters;
  readonly holders: Set<string>;
}

/** The names of a type from a source, each with who wants it by the name that it counts under. */
type Feed = Map<string, Map<string, Used>>;

/** One name, and one who wants it. */
interface Want {
  readonly key: ResourceKey;
  readonly user: string;
}

/** What this is made of. */
export interface SubscriptionStatsParts {
  readonly stats: StatsRegistry;
  readonly clock: Clock;
  readonly roots: readonly RootSubscription[];
  /** Hears of each response that was accepted in full. */
  readonly onAccepted: (source: string, typeUrl: string) => void;
}

/** What is wanted of sources without saying names. */
const EVERYTHING = '*';
const ADS = 'ads';

/** Key: type of what nothing references. */
const ROOT_KINDS: Readonly<Record<string, { readonly what: PlainKind; readonly scope: readonly string[] }>> = {
  [typeUrls.cluster]: { what: 'clusters', scope: ['cluster_manager', 'cds'] },
  [typeUrls.listener]: { what: 'listeners', scope: ['listener_manager', 'lds'] },
  [typeUrls.runtime]: { what: 'runtime', scope: ['runtime'] },
};

/** See the file's head. */
export class SubscriptionStats implements XdsObserver {
  readonly #stats: StatsRegistry;
  readonly #clock: Clock;
  readonly #onAccepted: SubscriptionStatsParts['onAccepted'];
  /** Key: source and type. Sole writers: `#add`, `#release` and `handleUnwanted`. */
  readonly #feeds = new Map<string, Feed>();
  /** Key: a resource; what it makes others want. Sole writers: noteReferences and handleGone. */
  readonly #wants = new Map<string, readonly Want[]>();
  /** Made when the aggregated stream is first heard of. */
  #aggregated: StatBlock<typeof CONTROL_PLANE_STATS> | undefined;
  /** Types of which something has changed since their last response. */
  readonly #changed = new Set<string>();
  /** Counters of what was updated by the response that is being taken over. */
  readonly #underway: SubscriptionCounters[] = [];

  constructor({ stats, clock, roots, onAccepted }: SubscriptionStatsParts) {
    this.#stats = stats;
    this.#clock = clock;
    this.#onAccepted = onAccepted;
    for (const root of roots) this.#addRoot(root);
  }

  /** Says what a resource wants, in place of what it wanted before, and before anything of that is asked for. */
  noteReferences(holder: ResourceKey, { value, references }: CompiledResource<DynamicResource>): void {
    const text = keyText(holder);
    const before = this.#wants.get(text) ?? [];
    const wants: Want[] = [];
    for (const reference of references) {
      const key = { typeUrl: reference.typeUrl, name: reference.name, source: reference.source.key };
      for (const [user, scope] of this.#scopesOf(value, reference)) {
        this.#add({ key, user }, text, () => createCounters(reference.typeUrl, scope(), this.#clock));
        wants.push({ key, user });
      }
    }
    const kept = new Set(wants.map(({ key, user }) => `${keyText(key)} ${user}`));
    for (const want of before) if (!kept.has(`${keyText(want.key)} ${want.user}`)) this.#release(want, text);
    if (wants.length > 0) this.#wants.set(text, wants);
    else this.#wants.delete(text);
  }

  /** Nobody wants it any more. */
  handleUnwanted({ typeUrl, name, source }: ResourceKey): void {
    const feed = this.#feeds.get(feedKey(source, typeUrl));
    for (const { counters } of feed?.get(name)?.values() ?? []) counters.close();
    feed?.delete(name);
  }

  handleUpdated({ typeUrl, name, source }: ResourceKey, version: string, isChanged: boolean): void {
    if (isChanged) this.#changed.add(feedKey(source, typeUrl));
    for (const counters of this.#of(source, typeUrl, name)) {
      counters.countUpdate({ version, isChanged });
      this.#underway.push(counters);
    }
  }

  handleRefused({ typeUrl, name, source }: ResourceKey): void {
    for (const counters of this.#of(source, typeUrl, name)) counters.countRejected();
  }

  handleGone(key: ResourceKey): void {
    this.#changed.add(feedKey(key.source, key.typeUrl));
    const text = keyText(key);
    for (const want of this.#wants.get(text) ?? []) this.#release(want, text);
    this.#wants.delete(text);
  }

  onConnected(source: string, isConnected: boolean): void {
    const slot = CONTROL_PLANE_STATS.at.connected_state;
    for (const block of this.#controlPlanes(source)) block.set(slot, isConnected ? 1 : 0);
  }

  onUpdateAttempt(): void {
    // Envoy counts events, not messages.
  }

  onUpdateSuccess(source: string, typeUrl: string, version: string, durationMs: number): void {
    this.#onAccepted(source, typeUrl);
    const isChanged = this.#changed.delete(feedKey(source, typeUrl));
    for (const counters of this.#of(source, typeUrl, EVERYTHING)) {
      counters.countUpdate({ version, isChanged });
      counters.recordDuration(durationMs);
    }
    for (const counters of this.#underway.splice(0)) counters.recordDuration(durationMs);
  }

  onUpdateRejected(source: string, typeUrl: string): void {
    this.#underway.length = 0;
    for (const counters of this.#of(source, typeUrl, EVERYTHING)) counters.countRejected();
  }

  onUpdateFailure(source: string, typeUrl: string): void {
    for (const users of this.#feeds.get(feedKey(source, typeUrl))?.values() ?? []) {
      for (const { counters } of users.values()) counters.countFailure();
    }
  }

  onFetchTimeout(source: string, typeUrl: string, names: readonly string[]): void {
    for (const name of names) for (const counters of this.#of(source, typeUrl, name)) counters.countFetchTimeout();
  }

  onRateLimited(source: string): void {
    for (const block of this.#controlPlanes(source)) block.inc(CONTROL_PLANE_STATS.at.rate_limit_enforced);
  }

  onPending(source: string, count: number): void {
    for (const block of this.#controlPlanes(source)) block.set(CONTROL_PLANE_STATS.at.pending_requests, count);
  }

  onControlPlane(source: string, identifier: string): void {
    for (const block of this.#controlPlanes(source)) block.setText(CONTROL_PLANE_STATS.textAt.identifier, identifier);
  }

  *#of(source: string, typeUrl: string, name: string): Generator<SubscriptionCounters, void, undefined> {
    const users = this.#feeds.get(feedKey(source, typeUrl))?.get(name);
    if (users !== undefined) for (const { counters } of users.values()) yield counters;
  }

  #addRoot({ typeUrl, source: { key: source }, names = [EVERYTHING] }: RootSubscription): void {
    const stats = this.#stats;
    const kind = ROOT_KINDS[typeUrl];
    if (kind === undefined) throw new Error(`bug: nothing is known to count of ${typeUrl}`);
    const { what, scope } = kind;
    for (const name of names) {
      const key = { typeUrl, name, source };
      this.#add({ key, user: what }, '', () => new PlainCounters(stats.scope(...scope), what, this.#clock));
    }
  }

  #add({ key: { typeUrl, name, source }, user }: Want, holder: string, create: () => SubscriptionCounters): void {
    const key = feedKey(source, typeUrl);
    const feed: Feed = this.#feeds.get(key) ?? new Map();
    this.#feeds.set(key, feed);
    const users = feed.get(name) ?? new Map<string, Used>();
    feed.set(name, users);
    const used = users.get(user) ?? { counters: create(), holders: new Set() };
    users.set(user, used);
    used.holders.add(holder);
  }

  #release({ key: { typeUrl, name, source }, user }: Want, holder: string): void {
    const users = this.#feeds.get(feedKey(source, typeUrl))?.get(name);
    const used = users?.get(user);
    used?.holders.delete(holder);
    if (users === undefined || used === undefined || used.holders.size > 0) return;
    used.counters.close();
    users.delete(user);
  }

  *#controlPlanes(source: string): Generator<StatBlock<typeof CONTROL_PLANE_STATS>, void, undefined> {
    if (source === ADS) {
      if (this.#aggregated === undefined) {
        this.#aggregated = this.#stats.scope('control_plane').block(CONTROL_PLANE_STATS);
      }
      yield this.#aggregated;
      return;
    }
    for (const [key, feed] of this.#feeds) {
      if (!key.startsWith(`${source} `)) continue;
      for (const users of feed.values()) for (const { counters } of users.values()) yield counters.controlPlane;
    }
  }

  /** The names under which a resource counts what it wants, and how to open them. */
  *#scopesOf(
    { typeName, runtime }: DynamicResource,
    { typeUrl, name }: ResourceReference,
  ): Generator<readonly [string, () => Scope], void, undefined> {
    const stats = this.#stats;
    if (typeUrl === typeUrls.secret) yield ['', () => stats.scope('sds', name)];
    if (typeUrl === typeUrls.endpoints && typeName === 'envoy.config.cluster.v3.Cluster') {
      const { statName: value } = runtime;
      yield [value, () => stats.scope('cluster', { tag: 'envoy.cluster_name', value })];
    }
    if (typeUrl !== typeUrls.route || typeName !== 'envoy.config.listener.v3.Listener') return;
    for (const { statPrefix: value, routes } of httpManagersOf(runtime)) {
      if (routes.kind !== 'rds' || routes.name !== name) continue;
      const prefix = { tag: 'envoy.http_conn_manager_prefix', value };
      yield [value, () => stats.scope('http', prefix, 'rds', { tag: 'envoy.rds_route_config', value: name })];
    }
  }
}

function createCounters(typeUrl: string, scope: Scope, clock: Clock): SubscriptionCounters {
  if (typeUrl === typeUrls.endpoints) return new EndpointCounters(scope, clock);
  return new PlainCounters(scope, typeUrl === typeUrls.route ? 'routes' : 'secret', clock);
}

function feedKey(source: string, typeUrl: string): string {
  return `${source} ${typeUrl}`;
}
