/** A listener at work: accepts connections, finds out what they are, and hands them to their filter chain. */
import {
  type AddressRuntime,
  type FilterChainRuntime,
  formatAddress,
  type ListenerFilterRuntime,
  type ListenerRuntime,
  pickFilterChain,
} from '@weft/engine';
import type { Histogram } from '@weft/telemetry';
import { LISTENER_FILTER_KINDS } from '../filters/listener/all.ts';
import type { ProxyServices } from '../server/services.ts';
import type { ByteStream } from '../transport/byte-stream.ts';
import type { ConnectionInfo } from '../transport/connection-info.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { type Accepted, TcpListener } from '../transport/tcp-listener.ts';
import { ActiveChain } from './active-chain.ts';
import { discard } from './discard.ts';
import {
  Inspection,
  type InspectionHandler,
  type InspectionServices,
  type InstalledListenerFilter,
} from './inspection.ts';
import { LISTENER_STAT, LISTENER_STATS } from './listener-stats.ts';

/** See the file's head. */
export class ActiveListener implements InspectionHandler {
  readonly runtime: ListenerRuntime;
  readonly #stats: Float64Array;
  readonly #listeners: readonly TcpListener[];
  readonly #chains = new Map<FilterChainRuntime, ActiveChain>();
  readonly #services: ProxyServices;
  readonly #inspecting: InspectionServices;
  readonly #inspections = new Set<Inspection>();
  readonly #connectionLength: Histogram;

  constructor(runtime: ListenerRuntime, services: ProxyServices) {
    this.runtime = runtime;
    this.#services = services;
    const [first] = runtime.addresses;
    const statName = runtime.statPrefix === '' && first !== undefined ? formatAddress(first) : runtime.statPrefix;
    const scope = services.stats.scope('listener', {
      tag: 'envoy.listener_address',
      value: statName.replaceAll(':', '_'),
    });
    const block = scope.block(LISTENER_STATS);
    this.#stats = block.values;
    this.#connectionLength = block.histogram(LISTENER_STATS.histogramAt.downstream_cx_length_ms);
    this.#inspecting = {
      filters: runtime.listenerFilters.map((filter) => installFilter(filter, services)),
      timers: services.timers,
      timeoutMs: runtime.listenerFiltersTimeoutMs,
      continuesOnTimeout: runtime.continuesOnTimeout,
      stats: block.values,
    };
    const parts = { listener: runtime, services, scope, stats: block.values };
    for (const chain of chainsOf(runtime)) this.#chains.set(chain, new ActiveChain(chain, parts));
    this.#listeners = runtime.bindsToPort
      ? runtime.addresses.map(
          (address) =>
            new TcpListener({
              listen: {
                ...listenOptionsOf(address),
                ...(runtime.backlog === undefined ? {} : { backlog: runtime.backlog }),
              },
              onAccept: (accepted) => this.#accept(accepted),
              sharesPort: runtime.reusesPort,
            }),
        )
      : [];
  }

  /** Binds every address; rejects with the first that cannot be bound, and then none is. */
  async start(): Promise<void> {
    try {
      for (const listener of this.#listeners) await listener.start();
    } catch (thrown) {
      this.stop();
      throw thrown;
    }
  }

  /** Where it listens. */
  get addresses(): readonly (SocketAddress | PipeAddress)[] {
    return this.#listeners.map((listener) => listener.address);
  }

  /** How many connections are open. */
  get connectionCount(): number {
    let count = this.#inspections.size;
    for (const chain of this.#chains.values()) count += chain.connectionCount;
    return count;
  }

  /** Accepts no more. */
  stop(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** Asks every client to leave. */
  drain(): void {
    for (const chain of this.#chains.values()) chain.drain();
  }

  /** Ends every connection. */
  close(): void {
    this.stop();
    for (const inspection of [...this.#inspections]) inspection.cancel();
    for (const chain of this.#chains.values()) chain.close();
  }

  onInspected(inspection: Inspection, first: Buffer | undefined): void {
    this.#inspections.delete(inspection);
    this.#choose(inspection.stream, inspection.connection, first);
  }

  onRefused(inspection: Inspection): void {
    this.#inspections.delete(inspection);
  }

  #accept({ stream, connection }: Accepted): void {
    if (this.#inspecting.filters.length === 0) {
      this.#choose(stream, connection, undefined);
      return;
    }
    const inspection = new Inspection(stream, connection, this.#inspecting, this);
    this.#inspections.add(inspection);
    inspection.start();
  }

  #choose(stream: ByteStream, connection: ConnectionInfo, first: Buffer | undefined): void {
    const stats = this.#stats;
    if (connection.transportProtocol === '') connection.transportProtocol = 'raw_buffer';
    const runtime = pickFilterChain(this.runtime, connection);
    const chain = runtime && this.#chains.get(runtime);
    if (chain === undefined) {
      stats[LISTENER_STAT.no_filter_chain_match]! += 1;
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
    chain.take(stream, connection, first);
  }
}

function chainsOf({ filterChains, defaultFilterChain }: ListenerRuntime): readonly FilterChainRuntime[] {
  return defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
}

function installFilter(runtime: ListenerFilterRuntime, { stats }: ProxyServices): InstalledListenerFilter {
  const kind = LISTENER_FILTER_KINDS.find(({ typeName }) => typeName === runtime.typeName);
  if (kind === undefined) throw new Error(`bug: listener filter ${runtime.typeName} was not refused`);
  return { runtime, filter: kind.create(runtime, stats) };
}

function listenOptionsOf(address: AddressRuntime) {
  if (address.kind === 'socket') return { host: address.host, port: address.port, ipv6Only: !address.takesIpv4 };
  if (address.kind === 'pipe') return { path: address.path };
  throw new Error('bug: an internal address was not refused');
}
