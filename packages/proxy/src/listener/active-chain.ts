/** A filter chain at work: its TLS, its filters, and the connections on their way through them. */
import type { FilterChainRuntime, ListenerRuntime } from '@weft/engine';
import type { Scope } from '@weft/telemetry';
import { ADMISSION_FILTER_KINDS, TERMINAL_FILTER_KINDS } from '../filters/network/all.ts';
import type { AdmissionFilter, NetworkFilterPlace, TerminalNetworkFilter } from '../filters/network/network-filter.ts';
import type { ProxyServices } from '../server/services.ts';
import { ConnectionRecord } from '../tcp/connection-record.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import { DownstreamTls } from '../transport/tls/downstream-tls.ts';
import { TlsStats } from '../transport/tls/tls-stats.ts';
import type { ConnectionLog } from './connection-log.ts';
import { discard } from './discard.ts';
import { LISTENER_STAT } from './listener-stats.ts';

/** What the chains of one listener share. */
export interface ActiveChainParts {
  readonly listener: ListenerRuntime;
  readonly services: ProxyServices;
  /** That of the listener. */
  readonly scope: Scope;
  /** By slot of LISTENER_STATS. */
  readonly stats: Float64Array;
}

/** See the file's head. */
export class ActiveChain {
  readonly #parts: ActiveChainParts;
  readonly #runtime: FilterChainRuntime;
  /** Of the listener's names, and closed with this chain: a listener may have many chains one after the other. */
  readonly #scope: Scope;
  readonly #tls: DownstreamTls | undefined;
  readonly #filters: readonly AdmissionFilter[];
  readonly #terminal: TerminalNetworkFilter;
  /** Connections that are not with the terminal filter yet. */
  readonly #underway = new Set<{ cancel(): void }>();

  /** Throws what is wrong with the keys and certificates of the chain. */
  constructor(runtime: FilterChainRuntime, parts: ActiveChainParts) {
    this.#parts = parts;
    this.#runtime = runtime;
    const { listener, services } = parts;
    const place: NetworkFilterPlace = { listener, chain: runtime, services };
    this.#scope = parts.scope.child();
    this.#tls = createTls(runtime, { ...parts, scope: this.#scope });
    this.#filters = runtime.filters.slice(0, -1).map((filter) => {
      const kind = ADMISSION_FILTER_KINDS.find(({ typeName }) => typeName === filter.typeName);
      if (kind === undefined) throw new Error(`bug: filter ${filter.typeName} was not refused`);
      return kind.create(filter, place);
    });
    this.#terminal = createTerminal(runtime, place);
  }

  /** Connections of this chain. */
  get connectionCount(): number {
    return this.#terminal.connectionCount + this.#underway.size;
  }

  /** Takes a connection; `first` is what was read of it already. */
  take(
    stream: ByteStream,
    connection: ConnectionInfo,
    first: Buffer | undefined,
    log: ConnectionLog | undefined,
  ): void {
    if (this.#tls === undefined) {
      log?.begin(stream, first);
      this.#admit(stream, connection, first, log?.record);
      return;
    }
    const underway = {
      cancel: () => {
        handshake?.cancel();
        connection.handleClosed();
      },
    };
    this.#underway.add(underway);
    const handshake = this.#tls.accept(stream, connection, first, {
      onSecure: (secure) => {
        this.#underway.delete(underway);
        log?.begin(secure, undefined);
        this.#admit(secure, connection, undefined, log?.record);
      },
      onFailure: (reason) => {
        this.#underway.delete(underway);
        if (reason === 'timeout') this.#parts.stats[LISTENER_STAT.downstream_cx_transport_socket_connect_timeout]! += 1;
        if (reason === 'notReady') discard(stream);
        else connection.handleClosed();
      },
    });
  }

  /** Asks every client to leave: at once (0), or little by little within a time. */
  drain(withinMs: number): void {
    this.#terminal.drain(withinMs);
  }

  /** Asks nobody to leave any more. */
  endDrain(): void {
    this.#terminal.endDrain();
  }

  /** Ends every connection. */
  close(): void {
    for (const each of [...this.#underway]) each.cancel();
    this.#underway.clear();
    this.#terminal.close();
    this.#tls?.close();
    this.#scope.close();
  }

  #admit(
    stream: ByteStream,
    connection: ConnectionInfo,
    first: Buffer | undefined,
    logged: ConnectionRecord | undefined,
  ): void {
    if (this.#filters.length === 0) {
      this.#terminal.take({ stream, connection, first, record: logged });
      return;
    }
    const record = logged ?? this.#recordOf(connection);
    const { services } = this.#parts;
    const arrival = { connection, readOnlyState: new Set<string>(), record };
    for (const filter of this.#filters) {
      const admission = filter.admit(arrival);
      if (admission === 'pass') continue;
      services.logger.debug('a connection is closed by a network filter', () => ({
        reason: admission.details,
        details: record.connectionTerminationDetails,
        client: connection.remote.text,
      }));
      this.#refuse(stream, admission.delayMs);
      return;
    }
    this.#terminal.take({ stream, connection, first, record });
  }

  #recordOf(connection: ConnectionInfo): ConnectionRecord {
    const { services, listener } = this.#parts;
    const place = { filterChainName: this.#runtime.name, listenerMetadata: listener.metadata };
    return new ConnectionRecord(connection, place, services.clock.now() * 1000);
  }

  /** Closes a connection, at once or after a while in which nothing of it is read. */
  #refuse(stream: ByteStream, delayMs: number): void {
    if (delayMs === 0) {
      discard(stream);
      return;
    }
    const { timers } = this.#parts.services;
    const timer = timers.set(delayMs, () => refused.cancel());
    const refused = {
      cancel: () => {
        timer.cancel();
        this.#underway.delete(refused);
        discard(stream);
      },
    };
    this.#underway.add(refused);
  }
}

function createTls(
  runtime: FilterChainRuntime,
  { listener, services, scope }: ActiveChainParts,
): DownstreamTls | undefined {
  const { transport, handshakeTimeoutMs } = runtime;
  if (transport.kind === 'raw') return undefined;
  const { secrets: store, logger, timers } = services;
  const chain = runtime.name === '' ? '' : `, filter chain ${JSON.stringify(runtime.name)}`;
  const owner = `listener ${JSON.stringify(listener.name)}${chain}`;
  const stats = new TlsStats(scope, 'server');
  return new DownstreamTls({ runtime: transport, store, stats, logger, timers, handshakeTimeoutMs, owner });
}

function createTerminal(chain: FilterChainRuntime, place: NetworkFilterPlace): TerminalNetworkFilter {
  const filter = chain.filters.at(-1);
  if (filter === undefined) return CLOSER;
  const kind = TERMINAL_FILTER_KINDS.find(({ typeName }) => typeName === filter.typeName);
  if (kind === undefined) throw new Error(`bug: filter ${filter.typeName} was not refused`);
  return kind.create(filter, place);
}

/** A chain without filters closes its connections. */
const CLOSER: TerminalNetworkFilter = {
  take: ({ stream }) => discard(stream),
  drain: () => undefined,
  endDrain: () => undefined,
  close: () => undefined,
  connectionCount: 0,
};
