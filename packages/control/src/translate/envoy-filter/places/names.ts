/** Names of filters that Envoy has given up, with those that took their place: old EnvoyFilters still use them. */
const RENAMED: Readonly<Record<string, string>> = {
  'envoy.http_connection_manager': 'envoy.filters.network.http_connection_manager',
  'envoy.tcp_proxy': 'envoy.filters.network.tcp_proxy',
  'envoy.ratelimit': 'envoy.filters.network.ratelimit',
  'envoy.ext_authz': 'envoy.filters.network.ext_authz',
  'envoy.echo': 'envoy.filters.network.echo',
  'envoy.buffer': 'envoy.filters.http.buffer',
  'envoy.cors': 'envoy.filters.http.cors',
  'envoy.csrf': 'envoy.filters.http.csrf',
  'envoy.fault': 'envoy.filters.http.fault',
  'envoy.grpc_web': 'envoy.filters.http.grpc_web',
  'envoy.health_check': 'envoy.filters.http.health_check',
  'envoy.lua': 'envoy.filters.http.lua',
  'envoy.rate_limit': 'envoy.filters.http.ratelimit',
  'envoy.router': 'envoy.filters.http.router',
  'envoy.listener.tls_inspector': 'envoy.filters.listener.tls_inspector',
  'envoy.listener.http_inspector': 'envoy.filters.listener.http_inspector',
  'envoy.listener.original_dst': 'envoy.filters.listener.original_dst',
};

/** Whether two names are of one filter. */
export function isSameFilter(a: unknown, b: string): boolean {
  return typeof a === 'string' && (RENAMED[a] ?? a) === (RENAMED[b] ?? b);
}
