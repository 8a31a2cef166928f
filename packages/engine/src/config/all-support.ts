import { ACCESS_LOG_SUPPORT } from '../access-log/access-log.ts';
import { CIRCUIT_BREAKER_SUPPORT } from '../cluster/circuit-breakers.ts';
import { CLUSTER_SUPPORT } from '../cluster/cluster-support.ts';
import { CONNECTION_OPTIONS_SUPPORT } from '../cluster/connection-options.ts';
import { DNS_SUPPORT } from '../cluster/dns.ts';
import { ENDPOINTS_SUPPORT } from '../cluster/endpoints.ts';
import { HEALTH_CHECK_SUPPORT } from '../cluster/health-check.ts';
import { LB_EXTENSION_SUPPORT } from '../cluster/lb-extensions.ts';
import { LB_PARTS_SUPPORT } from '../cluster/lb-parts.ts';
import { OUTLIER_DETECTION_SUPPORT } from '../cluster/outlier-detection.ts';
import { SUBSET_SUPPORT } from '../cluster/subset.ts';
import { UPSTREAM_HTTP_SUPPORT } from '../cluster/upstream-http.ts';
import { MATCHER_SUPPORT } from '../compile/matchers/all.ts';
import type { Support } from '../compile/support-enum.ts';
import { FILTER_SUPPORTS } from '../filters/all.ts';
import { HTTP_FILTER_SUPPORT } from '../http/http-filter.ts';
import { UPSTREAM_HTTP_FILTER_SUPPORT } from '../http/http-filters.ts';
import { IP_DETECTION_SUPPORT } from '../http/ip-detection.ts';
import { LOCAL_REPLY_SUPPORT } from '../http/local-reply.ts';
import { MANAGER_SUPPORT } from '../http/manager-support.ts';
import { PROTOCOL_OPTIONS_SUPPORT } from '../http/protocol-options.ts';
import { ROUTER_SUPPORT } from '../http/router.ts';
import { FILTER_CHAIN_SUPPORT } from '../listener/filter-chain.ts';
import { FILTER_CHAIN_MATCH_SUPPORT } from '../listener/filter-chain-match.ts';
import { CHAIN_NAME_SUPPORT } from '../listener/filter-chain-matcher.ts';
import { LISTENER_SUPPORT } from '../listener/listener.ts';
import { LISTENER_FILTER_SUPPORT } from '../listener/listener-filter.ts';
import { LISTENER_FILTER_CONFIG_SUPPORT } from '../listener/listener-filters.ts';
import { NETWORK_FILTER_SUPPORT } from '../listener/network-filter.ts';
import { TCP_PROXY_SUPPORT } from '../listener/tcp-proxy.ts';
import { ROUTE_SUPPORTS } from '../route/all.ts';
import { CERTIFICATE_SUPPORT } from '../tls/certificate.ts';
import { DOWNSTREAM_TLS_SUPPORT } from '../tls/downstream-tls.ts';
import { SECRET_SUPPORT } from '../tls/secret.ts';
import { SECRET_SOURCE_SUPPORT } from '../tls/secret-source.ts';
import { TLS_CONTEXT_SUPPORT } from '../tls/tls-context.ts';
import { TLS_PARAMETERS_SUPPORT } from '../tls/tls-parameters.ts';
import { TRANSPORT_SOCKET_SUPPORT } from '../tls/transport-socket.ts';
import { UPSTREAM_TLS_SUPPORT } from '../tls/upstream-tls.ts';
import { UPSTREAM_PROXY_PROTOCOL_SUPPORT } from '../tls/upstream-transports.ts';
import { VALIDATION_SUPPORT } from '../tls/validation.ts';
import { ADDRESS_SUPPORT } from './address.ts';
import { BOOTSTRAP_SUPPORT } from './bootstrap/bootstrap-support.ts';
import { OVERLOAD_SUPPORT } from './bootstrap/overload.ts';
import { RUNTIME_SUPPORT } from './bootstrap/runtime-layers.ts';
import { CONFIG_SOURCE_SUPPORT } from './config-source.ts';

/** Every support table, in the order of the documentation. */
export const ALL_SUPPORT: readonly Support[] = [
  ...BOOTSTRAP_SUPPORT,
  ...RUNTIME_SUPPORT,
  ...OVERLOAD_SUPPORT,
  ...CONFIG_SOURCE_SUPPORT,
  ...ADDRESS_SUPPORT,
  ...LISTENER_SUPPORT,
  ...FILTER_CHAIN_SUPPORT,
  ...FILTER_CHAIN_MATCH_SUPPORT,
  ...LISTENER_FILTER_SUPPORT,
  ...LISTENER_FILTER_CONFIG_SUPPORT,
  ...NETWORK_FILTER_SUPPORT,
  ...TCP_PROXY_SUPPORT,
  ...MANAGER_SUPPORT,
  ...ACCESS_LOG_SUPPORT,
  ...IP_DETECTION_SUPPORT,
  ...LOCAL_REPLY_SUPPORT,
  ...PROTOCOL_OPTIONS_SUPPORT,
  ...HTTP_FILTER_SUPPORT,
  ...ROUTER_SUPPORT,
  ...FILTER_SUPPORTS,
  ...ROUTE_SUPPORTS,
  ...CLUSTER_SUPPORT,
  ...ENDPOINTS_SUPPORT,
  ...LB_PARTS_SUPPORT,
  ...LB_EXTENSION_SUPPORT,
  ...SUBSET_SUPPORT,
  ...HEALTH_CHECK_SUPPORT,
  ...OUTLIER_DETECTION_SUPPORT,
  ...CIRCUIT_BREAKER_SUPPORT,
  ...UPSTREAM_HTTP_SUPPORT,
  ...UPSTREAM_HTTP_FILTER_SUPPORT,
  ...DNS_SUPPORT,
  ...CONNECTION_OPTIONS_SUPPORT,
  ...TRANSPORT_SOCKET_SUPPORT,
  ...UPSTREAM_PROXY_PROTOCOL_SUPPORT,
  ...DOWNSTREAM_TLS_SUPPORT,
  ...UPSTREAM_TLS_SUPPORT,
  ...TLS_CONTEXT_SUPPORT,
  ...TLS_PARAMETERS_SUPPORT,
  ...CERTIFICATE_SUPPORT,
  ...VALIDATION_SUPPORT,
  ...SECRET_SOURCE_SUPPORT,
  ...SECRET_SUPPORT,
  ...MATCHER_SUPPORT,
  ...CHAIN_NAME_SUPPORT,
];
