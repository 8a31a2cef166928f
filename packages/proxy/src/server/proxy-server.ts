/** A running proxy: the clusters and listeners of a bootstrap, and how they come up and go down. */
import { memoryUsage } from 'node:process';
import { type Clock, CoarseTimers, type Logger, type LogLevels, type Random } from '@weft/core';
import type { AdminRuntime, BootstrapRuntime, RouteConfigRuntime } from '@weft/engine';
import { StatsRegistry, type StatsRules, type StatsSnapshot, takeSnapshot } from '@weft/telemetry';
import type { ClusterTarget, MetadataPair, XdsTransport } from '@weft/xds/client';
import type { LogStreams } from '../access-log/log-target.ts';
import { LogWriters } from '../access-log/log-writers.ts';
import type { AdminCall } from '../admin/admin-call.ts';
import { AdminServer } from '../admin/admin-server.ts';
import type { AdminSubject, ProgramInfo } from '../admin/admin-subject.ts';
import type { AdminWorkers } from '../admin/admin-workers.ts';
import { answerRequest } from '../admin/answer-request.ts';
import { type HostCountTable, takeHostCounts } from '../admin/host-counts.ts';
import { Deadlines } from '../http/manager/deadlines.ts';
import { ActiveListener } from '../listener/active-listener.ts';
import { SecretStore } from '../secrets/secret-store.ts';
import { type GivenSocket, ListeningSockets, type SocketSource } from '../transport/listening-sockets.ts';
import { TurnClock } from '../transport/turn-clock.ts';
import { ClusterTransport } from '../xds/cluster-transport.ts';
import type { ConfigFiles } from '../xds/config-files.ts';
import { DynamicConfig, isDynamic } from '../xds/dynamic-config.ts';
import { sourcedKey } from '../xds/sourced-key.ts';
import { NO_ABILITIES, type ProxyAbilities } from './abilities.ts';
import { ClusterSet } from './cluster-set.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { type CounterList, InheritedCounters, takeCounters } from './inherited-counters.ts';
import { type DrainStrategy, ListenerSet } from './listener-set.ts';
import { LiveRuntime } from './live-runtime.ts';
import { ServerState } from './server-state.ts';
import { ServerStats } from './server-stats.ts';
import type { ProxyServices } from './services.ts';
import { compileStatsRules } from './stats-rules.ts';

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
  /** The bootstrap as JSON data, for `/config_dump`. */
  readonly document?: unknown;
  /** What `/server_info` says of the program. */
  readonly program?: ProgramInfo;
  /** The levels of the log, for `/logging`; they stay as they are without. */
  readonly logLevels?: LogLevels;
  /** How files are read; needed where the bootstrap asks for resources. */
  readonly files?: ConfigFiles;
  /** None unless given. */
  readonly abilities?: ProxyAbilities;
  /** How long clients have to leave when listeners are drained gracefully; 10 minutes unless given, as in Envoy. */
  readonly drainTimeMs?: number;
  /** How they are asked to; `gradual` unless given, as in Envoy. */
  readonly drainStrategy?: DrainStrategy;
  /** Sockets that another process has opened; all are opened here without. */
  readonly sockets?: SocketSource;
  /** The others that do the same work beside this one; alone without. */
  readonly workers?: AdminWorkers;
  /** Control planes within this process, by the name of the cluster that the configuration gives them, such as `sds-grpc`. */
  readonly localSources?: ReadonlyMap<string, XdsTransport>;
}

/** A listener as the outside sees it. */
export interface ListenerStatus {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Timeouts that are counted by the second at most are this precise. */
const TIMER_TICK_MS = 50;
const DRAIN_LOOK_MS = 50;
const DEFAULT_DRAIN_TIME_MS = 600_000;
const NO_PROGRAM: ProgramInfo = { version: '', options: {} };

/** See the file's head. */
export class ProxyServer {
  readonly stats = new StatsRegistry();
  /** Resolves when somebody asks by the admin interface that the process ends. */
  readonly quitRequested: Promise<void>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers: CoarseTimers;
  readonly #deadlines: Deadlines;
  readonly #logWriters: LogWriters;
  readonly #state: ServerState;
  readonly #serverStats: ServerStats;
  readonly #clusters = new ClusterSet(this.stats);
  /** Key: `sourcedKey`. Written by the dynamic configuration. */
  readonly #routes = new Map<string, RouteConfigRuntime>();
  readonly #secrets = new SecretStore();
  readonly #sockets: ListeningSockets;
  readonly #inherited = new InheritedCounters();
  readonly #dynamic: DynamicConfig | undefined;
  readonly #listeners: ListenerSet;
  readonly #subject: AdminSubject;
  readonly #admin: AdminServer | undefined;
  readonly #requestQuit: () => void;

