import type { ClientTls, Hop, ServerTls } from '../hop.ts';
import { startPinned, versionOf } from '../programs.ts';
import { PROXY_CORE, type ProxyPeer, writeConfig } from './peer.ts';

/** nginx. Its upstreams speak HTTP/1.1, or gRPC. */
export function nginxPeer(binary: string): ProxyPeer {
  return {
    name: 'nginx',
    version: versionOf(binary, '-v'),
    between: 'http1',
    serves: ({ upstream, virtualHosts }) => upstream !== 'http2' && virtualHosts === undefined,
    start: (folder, hop) => {
      const file = writeConfig(folder, `nginx-${hop.name}.conf`, nginxConfig(folder, hop));
      return startPinned(PROXY_CORE, binary, ['-c', file], hop.port);
    },
  };
}

function nginxConfig(folder: string, hop: Hop): string {
  const { name, port, downstream, downstreamTls, upstreamPort } = hop;
  const flags = `${downstreamTls === undefined ? '' : ' ssl'}${downstream === 'http1' ? '' : ' http2'}`;
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx-${name}.pid; error_log ${folder}/nginx-${name}.err error;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 100000000; keepalive_timeout 3600s; }
  map $http_x_request_id $id { default $http_x_request_id; "" $request_id; }
  server {
    listen 127.0.0.1:${port}${flags} backlog=4096;
    ${downstreamTls === undefined ? '' : serverTls(downstreamTls)}
    location / {
      ${hop.upstream === 'grpc' ? grpcPass() : proxyPass(hop)}
    }
  }
}
`;
}

function grpcPass(): string {
  return `grpc_pass grpc://app; grpc_set_header X-Request-Id $id; grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      grpc_set_header X-Forwarded-Proto $scheme;`;
}

function proxyPass({ upstreamTls }: Hop): string {
  const scheme = upstreamTls === undefined ? 'http' : 'https';
  return `proxy_pass ${scheme}://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Request-Id $id; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      ${upstreamTls === undefined ? '' : clientTls(upstreamTls)}`;
}

function serverTls({ identity, isMutual }: ServerTls): string {
  const mutual = isMutual ? `ssl_client_certificate ${identity.authority}; ssl_verify_client on;` : '';
  return `ssl_certificate ${identity.certificate}; ssl_certificate_key ${identity.key}; ssl_protocols TLSv1.3; ${mutual}`;
}

function clientTls({ identity, serverName }: ClientTls): string {
  return `proxy_ssl_certificate ${identity.certificate}; proxy_ssl_certificate_key ${identity.key}; proxy_ssl_protocols TLSv1.3;
      proxy_ssl_trusted_certificate ${identity.authority}; proxy_ssl_verify on; proxy_ssl_verify_depth 2;
      proxy_ssl_name ${serverName}; proxy_ssl_server_name on;`;
}
