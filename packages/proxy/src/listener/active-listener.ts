/** A listener at work: accepts connections, finds out what they are, and hands them to their filter chain. */
import {
  type AddressView,
  type FilterChainRuntime,
  formatAddress,
  type ListenerFilterRuntime,
  type ListenerRuntime,
  pickFilterChain,
  ResponseFlag,
} from '@weft/engine';
import type { Histogram, Scope } from '@weft/telemetry';
import type { AccessLogger } from '../access-log/access-logger.ts';
import { createAccessLoggers } from '../access-log/create-access-loggers.ts';
import { LISTENER_FILTER_KINDS } from '../filters/listener/all.ts';
import { ORIGINAL_DST } from '../filters/listener/original-dst.ts';
import { limitKeyOf } from '../server/connection-limits.ts';
import type { ProxyServices } from '../server/services.ts';
import { ConnectionRecord } from '../tcp/connection-record.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { type Accepted, TcpListener } from '../transport/tcp-listener.ts';
import { ActiveChain } from './active-chain.ts';
import { ConnectionLog } from './connection-log.ts';
import { discard } from './discard.ts';
import {
  Inspection,
  type InspectionHandler,
  type InspectionServices,
  type InstalledListenerFilter,
} from './inspection.ts';
import { listenPlaceOf } from './listen-place.ts';
import { LISTENER_STAT, LISTENER_STATS } from './listener-stats.ts';
import type { OwnAddress } from './listener-table.ts';

/** Finds the listener for an address. */
export interface ListenerDirectory {
  at(address: AddressView): ActiveListener | undefined;
}

/** See the file's head. */
export class ActiveListener {
  /** Written by the constructor and `replaceChains`. */
  #runtime: ListenerRuntime;
  readonly #scope: Scope;
  readonly #stats: Float64Array;
  /** Written by the constructor and `takeSockets`. */
  #listeners: readonly TcpListener[];
  /** Key: the chain as the listener's present version has it. Sole writers: the constructor and `replaceChains`. */
  #chains: ReadonlyMap<FilterChainRuntime, ActiveChain>;
  /** Chains of earlier versions, whose clients have been asked to leave; written by `replaceChains` and `dropChains`. */
  readonly #formerChains = new Set<ActiveChain>();
  readonly #services: ProxyServices;
  readonly #inspecting: InspectionServices;
  readonly #inspections = new Set<Inspection>();
  readonly #connectionLength: Histogram;
  readonly #directory: ListenerDirectory;
  readonly #loggers: readonly AccessLogger[];
  /** Of connections that came here by themselves, and of those that another listener has handed over. */
  readonly #arriving = this.#handlerOf((inspection, first) => this.#handOverOrChoose(inspection, first));
  readonly #received = this.#handlerOf((inspection, first) => this.#choose(inspection, first));
  readonly #limitKey: string;
  /** Connections that have come in here and are open. Written by `#accept`. */
  #openCount = 0;
  #isOpen = false;
  #isStopped = false;

