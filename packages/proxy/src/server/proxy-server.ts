/** A running proxy: the clusters and listeners of a bootstrap, and how they come up and go down. */
import { type Clock, CoarseTimers, type Logger, MeshError, type Random } from '@weft/core';
import type { BootstrapRuntime } from '@weft/engine';
import { StatsRegistry } from '@weft/telemetry';
import type { LogStreams } from '../access-log/log-target.ts';
import { LogWriters } from '../access-log/log-writers.ts';
import { Deadlines } from '../http/manager/deadlines.ts';
import { ActiveListener } from '../listener/active-listener.ts';
import { SecretStore } from '../secrets/secret-store.ts';
import { TurnClock } from '../transport/turn-clock.ts';
import type { LiveCluster } from '../upstream/live-cluster.ts';
import { createCluster } from './create-cluster.ts';
import type { ProxyServices } from './services.ts';

/** What a proxy is made of. */
export interface ProxyServerParts {
  readonly bootstrap: BootstrapRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where access logs to the streams of the process go. */
  readonly streams: LogStreams;
  /** How long lines of access logs may wait; 10 seconds unless given. */
  readonly logFlushIntervalMs?: number;
}

/** A listener as the outside sees it. */
export interface ListenerStatus {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Timeouts that are counted by the second at most are this precise. */
const TIMER_TICK_MS = 50;
const DRAIN_LOOK_MS = 50;

/** See the file's head. */
export class ProxyServer {
  readonly stats = new StatsRegistry();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers: CoarseTimers;
  readonly #deadlines: Deadlines;
  readonly #logWriters: LogWriters;
  readonly #clusters = new Map<string, LiveCluster>();
  readonly #secrets = new SecretStore();
  readonly #listeners: readonly ActiveListener[];

  constructor(parts: ProxyServerParts) {
    const { bootstrap, random, logger } = parts;
    const clock = new TurnClock(parts.clock);
    this.#clock = clock;
    this.#logger = logger;
    this.#timers = new CoarseTimers({ clock, tickMs: TIMER_TICK_MS });
    this.#deadlines = new Deadlines(clock);
    this.#logWriters = new LogWriters({
      clock,
      logger: logger.named('access-log'),
      scope: this.stats.scope('filesystem'),
      streams: parts.streams,
      ...(parts.logFlushIntervalMs === undefined ? {} : { flushIntervalMs: parts.logFlushIntervalMs }),
    });
    const services: ProxyServices = {
      clock,
      random,
      logger,
      timers: this.#timers,
      deadlines: this.#deadlines,
      stats: this.stats,
      logWriters: this.#logWriters,
      clusters: this.#clusters,
      secrets: this.#secrets,
      routes: () => undefined,
      localCluster: bootstrap.node?.cluster ?? '',
      runtimeValues: bootstrap.runtime,
    };
    for (const { value } of bootstrap.secrets) this.#secrets.set(value);
    for (const { name, value } of bootstrap.clusters) this.#clusters.set(name, createCluster(value, services));
    this.#listeners = bootstrap.listeners.map(({ value }) => new ActiveListener(value, services));
  }

  /** Opens every listener; with one that cannot be opened, none is. */
  async start(): Promise<void> {
    await this.#logWriters.open();
    for (const listener of this.#listeners) {
      try {
        await listener.start();
      } catch (thrown) {
        for (const each of this.#listeners) each.close();
        const { name } = listener.runtime;
        throw new MeshError('MESH_LISTEN', `listener ${JSON.stringify(name)} cannot be opened: ${messageOf(thrown)}`, {
          cause: thrown,
        });
      }
    }
    this.#logger.info('listeners are open', { listeners: this.#listeners.length });
  }

  /** Where it listens. */
  get listeners(): readonly ListenerStatus[] {
    return this.#listeners.map(({ runtime, addresses }) => ({
      name: runtime.name,
      addresses: addresses.map(({ text }) => text),
    }));
  }

  /** Accepts no more, asks clients to leave, and resolves when they have, or when `withinMs` are over. */
  async drain(withinMs: number): Promise<void> {
    for (const listener of this.#listeners) {
      listener.stop();
      listener.drain();
    }
    const until = this.#clock.monotonic() + withinMs;
    while (this.#connectionCount() > 0 && this.#clock.monotonic() < until) await this.#wait(DRAIN_LOOK_MS);
  }

  /** Opens the files of access logs again, as after they were moved away. */
  reopenLogs(): void {
    this.#logWriters.reopen();
  }

  /** Ends everything; resolves when the access logs are written. */
  async close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    for (const cluster of this.#clusters.values()) cluster.close();
    this.#deadlines.close();
    this.#timers.close();
    await this.#logWriters.close();
  }

  #connectionCount(): number {
    return this.#listeners.reduce((count, listener) => count + listener.connectionCount, 0);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
