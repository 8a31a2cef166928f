/** A connection manager: what all connections of one HttpConnectionManager share. */
import type { Clock, CoarseTimers, Random } from '@weft/core';
import type { HttpManagerRuntime, RouteConfigRuntime, RuntimeSource } from '@weft/engine';
import type { Histogram, Scope } from '@weft/telemetry';
import type { HttpFilterFactory } from '../../filters/http/filter.ts';
import { requestHeadPool } from '../../http1/head-pool.ts';
import type { HeadLimits } from '../../http1/head-scan.ts';
import type { Http1ServerOptions } from '../../http1/server-session.ts';
import type { Http1Stats } from '../../http1/stats.ts';
import { configuredHttp2Options } from '../../http2/configured-options.ts';
import type { Http2ServerParts } from '../../http2/http2-server.ts';
import { http2Options } from '../../http2/options.ts';
import { createHttp2Stats, type Http2Stats } from '../../http2/stats.ts';
import type { ByteStream } from '../../transport/byte-stream.ts';
import type { ConnectionInfo } from '../../transport/connection-info.ts';
import { ClientDrain } from './client-drain.ts';
import type { Closable, ConnectionServices } from './connection-services.ts';
import type { Deadlines } from './deadlines.ts';
import { type ConnectionOrigin, DownstreamConnection } from './downstream-connection.ts';
import { firstOwnAddress, type ProxyIdentity } from './incoming/proxy-identity.ts';
import type { ReplyRules } from './local-reply.ts';
import { MANAGER_STAT, MANAGER_STATS } from './manager-stats.ts';
import { DateText } from './outgoing/date-text.ts';
import type { StreamLog } from './services.ts';
import type { Terminal, TerminalHost } from './terminal.ts';
import type { TimedStream } from './timed-stream.ts';

/** What a connection manager is made of. */
export interface HttpManagerParts {
  readonly runtime: HttpManagerRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: CoarseTimers;
  readonly deadlines: Deadlines;
  /** `http.<stat_prefix>.` */
  readonly scope: Scope;
  /** What its codecs count; nobody reads it unless given. */
  readonly http1Stats?: Http1Stats;
  readonly http2Stats?: Http2Stats;
  /** The routes that hold now; undefined while there are none. */
  readonly routes: () => RouteConfigRuntime | undefined;
  /** Values that the configuration's runtime layers override. */
  readonly runtimeValues: RuntimeSource;
  /** The filters before the router. */
  readonly factories: readonly HttpFilterFactory[];
  /** Those of upgrades that have their own, by the upgrade's name in lower case. */
  readonly upgradeFactories?: ReadonlyMap<string, readonly HttpFilterFactory[]>;
  /** Who this proxy is; only its address is known unless given. */
  readonly identity?: ProxyIdentity;
  readonly createTerminal: (stream: TerminalHost) => Terminal;
  readonly logs: readonly StreamLog[];
  /** What may wait in front of a filter, for each stream and direction. */
  readonly bufferLimitBytes: number;
}

/** See the file's head. */
export class HttpManager implements ConnectionServices {
  readonly runtime: HttpManagerRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: CoarseTimers;
  readonly deadlines: Deadlines;
  readonly routes: () => RouteConfigRuntime | undefined;
  readonly runtimeValues: RuntimeSource;
  readonly factories: readonly HttpFilterFactory[];
  readonly upgradeFactories: ReadonlyMap<string, readonly HttpFilterFactory[]>;
  readonly identity: ProxyIdentity;
  readonly replyRules: ReplyRules;
  readonly createTerminal: (stream: TerminalHost) => Terminal;
  readonly keepsRecords: boolean;
  readonly bufferLimitBytes: number;
  readonly dates: DateText;
  readonly stats: Float64Array;
  readonly connectionLength: Histogram;
  readonly http1Options: Http1ServerOptions;
  readonly https1Options: Http1ServerOptions;
  readonly http2Parts: Pick<Http2ServerParts, 'options' | 'timers' | 'clock' | 'random' | 'stats'>;
  readonly #requestTime: Histogram;
  readonly #logs: readonly StreamLog[];
  readonly #connections = new Set<Closable>();
  /** Made when clients are asked to leave for the first time. */
  #drain: ClientDrain | undefined;