  constructor(runtime: ListenerRuntime, services: ProxyServices, directory: ListenerDirectory) {
    this.#runtime = runtime;
    this.#services = services;
    this.#directory = directory;
    this.#limitKey = limitKeyOf(runtime.name);
    this.#loggers = createAccessLoggers(runtime.accessLogs, services);
    const [first] = runtime.addresses;
    const statName = runtime.statPrefix === '' && first !== undefined ? formatAddress(first) : runtime.statPrefix;
    const scope = services.stats.scope('listener', {
      tag: 'envoy.listener_address',
      value: statName.replaceAll(':', '_'),
    });
    this.#scope = scope;
    const block = scope.block(LISTENER_STATS);
    this.#stats = block.values;
    this.#connectionLength = block.histogram(LISTENER_STATS.histogramAt.downstream_cx_length_ms);
    this.#inspecting = {
      filters: installFilters(runtime, services),
      timers: services.timers,
      timeoutMs: runtime.listenerFiltersTimeoutMs,
      continuesOnTimeout: runtime.continuesOnTimeout,
      stats: block.values,
    };
    this.#chains = this.#createChains(runtime, () => undefined);
    this.#listeners = runtime.bindsToPort
      ? runtime.addresses.map(
          (address) =>
            new TcpListener({
              listen: {
                ...listenPlaceOf(address),
                ...(runtime.backlog === undefined ? {} : { backlog: runtime.backlog }),
              },
              onAccept: (accepted) => this.#accept(accepted),
              sharesPort: runtime.reusesPort,
              sockets: services.sockets,
              owner: runtime.name,
            }),
        )
      : [];
  }

  /** What it runs by now. */
  get runtime(): ListenerRuntime {
    return this.#runtime;
  }

  /** Binds every address, unless it has sockets already; rejects with the first that cannot be bound, and then none is. */
  async start(): Promise<void> {
    if (this.#isOpen) return;
    try {
      for (const listener of this.#listeners) await listener.start();
      this.#isOpen = true;
    } catch (thrown) {
      this.stop();
      throw thrown;
    }
  }

  /**
   * Takes the open sockets of the listener that this one replaces: whoever is accepted from now on is this one's client, and nobody in the queue is
   * lost. False when this one listens elsewhere, or in another way.
   */
  takeSockets(from: ActiveListener): boolean {
    if (!from.#isOpen || !listensAlike(this.#runtime, from.#runtime)) return false;
    this.#listeners = from.#listeners;
    this.#isOpen = true;
    from.#listeners = [];
    from.#isOpen = false;
    for (const listener of this.#listeners) listener.handOver((accepted) => this.#accept(accepted));
    return true;
  }

  /**
   * Takes a version that differs in filter chains only. A chain that is in `unchanged`, with the one of the present version that equals it, keeps its
   * connections; the others that are there now are asked to leave, as `drain` does, and returned. Throws what is wrong with a new chain, and changes nothing then.
   */
  replaceChains(
    next: ListenerRuntime,
    unchanged: ReadonlyMap<FilterChainRuntime, FilterChainRuntime>,
    drainMs: number,
  ): readonly ActiveChain[] {
    const before = this.#chains;
    const chains = this.#createChains(next, (chain) => {
      const equal = unchanged.get(chain);
      return equal && before.get(equal);
    });
    this.#runtime = next;
    this.#chains = chains;
    const kept = new Set(chains.values());
    const former = [...before.values()].filter((chain) => !kept.has(chain));
    for (const chain of former) {
      this.#formerChains.add(chain);
      chain.drain(drainMs);
    }
    return former;
  }

  /** Ends the connections of chains that were asked to leave. */
  dropChains(chains: readonly ActiveChain[]): void {
    for (const chain of chains) if (this.#formerChains.delete(chain)) chain.close();
  }

  /** Where it listens. */
  get addresses(): readonly (SocketAddress | PipeAddress)[] {
    return this.#listeners.map((listener) => listener.address);
  }

  /** The addresses that it is found by: where it listens, or would if it had sockets. */
  get ownAddresses(): readonly OwnAddress[] {
    return this.#runtime.addresses.flatMap((address, i) => {
      if (address.kind !== 'socket') return [];
      const { host, port, takesIpv4 } = address;
      const bound = this.#isOpen ? this.#listeners[i]?.address.port : undefined;
      return [{ host, port: bound ?? port, takesIpv4 }];
    });
  }

  /** Whether it takes no more connections. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Takes a connection that came in elsewhere; `first` is what was read of it already. */
  take(accepted: Accepted, first: Buffer | undefined): void {
    this.#inspect(accepted, first, this.#received);
  }

  /** How many connections are open. */
  get connectionCount(): number {
    let count = this.#inspections.size;
    for (const chain of this.#everyChain()) count += chain.connectionCount;
    return count;
  }

  /** Accepts no more. */
  stop(): void {
    this.#isStopped = true;
    for (const listener of this.#listeners) listener.close();
  }

  /** Asks every client to leave: at once (0), or little by little within a time. */
  drain(withinMs: number): void {
    for (const chain of this.#everyChain()) chain.drain(withinMs);
  }

  /** Asks nobody to leave any more. */
  endDrain(): void {
    for (const chain of this.#chains.values()) chain.endDrain();
  }

  /** Ends every connection. */
  close(): void {
    this.stop();
    for (const inspection of [...this.#inspections]) inspection.cancel();
    for (const chain of this.#everyChain()) chain.close();
    this.#scope.close();
  }

  /** The chains of a version, those that stay among them. Throws what is wrong with one, and leaves none behind then. */
  #createChains(
    listener: ListenerRuntime,
    findKept: (chain: FilterChainRuntime) => ActiveChain | undefined,
  ): ReadonlyMap<FilterChainRuntime, ActiveChain> {
    const parts = { listener, services: this.#services, scope: this.#scope, stats: this.#stats };
    const chains = new Map<FilterChainRuntime, ActiveChain>();
    const created: ActiveChain[] = [];
    try {
      for (const chain of chainsOf(listener)) {
        let active = findKept(chain);
        if (active === undefined) {
          active = new ActiveChain(chain, parts);
          created.push(active);
        }
        chains.set(chain, active);
      }
    } catch (thrown: unknown) {
      for (const active of created) active.close();
      throw thrown;
    }
    return chains;
  }

  *#everyChain(): Generator<ActiveChain, void, undefined> {
    yield* this.#chains.values();
    yield* this.#formerChains;
  }

  #handlerOf(onInspected: InspectionHandler['onInspected']): InspectionHandler {
    return {
      onInspected: (inspection, first) => {
        this.#inspections.delete(inspection);
        onInspected(inspection, first);
      },
      onRefused: (inspection) => {
        this.#inspections.delete(inspection);
        this.#logOf(inspection.connection, undefined)?.write();
      },
    };
  }

  #accept(accepted: Accepted): void {
    const { connectionLimits: limits } = this.#services;
    const isOverAll = limits.isReached && !this.#runtime.ignoresGlobalLimit;
    if (isOverAll || limits.isReachedBy(this.#limitKey, this.#openCount)) {
      const { downstream_cx_overflow: own, downstream_global_cx_overflow: all } = LISTENER_STAT;
      this.#stats[isOverAll ? all : own]! += 1;
      discard(accepted.stream);
      return;
    }
    this.#openCount++;
    limits.add();
    accepted.connection.onClosed(() => {
      this.#openCount--;
      limits.remove();
    });
    this.#inspect(accepted, undefined, this.#arriving);
  }

  #inspect(accepted: Accepted, first: Buffer | undefined, handler: InspectionHandler): void {
    if (this.#inspecting.filters.length === 0) {
      this.#choose(accepted, first);
      return;
    }
    const inspection = new Inspection(accepted, this.#inspecting, handler);
    this.#inspections.add(inspection);
    inspection.start(first);
  }

  /** A connection goes to the listener of the address it was meant for, if there is one, and is not handed over again there. */
  #handOverOrChoose(accepted: Accepted, first: Buffer | undefined): void {
    const { connection } = accepted;
    const isMeantForOther = this.#runtime.usesOriginalDestination && connection.isLocalRestored;
    const other = isMeantForOther ? this.#directory.at(connection.local) : undefined;
    if (other === undefined || other === this) this.#choose(accepted, first);
    else other.take(accepted, first);
  }

  #choose({ stream, connection }: Accepted, first: Buffer | undefined): void {
    const stats = this.#stats;
    if (connection.transportProtocol === '') connection.transportProtocol = 'raw_buffer';
    const runtime = pickFilterChain(this.#runtime, connection);
    const chain = runtime && this.#chains.get(runtime);
    const log = this.#logOf(connection, runtime);
    if (log !== undefined) connection.onClosed(() => log.write());
    if (chain === undefined) {
      stats[LISTENER_STAT.no_filter_chain_match]! += 1;
      if (log !== undefined) {
        log.record.responseFlags |= ResponseFlag.noRouteFound;
        log.record.responseCodeDetails = 'filter_chain_not_found';
      }
      discard(stream);
      return;
    }
    stats[LISTENER_STAT.downstream_cx_total]! += 1;
    stats[LISTENER_STAT.downstream_cx_active]! += 1;
    const { clock } = this.#services;
    const startMs = clock.monotonic();
    connection.onClosed(() => {
      stats[LISTENER_STAT.downstream_cx_active]! -= 1;
      stats[LISTENER_STAT.downstream_cx_destroy]! += 1;
      this.#connectionLength.record(Math.round(clock.monotonic() - startMs));
    });
    chain.take(stream, connection, first, log);
  }

  /** Undefined where nobody wants to know. */
  #logOf(connection: ConnectionInfo, chain: FilterChainRuntime | undefined): ConnectionLog | undefined {
    if (this.#loggers.length === 0) return undefined;
    const { clock } = this.#services;
    const place = { filterChainName: chain?.name ?? '', listenerMetadata: this.#runtime.metadata };
    const record = new ConnectionRecord(connection, place, clock.now() * 1000);
    return new ConnectionLog(record, this.#loggers, clock);
  }
}

/** Whether sockets that one version opened are those that another one would open. */
function listensAlike(a: ListenerRuntime, b: ListenerRuntime): boolean {
  const how = ({ addresses, bindsToPort, backlog = 0, reusesPort }: ListenerRuntime) => {
    return JSON.stringify([addresses.map(listenPlaceOf), bindsToPort, backlog, reusesPort]);
  };
  return how(a) === how(b);
}

function chainsOf({ filterChains, defaultFilterChain }: ListenerRuntime): readonly FilterChainRuntime[] {
  return defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
}

function installFilters(listener: ListenerRuntime, services: ProxyServices): readonly InstalledListenerFilter[] {
  const { listenerFilters, usesOriginalDestination } = listener;
  const place = { stats: services.stats, abilities: services.abilities };
  const installed = listenerFilters.map((runtime) => {
    const kind = LISTENER_FILTER_KINDS.find(({ typeName }) => typeName === runtime.typeName);
    if (kind === undefined) throw new Error(`bug: listener filter ${runtime.typeName} was not refused`);
    return { runtime, filter: kind.create(runtime, place) };
  });
  if (!usesOriginalDestination) return installed;
  // As in Envoy, a listener that hands connections over looks for where they were meant to go, whether it has the filter or not.
  return [...installed, { runtime: IMPLICIT, filter: ORIGINAL_DST.create(IMPLICIT, place) }];
}

const IMPLICIT: ListenerFilterRuntime = {
  name: 'envoy.filters.listener.original_dst',
  typeName: ORIGINAL_DST.typeName,
  config: undefined,
  isDisabledFor: () => false,
};
