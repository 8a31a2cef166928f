/** A listener at work: accepts connections, finds their filter chain, and hands them to its terminal filter. */
import {
  type AddressRuntime,
  type FilterChainRuntime,
  formatAddress,
  type ListenerRuntime,
  pickFilterChain,
} from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import { TERMINAL_FILTER_KINDS } from '../filters/network/all.ts';
import type { TerminalNetworkFilter } from '../filters/network/network-filter.ts';
import type { ProxyServices } from '../server/services.ts';
import type { ByteSink, ByteStream } from '../transport/byte-stream.ts';
import type { PipeAddress, SocketAddress } from '../transport/socket-address.ts';
import { type Accepted, TcpListener } from '../transport/tcp-listener.ts';

/** What a listener counts, under `listener.<address>.` (Envoy's listener statistics). */
export const LISTENER_STATS = defineBlock({
  counters: [
    'connections_accepted_per_socket_event',
    'downstream_cx_destroy',
    'downstream_cx_overflow',
    'downstream_cx_overload_reject',
    'downstream_cx_total',
    'downstream_cx_transport_socket_connect_timeout',
    'downstream_global_cx_overflow',
    'downstream_listener_filter_error',
    'downstream_listener_filter_remote_close',
    'downstream_pre_cx_timeout',
    'no_filter_chain_match',
  ],
  gauges: ['downstream_cx_active', 'downstream_pre_cx_active'],
});

const STAT = LISTENER_STATS.at;

/** See the file's head. */
export class ActiveListener {
  readonly runtime: ListenerRuntime;
  readonly #stats: Float64Array;
  readonly #listeners: readonly TcpListener[];
  /** The terminal filter of each chain. */
  readonly #terminals = new Map<FilterChainRuntime, TerminalNetworkFilter>();

  constructor(runtime: ListenerRuntime, services: ProxyServices) {
    this.runtime = runtime;
    const [first] = runtime.addresses;
    const statName = runtime.statPrefix === '' && first !== undefined ? formatAddress(first) : runtime.statPrefix;
    const scope = services.stats.scope('listener', {
      tag: 'envoy.listener_address',
      value: statName.replaceAll(':', '_'),
    });
    this.#stats = scope.block(LISTENER_STATS).values;
    for (const chain of chainsOf(runtime)) this.#terminals.set(chain, createTerminal(chain, runtime, services));
    this.#listeners = runtime.bindsToPort
      ? runtime.addresses.map(
          (address) =>
            new TcpListener({
              listen: {
                ...listenOptionsOf(address),
                ...(runtime.backlog === undefined ? {} : { backlog: runtime.backlog }),
              },
              onAccept: (accepted) => this.#accept(accepted),
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
    let count = 0;
    for (const terminal of this.#terminals.values()) count += terminal.connectionCount;
    return count;
  }

  /** Accepts no more. */
  stop(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** Asks every client to leave. */
  drain(): void {
    for (const terminal of this.#terminals.values()) terminal.drain();
  }

  /** Ends every connection. */
  close(): void {
    this.stop();
    for (const terminal of this.#terminals.values()) terminal.close();
  }

  #accept({ stream, connection }: Accepted): void {
    this.#stats[STAT.downstream_cx_total]! += 1;
    connection.transportProtocol = 'raw_buffer';
    const chain = pickFilterChain(this.runtime, connection);
    const terminal = chain && this.#terminals.get(chain);
    if (terminal === undefined) {
      this.#stats[STAT.no_filter_chain_match]! += 1;
      discard(stream);
      return;
    }
    terminal.take({ stream, connection, first: undefined, filterState: new Map() });
  }
}

function chainsOf({ filterChains, defaultFilterChain }: ListenerRuntime): readonly FilterChainRuntime[] {
  return defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
}

function createTerminal(
  chain: FilterChainRuntime,
  listener: ListenerRuntime,
  services: ProxyServices,
): TerminalNetworkFilter {
  const filter = chain.filters.at(-1);
  if (filter === undefined) return CLOSER;
  const kind = TERMINAL_FILTER_KINDS.find(({ typeName }) => typeName === filter.typeName);
  if (kind === undefined) throw new Error(`bug: filter ${filter.typeName} was not refused`);
  return kind.create(filter, { listener, chain, services });
}

/** A chain without filters closes its connections. */
const CLOSER: TerminalNetworkFilter = {
  take: ({ stream }) => discard(stream),
  drain: () => undefined,
  close: () => undefined,
  connectionCount: 0,
};

/** Closes a connection that nobody wants. */
function discard(stream: ByteStream): void {
  stream.attach(NOBODY);
  stream.destroy();
}

const NOBODY: ByteSink = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

function listenOptionsOf(address: AddressRuntime) {
  if (address.kind === 'socket') return { host: address.host, port: address.port, ipv6Only: !address.takesIpv4 };
  if (address.kind === 'pipe') return { path: address.path };
  throw new Error('bug: an internal address was not refused');
}