  constructor(parts: HttpManagerParts) {
    const { runtime, clock, scope } = parts;
    this.runtime = runtime;
    this.clock = clock;
    this.random = parts.random;
    this.timers = parts.timers;
    this.deadlines = parts.deadlines;
    this.routes = parts.routes;
    this.runtimeValues = parts.runtimeValues;
    this.factories = parts.factories;
    this.upgradeFactories = parts.upgradeFactories ?? new Map();
    this.identity = parts.identity ?? { host: firstOwnAddress(), nodeId: '', cluster: '' };
    this.replyRules = {
      mapping: runtime.localReply,
      runtime: parts.runtimeValues,
      random: () => Math.floor(parts.random.next() * 2 ** 53),
    };
    this.createTerminal = parts.createTerminal;
    this.keepsRecords =
      parts.logs.length + parts.factories.length + this.upgradeFactories.size > 0 || runtime.localReply !== undefined;
    this.bufferLimitBytes = parts.bufferLimitBytes;
    this.dates = new DateText(clock);
    const block = scope.block(MANAGER_STATS);
    this.stats = block.values;
    this.connectionLength = block.histogram(MANAGER_STATS.histogramAt.downstream_cx_length_ms);
    this.#requestTime = block.histogram(MANAGER_STATS.histogramAt.downstream_rq_time);
    this.#logs = parts.logs;
    this.http1Options = http1OptionsOf(parts, 'http');
    this.https1Options = { ...this.http1Options, scheme: 'https' };
    this.http2Parts = {
      options: http2OptionsOf(runtime),
      timers: parts.timers,
      clock,
      random: parts.random,
      stats: parts.http2Stats ?? createHttp2Stats(),
    };
  }

  /** How many client connections there are. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Takes over a connection; `first` is what was read of it before. */
  accept(stream: ByteStream, connection: ConnectionInfo, origin: ConnectionOrigin, first?: Buffer): void {
    const downstream = new DownstreamConnection(this, stream, connection, origin);
    this.#connections.add(downstream);
    downstream.start(first);
    this.#drain?.admit(downstream);
  }

  /** Asks every client to leave: at once, or little by little within a time. */
  drain(withinMs = 0): void {
    this.#drain ??= new ClientDrain({
      connections: this.#connections,
      timers: this.timers,
      random: this.random,
      onAsked: () => {
        this.stats[MANAGER_STAT.downstream_cx_drain_close]! += 1;
      },
    });
    this.#drain.start(withinMs);
  }

  /** Asks nobody to leave any more. */
  endDrain(): void {
    this.#drain?.stop();
  }

  /** Ends every connection. */
  close(): void {
    this.endDrain();
    for (const connection of [...this.#connections]) connection.close();
  }

  /** A connection has gone. */
  handleClose(connection: Closable): void {
    this.#connections.delete(connection);
  }

  /** A stream has ended. */
  handleEnd(stream: TimedStream): void {
    const { stats } = this;
    const { responseCode } = stream;
    if (responseCode > 0) {
      stats[MANAGER_STAT.downstream_rq_completed]! += 1;
      const slot = CLASS_SLOTS[Math.floor(responseCode / 100)];
      if (slot !== undefined) stats[slot]! += 1;
    }
    this.#requestTime.record(stream.elapsedMs());
    for (const log of this.#logs) log.log(stream);
  }
}

/** By the first digit of the status. */
const CLASS_SLOTS = [
  undefined,
  MANAGER_STAT.downstream_rq_1xx,
  MANAGER_STAT.downstream_rq_2xx,
  MANAGER_STAT.downstream_rq_3xx,
  MANAGER_STAT.downstream_rq_4xx,
  MANAGER_STAT.downstream_rq_5xx,
];

function http1OptionsOf(
  { runtime, timers, http1Stats }: HttpManagerParts,
  scheme: 'http' | 'https',
): Http1ServerOptions {
  const limits: HeadLimits = {
    maxHeadBytes: runtime.maxHeadBytes,
    maxFields: runtime.http.maxHeaders,
    maxTargetBytes: runtime.maxHeadBytes,
  };
  return {
    heads: requestHeadPool(limits),
    scheme,
    acceptsHttp10: runtime.http1.acceptsHttp10,
    http10Host: runtime.http1.http10Host,
    allowsAbsoluteUrl: runtime.http1.allowsAbsoluteUrl,
    nameCase: runtime.http1.nameCase,
    hasTrailers: runtime.http1.hasTrailers,
    underscores: runtime.http.underscores,
    stats: http1Stats,
    timers,
    headTimeoutMs: runtime.headTimeoutMs,
    delayedCloseMs: runtime.delayedCloseMs,
  };
}

function http2OptionsOf(runtime: HttpManagerRuntime) {
  const { http2, http } = runtime;
  return http2Options({
    ...configuredHttp2Options(http2),
    maxHeaderListSize: runtime.maxHeadBytes,
    maxHeaderFields: http.maxHeaders,
    underscores: http.underscores,
    drainDelayMs: runtime.drainTimeoutMs,
    delayedCloseMs: runtime.delayedCloseMs,
    flushTimeoutMs: runtime.streamIdleTimeoutMs,
  });
}
