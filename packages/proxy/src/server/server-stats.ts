/** What the proxy counts about itself, under `server.`, and when intervals of histograms end. */
import type { Clock, Timer } from '@weft/core';
import { type Counter, defineBlock, type StatBlock, type StatsRegistry } from '@weft/telemetry';
import type { AdminWorkers } from '../admin/admin-workers.ts';
import { SERVER_STATES, type ServerState } from './server-state.ts';

const SERVER_STATS = defineBlock({
  counters: [
    'debug_assertion_failures',
    'dropped_stat_flushes',
    'dynamic_unknown_fields',
    'envoy_bug_failures',
    'envoy_notifications',
    'static_unknown_fields',
    'wip_protos',
  ],
  gauges: [
    'memory_allocated',
    'memory_heap_size',
    'memory_physical_size',
    'parent_connections',
    'stats_recent_lookups',
    'total_connections',
  ],
  sharedGauges: [
    'compilation_settings.fips_mode',
    'concurrency',
    'days_until_first_cert_expiring',
    'hot_restart_epoch',
    'hot_restart_generation',
    'live',
    'seconds_until_first_ocsp_response_expiring',
    'state',
    'uptime',
    'version',
  ],
  histograms: { initialization_time_ms: 'ms' },
});

const WATCHDOG_STATS = defineBlock({ counters: ['watchdog_mega_miss', 'watchdog_miss'] });

/** One loop does what Envoy's main thread and its first worker do. */
const WATCHED = [['main_thread'], ['workers'], ['server', 'main_thread'], ['server', 'worker_0']] as const;

/** What is there without a certificate: the largest number of 32 bits. */
const NO_EXPIRY = 0xffff_ffff;

/** So often the event loop shows that it is alive; Envoy's watchdog misses it from 200 ms on, and badly from 1 s on. */
const BEAT_MS = 200;
const MISS_MS = 200;
const MEGA_MISS_MS = 1000;

/** What the numbers come from. */
export interface ServerStatsParts {
  readonly stats: StatsRegistry;
  readonly clock: Clock;
  readonly state: ServerState;
  /** How often intervals of histograms end; undefined when only readers end them. */
  readonly flushMs: number | undefined;
  readonly version: bigint | number | undefined;
  /** How many processes this one has followed. */
  readonly epoch: number;
  /** Those who share the work; undefined for one that works alone, or does not speak for the others. */
  readonly workers: Pick<AdminWorkers, 'count' | 'restarts'> | undefined;
  readonly connectionCount: () => number;
  readonly memory: () => { readonly heapUsed: number; readonly heapTotal: number; readonly rss: number };
}

/** See the file's head. */
export class ServerStats {
  readonly #parts: ServerStatsParts;
  readonly #server: StatBlock<typeof SERVER_STATS>;
  readonly #watchdogs: readonly StatBlock<typeof WATCHDOG_STATS>[];
  readonly #timers = new Set<Timer>();
  readonly #restarts: Counter | undefined;
  #isClosed = false;

  constructor(parts: ServerStatsParts) {
    this.#parts = parts;
    const { stats } = parts;
    this.#server = stats.scope('server').block(SERVER_STATS);
    this.#watchdogs = WATCHED.map((names) => stats.scope(...names).block(WATCHDOG_STATS));
    const { at } = SERVER_STATS;
    this.#server.set(at.concurrency, parts.workers?.count ?? 1);
    if (parts.workers !== undefined) this.#restarts = stats.scope('server').counter('worker_restarts');
    this.#server.set(at.hot_restart_epoch, parts.epoch);
    this.#server.set(at.hot_restart_generation, parts.epoch + 1);
    this.#server.set(at.days_until_first_cert_expiring, NO_EXPIRY);
    this.#server.set(at.version, Number(parts.version ?? 0));
  }

  /** Begins to measure. */
  start(): void {
    this.#beat();
    if (this.#parts.flushMs !== undefined) this.#flushLater(this.#parts.flushMs);
  }

  /** The proxy serves from now on. */
  markInitialized(): void {
    const slot = SERVER_STATS.histogramAt.initialization_time_ms;
    this.#server.histogram(slot).record(Math.round(this.#parts.state.ageMs));
  }

  /** Brings the gauges up to date for a reader; where only readers end intervals, this one does. */
  refresh(): void {
    this.#update();
    if (this.#parts.flushMs === undefined) this.#parts.stats.flush();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
  }

  #update(): void {
    const { state, connectionCount, memory, workers } = this.#parts;
    this.#restarts?.add((workers?.restarts ?? 0) - this.#restarts.value);
    const { at } = SERVER_STATS;
    const { heapUsed, heapTotal, rss } = memory();
    const { name } = state;
    this.#server.set(at.uptime, state.uptimeS);
    this.#server.set(at.state, SERVER_STATES.indexOf(name));
    this.#server.set(at.live, name === 'LIVE' ? 1 : 0);
    this.#server.set(at.total_connections, connectionCount());
    this.#server.set(at.memory_allocated, heapUsed);
    this.#server.set(at.memory_heap_size, heapTotal);
    this.#server.set(at.memory_physical_size, rss);
  }

  #flushLater(ms: number): void {
    this.#after(ms, () => {
      this.#update();
      this.#parts.stats.flush();
      this.#flushLater(ms);
    });
  }

  #beat(): void {
    const dueMs = this.#parts.clock.monotonic() + BEAT_MS;
    this.#after(BEAT_MS, () => {
      const lateMs = this.#parts.clock.monotonic() - dueMs;
      const { at } = WATCHDOG_STATS;
      for (const block of this.#watchdogs) {
        if (lateMs >= MISS_MS) block.inc(at.watchdog_miss);
        if (lateMs >= MEGA_MISS_MS) block.inc(at.watchdog_mega_miss);
      }
      this.#beat();
    });
  }

  #after(ms: number, work: () => void): void {
    if (this.#isClosed) return;
    const timer = this.#parts.clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      work();
    });
    timer.unref();
    this.#timers.add(timer);
  }
}
