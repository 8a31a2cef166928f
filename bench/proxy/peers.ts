/** The proxies that are compared, each configured as its experts would: one worker, connections kept, no access log. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram, type Running, startPinned, versionOf } from './programs.ts';

/** The protocol on both sides of a proxy. */
export type Protocol = 'http1' | 'http2';

/** One proxy that can be started. */
export interface ProxyPeer {
  readonly name: string;
  readonly version: string;
  start(folder: string, protocol: Protocol, port: number, upstreamPort: number): Promise<Running>;
}

const PROXY_CORE = 0;
const WEFT = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');

/** Every proxy that is here, ours first. */
export function findPeers(): readonly ProxyPeer[] {
  const peers: ProxyPeer[] = [weft];
  const nginx = findProgram('nginx');
  if (nginx !== undefined) peers.push(nginxPeer(nginx));
  const haproxy = findProgram('haproxy');
  if (haproxy !== undefined) peers.push(haproxyPeer(haproxy));
  const envoy = process.env['ENVOY_BIN'];
  if (envoy !== undefined && envoy !== '') peers.push(envoyPeer(envoy));
  return peers;
}

/** Whether a peer can speak a protocol on both sides: nginx has no HTTP/2 to upstreams. */
export function speaks(peer: ProxyPeer, protocol: Protocol): boolean {
  return protocol === 'http1' || peer.name !== 'nginx';
}

const weft: ProxyPeer = {
  name: 'weft',
  version: '',
  start: (folder, protocol, port, upstreamPort) => {
    const file = write(folder, 'weft.yaml', envoyConfig(protocol, port, upstreamPort));
    return startPinned(PROXY_CORE, process.execPath, ['--max-semi-space-size=2', WEFT, 'proxy', '-c', file], port);
  },
};

function envoyPeer(binary: string): ProxyPeer {
  return {
    name: 'envoy',
    version: versionOf(binary, '--version'),
    start: (folder, protocol, port, upstreamPort) => {
      const file = write(folder, 'envoy.yaml', envoyConfig(protocol, port, upstreamPort));
      const args = ['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'];
      return startPinned(PROXY_CORE, binary, args, port);
    },
  };
}

function nginxPeer(binary: string): ProxyPeer {
  return {
    name: 'nginx',
    version: versionOf(binary, '-v'),
    start: (folder, _protocol, port, upstreamPort) => {
      const file = write(folder, 'nginx.conf', nginxConfig(folder, port, upstreamPort));
      return startPinned(PROXY_CORE, binary, ['-c', file], port);
    },
  };
}

function haproxyPeer(binary: string): ProxyPeer {
  return {
    name: 'haproxy',
    version: versionOf(binary, '-v'),
    start: (folder, protocol, port, upstreamPort) => {
      const file = write(folder, 'haproxy.cfg', haproxyConfig(protocol, port, upstreamPort));
      return startPinned(PROXY_CORE, binary, ['-f', file], port);
    },
  };
}

function write(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

function envoyConfig(protocol: Protocol, port: number, upstreamPort: number): string {
  const options =
    protocol === 'http1'
      ? ''
      : `
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: { http2_protocol_options: {} }`;
  return `
static_resources:
  listeners:
  - name: front
    address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          use_remote_address: true
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{ match: { prefix: / }, route: { cluster: app } }]
  clusters:
  - name: app
    type: STATIC
    circuit_breakers: { thresholds: [{ max_connections: 8192, max_requests: 8192, max_pending_requests: 8192 }] }${options}
    load_assignment:
      cluster_name: app
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstreamPort} } } } }] }]
`;
}

function nginxConfig(folder: string, port: number, upstreamPort: number): string {
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.err error;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 100000000; }
  map $http_x_request_id $id { default $http_x_request_id; "" $request_id; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Request-Id $id; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}

function haproxyConfig(protocol: Protocol, port: number, upstreamPort: number): string {
  const proto = protocol === 'http2' ? ' proto h2' : '';
  return `
global
  maxconn 8000
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  http-reuse always
frontend front
  bind 127.0.0.1:${port}${proto}
  http-request set-header X-Request-Id %[uuid] if !{ req.hdr(x-request-id) -m found }
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  default_backend app
backend app
  server s1 127.0.0.1:${upstreamPort}${proto}
`;
}
