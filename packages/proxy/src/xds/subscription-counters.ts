/** Counts what happens to one subscription, the way Envoy's `SubscriptionStats` do: every event is an attempt too, and the start is one. */
import type { Clock } from '@weft/core';
import { xxHash64Text } from '@weft/engine';
import type { Scope, StatBlock } from '@weft/telemetry';
import { CLUSTER_STATS } from '../upstream/cluster-stats.ts';
import {
  CONTROL_PLANE_STATS,
  ENDPOINT_STATS,
  RELOAD_STATS,
  ROUTE_STATS,
  SECRET_STATS,
  SUBSCRIPTION_STATS,
} from './subscription-blocks.ts';

/** A version that was taken over. */
export interface CountedUpdate {
  readonly version: string;
  readonly isChanged: boolean;
}

/** See the file's head. */
export interface SubscriptionCounters {
  /** Of a stream of its own. */
  readonly controlPlane: StatBlock<typeof CONTROL_PLANE_STATS>;
  countUpdate(update: CountedUpdate): void;
  /** How long the response took in which an update came. */
  recordDuration(ms: number): void;
  countRejected(): void;
  countFailure(): void;
  countFetchTimeout(): void;
  close(): void;
}

/** What is subscribed to. */
export type PlainKind = 'clusters' | 'listeners' | 'routes' | 'secret' | 'runtime';

/** The counters of all subscriptions but those of endpoints. `scope` is closed with them. */
export class PlainCounters implements SubscriptionCounters {
  readonly #scope: Scope;
  readonly #clock: Clock;
  readonly #block: StatBlock<typeof SUBSCRIPTION_STATS>;
  readonly #reloads: StatBlock<typeof RELOAD_STATS> | undefined;
  #controlPlane: StatBlock<typeof CONTROL_PLANE_STATS> | undefined;

  constructor(scope: Scope, kind: PlainKind, clock: Clock) {
    this.#scope = scope;
    this.#clock = clock;
    this.#block = scope.block(SUBSCRIPTION_STATS);
    this.#reloads = kind === 'clusters' || kind === 'routes' ? scope.block(RELOAD_STATS) : undefined;
    if (kind === 'routes') scope.block(ROUTE_STATS);
    if (kind === 'secret') scope.block(SECRET_STATS);
    this.#block.inc(SUBSCRIPTION_STATS.at.update_attempt);
  }

  get controlPlane(): StatBlock<typeof CONTROL_PLANE_STATS> {
    this.#controlPlane ??= this.#scope.child('control_plane').block(CONTROL_PLANE_STATS);
    return this.#controlPlane;
  }

  countUpdate({ version, isChanged }: CountedUpdate): void {
    const { at, textAt } = SUBSCRIPTION_STATS;
    this.#count(at.update_success);
    this.#block.set(at.update_time, this.#clock.now());
    this.#block.set(at.version, versionNumber(version));
    this.#block.setText(textAt.version_text, version);
    if (!isChanged || this.#reloads === undefined) return;
    this.#reloads.inc(RELOAD_STATS.at.config_reload);
    this.#reloads.set(RELOAD_STATS.at.config_reload_time_ms, this.#clock.now());
  }

  recordDuration(ms: number): void {
    this.#block.histogram(SUBSCRIPTION_STATS.histogramAt.update_duration).record(Math.round(ms));
  }

  countRejected(): void {
    this.#count(SUBSCRIPTION_STATS.at.update_rejected);
  }

  countFailure(): void {
    this.#count(SUBSCRIPTION_STATS.at.update_failure);
  }

  countFetchTimeout(): void {
    this.#count(SUBSCRIPTION_STATS.at.init_fetch_timeout);
  }

  close(): void {
    this.#scope.close();
  }

  #count(slot: number): void {
    this.#block.inc(slot);
    this.#block.inc(SUBSCRIPTION_STATS.at.update_attempt);
  }
}

/** Those of a cluster's endpoints: some of them every cluster has. `scope` is that of the cluster. */
export class EndpointCounters implements SubscriptionCounters {
  readonly #scope: Scope;
  readonly #clock: Clock;
  readonly #cluster: StatBlock<typeof CLUSTER_STATS>;
  readonly #block: StatBlock<typeof ENDPOINT_STATS>;
  #controlPlane: StatBlock<typeof CONTROL_PLANE_STATS> | undefined;

  constructor(scope: Scope, clock: Clock) {
    this.#scope = scope;
    this.#clock = clock;
    this.#cluster = scope.block(CLUSTER_STATS);
    this.#block = scope.block(ENDPOINT_STATS);
    this.#countAttempt();
  }

  get controlPlane(): StatBlock<typeof CONTROL_PLANE_STATS> {
    this.#controlPlane ??= this.#scope.child('control_plane').block(CONTROL_PLANE_STATS);
    return this.#controlPlane;
  }

  countUpdate({ version, isChanged }: CountedUpdate): void {
    const { at, textAt } = ENDPOINT_STATS;
    this.#countAttempt();
    this.#cluster.inc(CLUSTER_STATS.at.update_success);
    if (!isChanged) this.#cluster.inc(CLUSTER_STATS.at.update_no_rebuild);
    this.#cluster.set(CLUSTER_STATS.at.version, versionNumber(version));
    this.#block.set(at.update_time, this.#clock.now());
    this.#block.setText(textAt.version_text, version);
  }

  recordDuration(ms: number): void {
    this.#block.histogram(ENDPOINT_STATS.histogramAt.update_duration).record(Math.round(ms));
  }

  countRejected(): void {
    this.#countAttempt();
    this.#block.inc(ENDPOINT_STATS.at.update_rejected);
  }

  countFailure(): void {
    this.#countAttempt();
    this.#cluster.inc(CLUSTER_STATS.at.update_failure);
  }

  countFetchTimeout(): void {
    this.#countAttempt();
    this.#block.inc(ENDPOINT_STATS.at.init_fetch_timeout);
  }

  close(): void {
    this.#scope.close();
  }

  #countAttempt(): void {
    this.#cluster.inc(CLUSTER_STATS.at.update_attempt);
  }
}

/** Versions are compared by this number; as it is larger than numbers are precise, its last digits differ from Envoy's. */
function versionNumber(version: string): number {
  const { high, low } = xxHash64Text(version);
  return (high >>> 0) * 2 ** 32 + (low >>> 0);
}
