import type {
  AdditionalAddress,
  Listener,
  Listener_DeprecatedV1,
  Listener_InternalListenerConfig,
} from '@weft/proto/envoy/config/listener/v3/listener';
import { compileAccessLogs } from '../access-log/access-log.ts';
import type { AccessLogRuntime } from '../access-log/access-log-runtime.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { type AddressRuntime, compileAddress, requireIp, type SocketAddressRuntime } from '../config/address.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import type { Trace } from '../trace/trace.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import { compileFilterChain, type FilterChainRuntime } from './filter-chain.ts';
import { compileChainMatcher } from './filter-chain-matcher.ts';
import { compileChainTable, type FilterChainTable } from './filter-chain-table.ts';
import { compileListenerFilter, type ListenerFilterRuntime } from './listener-filter.ts';

const NO_SOCKET_OPTIONS = 'Node.js cannot set options of sockets: set them for the whole host by sysctl';

/** What is supported of listeners. */
export const LISTENER_SUPPORT = [
  supports<Listener>('envoy.config.listener.v3.Listener', {
    name: true,
    address: true,
    additionalAddresses: true,
    statPrefix: true,
    filterChains: true,
    filterChainMatcher: true,
    useOriginalDst: true,
    defaultFilterChain: true,
    perConnectionBufferLimitBytes: true,
    metadata: true,
    deprecatedV1: true,
    drainType: true,
    listenerFilters: true,
    listenerFiltersTimeout: true,
    continueOnListenerFiltersTimeout: true,
    transparent: 'Node.js cannot set IP_TRANSPARENT: capture connections by REDIRECT',
    freebind: 'Node.js cannot set IP_FREEBIND: allow it for the host by sysctl net.ipv4.ip_nonlocal_bind',
    socketOptions: NO_SOCKET_OPTIONS,
    tcpFastOpenQueueLength: 'Node.js cannot switch on TCP fast open for a socket',
    trafficDirection: true,
    udpListenerConfig: 'only TCP is proxied',
    apiListener: 'there is no embedded API: give the listener an address',
    connectionBalanceConfig: 'the kernel spreads connections over the workers: leave it out',
    reusePort: 'use enable_reuse_port',
    enableReusePort: true,
    accessLog: true,
    tcpBacklogSize: true,
    maxConnectionsToAcceptPerSocketEvent: 'Node.js accepts what there is: leave it out',
    bindToPort: true,
    listenerSpecifier: { internalListener: true },
    enableMptcp: 'Node.js has no multipath TCP',
    ignoreGlobalConnLimit: true,
    bypassOverloadManager: withoutEffect('nothing is shed for overload'),
    fcdsConfig: 'give the filter chains in the listener',
    perConnectionBufferHighWatermarkTimeout: 'slow peers are bounded by the timeouts of streams: use those',
    statsMatcher: 'use stats_config.stats_matcher of the bootstrap',
    tcpKeepalive: 'use socket_options',
  }),
  supports<AdditionalAddress>('envoy.config.listener.v3.AdditionalAddress', {
    address: true,
    socketOptions: NO_SOCKET_OPTIONS,
    tcpKeepalive: 'use socket_options',
  }),
  supports<Listener_DeprecatedV1>('envoy.config.listener.v3.Listener.DeprecatedV1', { bindToPort: true }),
  supports<Listener_InternalListenerConfig>('envoy.config.listener.v3.Listener.InternalListenerConfig', {}),
];

