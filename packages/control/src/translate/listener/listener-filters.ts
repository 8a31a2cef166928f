/** Listener filters: what is found out about a connection before a filter chain is chosen. */
import type {
  FilterChainJson,
  ListenerFilterChainMatchPredicateJson,
  ListenerFilterJson,
} from '@weft/proto/envoy/config/listener/v3/listener_components';
import { typed } from '../json/typed-config.ts';
import type { InterceptionMode } from './proxy-traits.ts';

/** Finds out where a redirected connection was meant to go. */
export const ORIGINAL_DST: ListenerFilterJson = {
  name: 'envoy.filters.listener.original_dst',
  typedConfig: typed('envoy.extensions.filters.listener.original_dst.v3.OriginalDst', {}),
};
/** Keeps the address of the client, for connections that are intercepted without being redirected. */
const ORIGINAL_SRC: ListenerFilterJson = {
  name: 'envoy.filters.listener.original_src',
  typedConfig: typed('envoy.extensions.filters.listener.original_src.v3.OriginalSrc', { mark: 1337 }),
};
/** Finds out whether a connection is TLS, for which server, and with which protocols within. */
export const TLS_INSPECTOR: ListenerFilterJson = {
  name: 'envoy.filters.listener.tls_inspector',
  typedConfig: typed('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', {}),
};
/** Finds out whether a connection in plain text is HTTP. */
export const HTTP_INSPECTOR: ListenerFilterJson = {
  name: 'envoy.filters.listener.http_inspector',
  typedConfig: typed('envoy.extensions.filters.listener.http_inspector.v3.HttpInspector', {}),
};
/** Reads the addresses that a load balancer in front tells. */
export const PROXY_PROTOCOL: ListenerFilterJson = {
  name: 'envoy.filters.listener.proxy_protocol',
  typedConfig: typed('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol', {}),
};

/** Protocols that the HTTP inspector finds. What is HTTP/1.0 is treated as TCP unless the proxy accepts it. */
export function plainHttpProtocols({ acceptsHttp10 }: { readonly acceptsHttp10: boolean }): string[] {
  return acceptsHttp10 ? ['http/1.0', 'http/1.1', 'h2c'] : ['http/1.1', 'h2c'];
}

/**
 * The filters that the chains of an inbound listener need. Inspectors wait for the first bytes of the client, which breaks protocols whose
 * server speaks first: they run only on ports with a chain that asks what they find out.
 */
export function inboundListenerFilters(
  chains: readonly FilterChainJson[],
  capture: { readonly isBound: boolean; readonly mode: InterceptionMode },
): ListenerFilterJson[] {
  const tls = new Map<number, boolean>();
  const http = new Map<number, boolean>();
  for (const { filterChainMatch: match = {} } of chains) {
    const port = (match.destinationPort ?? 0) as number;
    const asksHttp = (match.applicationProtocols ?? []).some((name) => name === 'http/1.1' || name === 'h2c');
    tls.set(port, tls.get(port) === true || match.transportProtocol === 'tls');
    http.set(port, http.get(port) === true || asksHttp);
  }
  return [
    ...(capture.isBound ? [] : [ORIGINAL_DST]),
    ...(!capture.isBound && capture.mode === 'TPROXY' ? [ORIGINAL_SRC] : []),
    ...onSomePorts(TLS_INSPECTOR, tls),
    ...onSomePorts(HTTP_INSPECTOR, http),
  ];
}

/** The filter for the ports that ask for it; port 0 stands for all that are not listed. */
function onSomePorts(filter: ListenerFilterJson, asks: ReadonlyMap<number, boolean>): ListenerFilterJson[] {
  if (![...asks.values()].includes(true)) return [];
  const byDefault = asks.get(0) === true;
  const exceptions = [...asks].filter(([port, does]) => port !== 0 && does !== byDefault).map(([port]) => port);
  if (byDefault) return [exceptions.length === 0 ? filter : { ...filter, filterDisabled: onPorts(exceptions) }];
  return [{ ...filter, filterDisabled: { notMatch: onPorts(exceptions) } }];
}

function onPorts(ports: readonly number[]): ListenerFilterChainMatchPredicateJson {
  const rules = ports
    .toSorted((a, b) => a - b)
    .map((port) => ({ destinationPortRange: { start: port, end: port + 1 } }));
  return rules.length === 1 ? rules[0]! : { orMatch: { rules } };
}
