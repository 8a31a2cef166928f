/** Names of objects in the filter state that mean something to the proxy itself. */

/** The cluster of a TCP connection, which overrides that of tcp_proxy. */
export const TCP_CLUSTER_KEY = 'envoy.tcp_proxy.cluster';

/** The address that clusters of type ORIGINAL_DST go to, whatever else names one. */
export const ORIGINAL_DST_KEY = 'envoy.network.transport_socket.original_dst_address';

/** What the answer to a tunnel's request said: a HeaderMap as JSON. */
export const TUNNEL_HEADERS_KEY = 'envoy.tcp_proxy.propagate_response_headers';
export const TUNNEL_TRAILERS_KEY = 'envoy.tcp_proxy.propagate_response_trailers';

/** Where the counts of a gRPC call's messages are left for logs, as envoy.extensions.filters.http.grpc_stats.v3.FilterObject in JSON. */
export const GRPC_STATS_STATE_KEY = 'envoy.filters.http.grpc_stats';