/** A compiled listener. */
export interface ListenerRuntime {
  readonly name: string;
  /** Its own address and the additional ones; none for an internal listener. */
  readonly addresses: readonly AddressRuntime[];
  /** Whether other listeners and clusters of this proxy connect to it by its name. */
  readonly isInternal: boolean;
  /** Whether it opens sockets; otherwise it gets connections from a listener with `usesOriginalDestination`. */
  readonly bindsToPort: boolean;
  /** Whether connections go on to the listener that has the address they were meant for, if there is one. */
  readonly usesOriginalDestination: boolean;
  readonly reusesPort: boolean;
  /** Undefined for the system's own. */
  readonly backlog: number | undefined;
  /** In place of the address in the names of statistics; empty for none. */
  readonly statPrefix: string;
  readonly trafficDirection: 'unspecified' | 'inbound' | 'outbound';
  readonly metadata: MetadataSource;
  readonly filterChains: readonly FilterChainRuntime[];
  readonly chainTable: FilterChainTable<FilterChainRuntime>;
  readonly defaultFilterChain: FilterChainRuntime | undefined;
  readonly listenerFilters: readonly ListenerFilterRuntime[];
  /** How long listener filters may take; 0 for no bound. */
  readonly listenerFiltersTimeoutMs: number;
  /** Whether a connection goes on when they took too long; it is closed otherwise. */
  readonly continuesOnTimeout: boolean;
  readonly connectionBufferBytes: number;
  /** Whether the listener drains only when it changes or goes, not when the proxy is told to fail its health checks. */
  readonly drainsOnlyOnChange: boolean;
  readonly ignoresGlobalLimit: boolean;
  /** Of connections, when they end. */
  readonly accessLogs: readonly AccessLogRuntime[];
}

const DEFAULT_FILTERS_TIMEOUT_MS = 15_000;
const DEFAULT_BUFFER_BYTES = 1024 * 1024;

/** By the number of TrafficDirection. */
const DIRECTIONS: readonly ListenerRuntime['trafficDirection'][] = ['unspecified', 'inbound', 'outbound'];

/** Compiles a listener; undefined when there was a problem. */
export function compileListener(message: Listener, path: string, context: ConfigContext): ListenerRuntime | undefined {
  const base = path === '' ? '' : `${path}.`;
  const before = context.problems.count;
  const addresses = compileAddresses(message, base, context);
  const chains = compileChains(message, base, context);
  const listenerFilters = compileList(message.listenerFilters, `${base}listener_filters`, (filter, at) =>
    compileListenerFilter(filter, at, context),
  );
  const accessLogs = compileAccessLogs(message.accessLog, `${base}access_log`, context);
  const timeoutPath = `${base}listener_filters_timeout`;
  const runtime = {
    name: message.name,
    isInternal: message.listenerSpecifier.case === 'internalListener',
    bindsToPort: message.bindToPort ?? message.deprecatedV1?.bindToPort ?? true,
    usesOriginalDestination: message.useOriginalDst ?? false,
    reusesPort: message.enableReusePort ?? true,
    backlog: message.tcpBacklogSize,
    statPrefix: message.statPrefix,
    trafficDirection: DIRECTIONS[message.trafficDirection] ?? 'unspecified',
    metadata: metadataOf(message.metadata),
    listenerFiltersTimeoutMs:
      compileOptionalMs(message.listenerFiltersTimeout, timeoutPath, context) ?? DEFAULT_FILTERS_TIMEOUT_MS,
    continuesOnTimeout: message.continueOnListenerFiltersTimeout,
    connectionBufferBytes: message.perConnectionBufferLimitBytes ?? DEFAULT_BUFFER_BYTES,
    drainsOnlyOnChange: message.drainType === 1,
    ignoresGlobalLimit: message.ignoreGlobalConnLimit,
  } as const;
  if (addresses === undefined || chains === undefined || listenerFilters === undefined) return undefined;
  if (accessLogs === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ ...runtime, ...chains, addresses, listenerFilters, accessLogs });
}

function compileAddresses(
  message: Listener,
  base: string,
  context: ConfigContext,
): readonly AddressRuntime[] | undefined {
  if (message.listenerSpecifier.case === 'internalListener') return internalAddresses(message, base, context);
  if (message.address === undefined) return isMissing(`${base}address`, 'an address', context);
  const first = compileAddress(message.address, `${base}address`, context);
  const more = compileList(message.additionalAddresses, `${base}additional_addresses`, ({ address }, at) =>
    address === undefined ? isMissing(at, 'address', context) : compileAddress(address, `${at}.address`, context),
  );
  if (first === undefined || more === undefined) return undefined;
  const addresses = [first, ...more];
  for (const [i, address] of addresses.entries()) {
    const at = i === 0 ? `${base}address` : `${base}additional_addresses[${i - 1}].address`;
    if (!requireIp(address, at, context)) return undefined;
    if (address.kind === 'socket') checkIpv4Compat(address, at, context);
    if (address.kind !== 'internal') continue;
    context.problems.add(at, 'an internal address belongs to an endpoint; an internal listener has internal_listener');
    return undefined;
  }
  return Object.freeze(addresses);
}

