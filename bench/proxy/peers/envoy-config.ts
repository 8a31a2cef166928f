/** The configuration that Envoy and our proxy take alike. */
import type { ClientTls, Hop, IdentityFiles, ServerTls } from '../hop.ts';

const TYPE = 'type.googleapis.com/';
const TLS = 'envoy.extensions.transport_sockets.tls.v3';
const MANY = 8192;

/** Envoy's bootstrap for a hop, in JSON. */
export function envoyConfig(hop: Hop): string {
  return JSON.stringify({ static_resources: { listeners: [listener(hop)], clusters: [cluster(hop)] } }, undefined, 1);
}

function listener(hop: Hop) {
  return {
    name: 'front',
    address: address(hop.port),
    filter_chains: [
      {
        filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager(hop) }],
        ...(hop.downstreamTls === undefined ? {} : { transport_socket: downstreamSocket(hop.downstreamTls, hop) }),
      },
    ],
  };
}

function manager(hop: Hop) {
  return {
    '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'front',
    use_remote_address: true,
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` },
      },
    ],
    route_config: { virtual_hosts: virtualHosts(hop.virtualHosts) },
  };
}

function virtualHosts(count: number | undefined) {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'app' } }];
  if (count === undefined) return [{ name: 'all', domains: ['*'], routes }];
  return Array.from({ length: count }, (_, i) => ({ name: `host-${i}`, domains: [`host-${i}.test`], routes }));
}

function cluster({ upstream, upstreamPort, upstreamTls }: Hop) {
  const options = {
    '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: upstream === 'http1' ? { http_protocol_options: {} } : { http2_protocol_options: {} },
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }];
  return {
    name: 'app',
    type: 'STATIC',
    circuit_breakers: { thresholds: [{ max_connections: MANY, max_requests: MANY, max_pending_requests: MANY }] },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options },
    load_assignment: { cluster_name: 'app', endpoints },
    ...(upstreamTls === undefined ? {} : { transport_socket: upstreamSocket(upstreamTls, upstream === 'http1') }),
  };
}

function address(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function downstreamSocket({ identity, isMutual }: ServerTls, { downstream }: Hop) {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TYPE}${TLS}.DownstreamTlsContext`,
      require_client_certificate: isMutual,
      common_tls_context: {
        tls_certificates: [certificate(identity)],
        alpn_protocols: downstream === 'http1' ? ['http/1.1'] : ['h2', 'http/1.1'],
        ...(isMutual ? { validation_context: { trusted_ca: { filename: identity.authority } } } : {}),
      },
    },
  };
}

function upstreamSocket({ identity, serverName }: ClientTls, isHttp1: boolean) {
  const names = [{ san_type: 'DNS', matcher: { exact: serverName } }];
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TYPE}${TLS}.UpstreamTlsContext`,
      sni: serverName,
      common_tls_context: {
        tls_certificates: [certificate(identity)],
        alpn_protocols: [isHttp1 ? 'http/1.1' : 'h2'],
        validation_context: { trusted_ca: { filename: identity.authority }, match_typed_subject_alt_names: names },
      },
    },
  };
}

function certificate({ certificate, key }: IdentityFiles) {
  return { certificate_chain: { filename: certificate }, private_key: { filename: key } };
}