  constructor(parts: ProxyServerParts) {
    const { bootstrap, random, logger } = parts;
    const clock = new TurnClock(parts.clock);
    const runtime = new LiveRuntime(bootstrap.runtimeLayers, this.stats);
    const quit = Promise.withResolvers<void>();
    this.quitRequested = quit.promise;
    this.#requestQuit = () => quit.resolve();
    this.#clock = clock;
    this.#logger = logger;
    this.#sockets = new ListeningSockets(parts.sockets);
    this.#timers = new CoarseTimers({ clock, tickMs: TIMER_TICK_MS });
    this.#deadlines = new Deadlines(clock);
    this.#state = new ServerState(clock);
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
      abilities: parts.abilities ?? NO_ABILITIES,
      secrets: this.#secrets,
      sockets: this.#sockets,
      routes: (key) => this.#routes.get(key),
      localCluster: bootstrap.node?.cluster ?? '',
      state: this.#state,
      runtimeValues: runtime,
      connectionLimits: new ConnectionLimits(runtime, bootstrap.maxDownstreamConnections),
    };
    for (const { name, value } of bootstrap.secrets) this.#secrets.set(sourcedKey(name), value);
    this.#listeners = new ListenerSet({
      clock,
      stats: this.stats,
      logger,
      create: (listener) => new ActiveListener(listener, services, this.#listeners),
      sockets: this.#sockets,
      drainTimeMs: parts.drainTimeMs ?? DEFAULT_DRAIN_TIME_MS,
      drainStrategy: parts.drainStrategy ?? 'gradual',
    });
    if (isDynamic(bootstrap)) this.#dynamic = this.#createDynamic(parts, services, runtime);
    else {
      for (const { value } of bootstrap.clusters) this.#clusters.add(value, services);
      for (const { value } of bootstrap.listeners) this.#listeners.set(value);
    }
    this.#serverStats = this.#createServerStats(parts);
    this.#subject = this.#adminSubject(parts, runtime);
    this.#admin = bootstrap.admin && this.#createAdmin(bootstrap.admin, random);
  }

  /** Opens the admin interface and every listener; with one that cannot be opened, none is. */
  async start(): Promise<void> {
    await this.#logWriters.open();
    try {
      await this.#admin?.start();
      await this.#clusters.start();
      await this.#dynamic?.start();
      await this.#listeners.start();
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
    this.#serverStats.start();
    this.#state.markInitialized();
    this.#serverStats.markInitialized();
    this.#logger.info('listeners are open', { listeners: this.#listeners.opened.length });
  }

  /** Where it listens. */
  get listeners(): readonly ListenerStatus[] {
    return this.#listeners.opened.map(({ runtime, addresses }) => ({
      name: runtime.name,
      addresses: addresses.map(({ text }) => text),
    }));
  }

  /** Where the admin interface listens; undefined without one. */
  get adminAddress(): string | undefined {
    return this.#admin?.address.text;
  }

  /** Accepts no more, asks clients to leave at once, and resolves when they have, or when `withinMs` are over. */
  async drain(withinMs: number): Promise<void> {
    this.#state.markDraining();
    await this.#sockets.emptied();
    await this.#leave(withinMs, 'immediate');
  }

  /** Does what somebody asks of the admin interface of another worker; whether it could. */
  answer(call: AdminCall): boolean {
    return answerRequest(call, this.#subject).status === 200;
  }

  /** What it and those before it have counted, for the process that follows. */
  takeCounters(): CounterList {
    return takeCounters(this.#inherited.over(this.stats));
  }

  /** What it alone has counted. */
  takeOwnCounters(): CounterList {
    return takeCounters(this.stats);
  }

  /** Takes what those before have counted by now. */
  inheritCounters(list: CounterList): void {
    this.#inherited.take(list);
  }

  /** What it has counted, to be added to what others have. */
  takeStats(): StatsSnapshot {
    this.#serverStats.refresh();
    return takeSnapshot(this.#inherited.over(this.stats));
  }

  /** What it has counted for hosts, to be added to what others have. */
  takeHostCounts(): HostCountTable {
    return takeHostCounts(this.#clusters);
  }

  /** Opens gRPC streams to a cluster of this proxy, with that cluster's TLS and connections; every stream carries these headers. */
  grpcTransport(clusterName: string, metadata: readonly MetadataPair[]): XdsTransport {
    const target: ClusterTarget = {
      kind: 'cluster',
      clusterName,
      authority: '',
      isWithoutEnvoyHeaders: false,
      metadata,
      maxMessageBytes: undefined,
      backoff: undefined,
    };
    return new ClusterTransport(target, this.#clusters, this.#clock);
  }

  /** The sockets of an address, for the process that is to take over; undefined if nobody listens there. */
  socketsOf(key: string): readonly GivenSocket[] | undefined {
    return this.#sockets.handlesOf(key);
  }

  /** Leaves everything to a process that has taken over: clients are asked to leave by the drain strategy, and the admin interface closes too. */
  async handOver(withinMs: number): Promise<void> {
    this.#sockets.markHandedOver();
    this.#state.markDraining();
    this.#admin?.stop();
    await this.#leave(withinMs);
  }

  /** Opens the files of access logs again, as after they were moved away. */
  reopenLogs(): void {
    this.#logWriters.reopen();
  }

  /** Ends everything; resolves when the access logs are written. */
  async close(): Promise<void> {
    this.#admin?.close();
    this.#dynamic?.close();
    this.#listeners.close();
    this.#clusters.close();
    this.#serverStats.close();
    this.#deadlines.close();
    this.#timers.close();
    await this.#logWriters.close();
  }

  #createDynamic(
    { bootstrap, files, localSources = new Map(), logger }: ProxyServerParts,
    services: ProxyServices,
    runtime: LiveRuntime,
  ): DynamicConfig {
    if (files === undefined) throw new Error('bug: a bootstrap that asks for resources, and no way to read files');
    const { defaultResolver } = bootstrap;
    const { sources, parse, watcher } = files;
    const { clock, random } = services;
    return new DynamicConfig({
      bootstrap,
      environment: { ...sources, runtime, defaultResolver },
      parse,
      watcher,
      clock,
      random,
      logger,
      services,
      clusters: this.#clusters,
      listeners: this.#listeners,
      secrets: this.#secrets,
      runtime,
      routes: this.#routes,
      localSources,
    });
  }

  #createAdmin(runtime: AdminRuntime, random: Random): AdminServer {
    return new AdminServer({
      runtime,
      subject: this.#subject,
      random,
      timers: this.#timers,
      deadlines: this.#deadlines,
      sockets: this.#sockets,
    });
  }

  #createServerStats({ bootstrap: { stats }, program, workers }: ProxyServerParts): ServerStats {
    return new ServerStats({
      stats: this.stats,
      clock: this.#clock,
      state: this.#state,
      flushMs: stats.flushesOnAdmin ? undefined : stats.flushMs,
      version: stats.serverVersion,
      epoch: program?.epoch ?? 0,
      workers,
      connectionCount: () => this.#listeners.connectionCount,
      memory: memoryUsage,
    });
  }

  #adminSubject(parts: ProxyServerParts, runtime: LiveRuntime): AdminSubject {
    const { bootstrap } = parts;
    const listeners = this.#listeners;
    const shownStats = () => this.#inherited.over(this.stats);
    const clusters = this.#clusters;
    return {
      clock: this.#clock,
      bootstrap,
      document: parts.document,
      loadedMs: this.#clock.now(),
      program: parts.program ?? NO_PROGRAM,
      state: this.#state,
      runtime,
      stats: this.stats,
      get shownStats() {
        return shownStats();
      },
      workers: parts.workers,
      statsRules: statsRulesOf(bootstrap),
      logLevels: parts.logLevels,
      get listeners() {
        return listeners.opened;
      },
      clusters: this.#clusters,
      get clusterRuntimes() {
        return clusters.runtimes;
      },
      secrets: this.#secrets,
      dynamic: this.#dynamic?.view,
      isDynamicCluster: (name) => clusters.isDynamic(name),
      refreshStats: () => this.#serverStats.refresh(),
      resetCounters: () => {
        this.stats.resetCounters();
        this.#inherited.reset();
      },
      drainListeners: (how) => listeners.drain(how),
      failHealthChecks: () => {
        this.#state.isHealthFailed = true;
        listeners.askToLeave();
      },
      passHealthChecks: () => {
        this.#state.isHealthFailed = false;
        listeners.endAsking();
      },
      reopenLogs: () => this.reopenLogs(),
      quit: this.#requestQuit,
    };
  }

  async #leave(withinMs: number, strategy?: DrainStrategy): Promise<void> {
    this.#listeners.leave(strategy);
    const until = this.#clock.monotonic() + withinMs;
    while (this.#listeners.connectionCount > 0 && this.#clock.monotonic() < until) await this.#wait(DRAIN_LOOK_MS);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(ms, resolve);
    });
  }
}

function statsRulesOf(bootstrap: BootstrapRuntime): StatsRules {
  const rules = compileStatsRules(bootstrap);
  if (rules.kind === 'err') throw new Error('bug: the statistics of the bootstrap were not checked');
  return rules.value;
}