/** Only an IPv6 address that is none in particular, or stands for an IPv4 one, can take IPv4. */
function checkIpv4Compat({ host, takesIpv4 }: SocketAddressRuntime, path: string, context: ConfigContext): void {
  if (!takesIpv4 || host === '::' || host.toLowerCase().startsWith('::ffff:')) return;
  const reason = `is for the address :: and mapped IPv4 addresses, not for ${JSON.stringify(host)}`;
  context.problems.add(`${path}.socket_address.ipv4_compat`, reason);
}

function internalAddresses(message: Listener, base: string, context: ConfigContext): readonly [] | undefined {
  const before = context.problems.count;
  if (message.address !== undefined || message.additionalAddresses.length > 0) {
    context.problems.add(`${base}address`, 'an internal listener has no address: it is found by its name');
  }
  const why = 'an internal listener has no socket: leave it out';
  if (message.tcpBacklogSize !== undefined) context.problems.add(`${base}tcp_backlog_size`, why);
  if (message.enableReusePort !== undefined) context.problems.add(`${base}enable_reuse_port`, why);
  return context.problems.count === before ? [] : undefined;
}

type Chains = Pick<ListenerRuntime, 'filterChains' | 'defaultFilterChain' | 'chainTable'>;

function compileChains(message: Listener, base: string, context: ConfigContext): Chains | undefined {
  const path = `${base}filter_chains`;
  const { defaultFilterChain: last } = message;
  const filterChains = compileList(message.filterChains, path, (chain, at) => compileFilterChain(chain, at, context));
  const defaultFilterChain = last && compileFilterChain(last, `${base}default_filter_chain`, context);
  if (filterChains === undefined || (last !== undefined && defaultFilterChain === undefined)) return undefined;
  if (filterChains.length === 0 && defaultFilterChain === undefined) {
    return isMissing(path, 'at least one filter chain', context);
  }
  const chainTable = compileTable(message, filterChains, base, context);
  return chainTable && { filterChains: Object.freeze(filterChains), defaultFilterChain, chainTable };
}

function compileTable(
  { filterChainMatcher }: Listener,
  chains: readonly FilterChainRuntime[],
  base: string,
  context: ConfigContext,
): FilterChainTable<FilterChainRuntime> | undefined {
  if (filterChainMatcher !== undefined) return compileChainMatcher(filterChainMatcher, chains, base, context);
  const table = compileChainTable(chains.map((chain) => ({ conditions: chain.conditions, chain })));
  if ('find' in table) return table;
  const first = chains.indexOf(table.first);
  const path = `${base}filter_chains[${chains.indexOf(table.second)}].filter_chain_match`;
  const why = 'multiple filter chains with the same matching rules are defined';
  context.problems.add(path, `matches what filter_chains[${first}] matches: ${why}`);
  return undefined;
}

/** The chain for a connection; undefined when it is to be closed. */
export function pickFilterChain(
  { chainTable, defaultFilterChain }: ListenerRuntime,
  connection: ConnectionView,
  trace?: Trace,
): FilterChainRuntime | undefined {
  const chain = chainTable.find(connection, trace) ?? defaultFilterChain;
  trace?.step({
    kind: 'filter_chain',
    name: chain?.name ?? '',
    outcome: chain === undefined ? 'failed' : 'chosen',
    why: chain === undefined ? 'no filter chain matches and there is no default' : whyChosen(chain, defaultFilterChain),
  });
  return chain;
}

function whyChosen(chain: FilterChainRuntime, defaultChain: FilterChainRuntime | undefined): string {
  return chain === defaultChain ? 'no other filter chain matches' : 'all its conditions hold';
}
