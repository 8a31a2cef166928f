import type { IdentityFiles } from '../proxy/hop.ts';
import type { TcpHop } from './hop.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

/** The bootstrap of a TCP proxy, for Envoy and ours. */
export function envoyConfig(hop: TcpHop): string {
  const { port, upstreamPort, downstreamTls, upstreamTls, tunnel } = hop;
  const chain = {
    filters: [tunnel === 'ends' ? tunnelEnd() : tcpProxy(tunnel)],
    ...(downstreamTls === undefined ? {} : tls(downstreamTls, 'Downstream', tunnel)),
  };
  const app = {
    name: 'app',
    type: 'STATIC',
    circuit_breakers: { thresholds: [{ max_connections: 8192, max_requests: 8192, max_pending_requests: 8192 }] },
    load_assignment: {
      cluster_name: 'app',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(upstreamPort) } }] }],
    },
    ...(upstreamTls === undefined ? {} : tls(upstreamTls, 'Upstream', tunnel)),
    ...(tunnel === 'begins' ? HTTP2_UPSTREAM : {}),
  };
  // JSON is YAML.
  return JSON.stringify({
    static_resources: {
      listeners: [{ name: 'front', address: loopback(port), filter_chains: [chain] }],
      clusters: [app],
    },
  });
}

const HTTP2_UPSTREAM = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 1000 } },
    },
  },
};

function tcpProxy(tunnel: TcpHop['tunnel']) {
  return {
    name: 'tcp',
    typed_config: {
      '@type': `${EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'front',
      cluster: 'app',
      ...(tunnel === undefined ? {} : { tunneling_config: { hostname: 'app.local:80' } }),
    },
  };
}

function tunnelEnd() {
  const route = {
    match: { connect_matcher: {} },
    route: { cluster: 'app', timeout: '0s', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
  };
  return {
    name: 'http',
    typed_config: {
      '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'front',
      http2_protocol_options: { allow_connect: true, max_concurrent_streams: 1000 },
      upgrade_configs: [{ upgrade_type: 'CONNECT' }],
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
      http_filters: [{ name: 'router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } }],
    },
  };
}

function tls(files: IdentityFiles, role: 'Downstream' | 'Upstream', tunnel: TcpHop['tunnel']) {
  const context = {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    ...(tunnel === undefined ? {} : { alpn_protocols: ['h2'] }),
    tls_certificates: [{ certificate_chain: { filename: files.certificate }, private_key: { filename: files.key } }],
    validation_context: { trusted_ca: { filename: files.authority } },
  };
  return {
    transport_socket: {
      name: 'tls',
      typed_config: {
        '@type': `${EXTENSIONS}.transport_sockets.tls.v3.${role}TlsContext`,
        common_tls_context: context,
        ...(role === 'Downstream' ? { require_client_certificate: true } : {}),
      },
    },
  };
}

function loopback(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
