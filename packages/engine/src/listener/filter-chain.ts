import type { FilterChain } from '@weft/proto/envoy/config/listener/v3/listener_components';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { metadataOf } from '../compile/metadata.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { DOWNSTREAM_TRANSPORTS, type DownstreamTransport } from '../tls/downstream-transports.ts';
import { compileTransportSocket } from '../tls/transport-socket.ts';
import { type ChainConditions, compileChainMatch } from './filter-chain-match.ts';
import { compileNetworkFilters, type NetworkFilterRuntime } from './network-filter.ts';
import { NETWORK_FILTERS } from './network-filters.ts';

/** What is supported of filter chains. */
export const FILTER_CHAIN_SUPPORT = [
  supports<FilterChain>('envoy.config.listener.v3.FilterChain', {
    filterChainMatch: true,
    filters: true,
    useProxyProto: 'use the listener filter envoy.filters.listener.proxy_protocol',
    metadata: true,
    transportSocket: true,
    name: true,
    onDemandConfiguration: 'chains are built when the listener is: leave it out',
    transportSocketConnectTimeout: true,
  }),
];

/** A compiled filter chain. */
export interface FilterChainRuntime {
  /** Empty where it has none. */
  readonly name: string;
  readonly conditions: ChainConditions;
  readonly filters: readonly NetworkFilterRuntime[];
  readonly transport: DownstreamTransport;
  /** How long a handshake may take; 0 for no bound. */
  readonly handshakeTimeoutMs: number;
  readonly metadata: MetadataSource;
}

/** Compiles a filter chain; undefined when there was a problem. */
export function compileFilterChain(
  message: FilterChain,
  path: string,
  context: ConfigContext,
): FilterChainRuntime | undefined {
  const conditions = compileChainMatch(message.filterChainMatch, `${path}.filter_chain_match`, context);
  const filters = compileNetworkFilters(message.filters, NETWORK_FILTERS, `${path}.filters`, context);
  const transport = compileTransportSocket(
    message.transportSocket,
    DOWNSTREAM_TRANSPORTS,
    `${path}.transport_socket`,
    context,
  );
  const timeoutPath = `${path}.transport_socket_connect_timeout`;
  const handshakeTimeoutMs = compileOptionalMs(message.transportSocketConnectTimeout, timeoutPath, context) ?? 0;
  if (conditions === undefined || filters === undefined || transport === undefined) return undefined;
  return Object.freeze({
    name: message.name,
    conditions,
    filters,
    transport,
    handshakeTimeoutMs,
    metadata: metadataOf(message.metadata),
  });
}
