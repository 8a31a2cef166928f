/** TCP proxies, each configured as its experts would: one worker, no log. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { IdentityFiles } from '../proxy/hop.ts';
import { findProgram, startPinned, versionOf } from '../proxy/programs.ts';
import { envoyConfig } from './envoy-config.ts';
import { PROXY_CORE, type TcpHop, type TcpPeer } from './hop.ts';

const WEFT = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');

/** Every peer that is here, ours first. ENVOY_BIN names an Envoy. */
export function findPeers(): readonly TcpPeer[] {
  const peers: TcpPeer[] = [weft];
  const haproxy = findProgram('haproxy');
  if (haproxy !== undefined) peers.push(haproxyPeer(haproxy));
  const nginx = findProgram('nginx');
  if (nginx !== undefined && existsSync(STREAM_MODULE)) peers.push(nginxPeer(nginx));
  const envoy = process.env['ENVOY_BIN'];
  if (envoy !== undefined && envoy !== '') peers.push(envoyPeer(envoy));
  return peers;
}

const weft: TcpPeer = {
  name: 'weft',
  version: '',
  start: (folder, hop) => {
    const file = write(folder, `weft-${hop.name}.yaml`, envoyConfig(hop));
    return startPinned(PROXY_CORE, process.execPath, [WEFT, 'proxy', '-c', file], hop.port);
  },
};

function envoyPeer(binary: string): TcpPeer {
  return {
    name: 'envoy',
    version: versionOf(binary, '--version'),
    start: (folder, hop) => {
      const file = write(folder, `envoy-${hop.name}.yaml`, envoyConfig(hop));
      const args = ['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'];
      return startPinned(PROXY_CORE, binary, args, hop.port);
    },
  };
}

function haproxyPeer(binary: string): TcpPeer {
  return {
    name: 'haproxy',
    version: versionOf(binary, '-v'),
    start: (folder, hop) => {
      const file = write(folder, `haproxy-${hop.name}.cfg`, haproxyConfig(hop));
      return startPinned(PROXY_CORE, binary, ['-db', '-f', file], hop.port);
    },
  };
}

/** Debian's nginx proxies TCP with a module that is a package of its own. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

function nginxPeer(binary: string): TcpPeer {
  return {
    name: 'nginx',
    version: versionOf(binary, '-v'),
    start: (folder, hop) => {
      const file = write(folder, `nginx-${hop.name}.conf`, nginxConfig(folder, hop));
      return startPinned(PROXY_CORE, binary, ['-c', file], hop.port);
    },
  };
}

function haproxyConfig({ port, upstreamPort, downstreamTls, upstreamTls }: TcpHop): string {
  const tls = ({ both, authority }: IdentityFiles) => ` ssl crt ${both} ca-file ${authority} verify required`;
  return `
global
  maxconn 8000
  nbthread 1
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-server-options ssl-min-ver TLSv1.3
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend front
  bind 127.0.0.1:${port} backlog 4096${downstreamTls === undefined ? '' : tls(downstreamTls)}
  default_backend app
backend app
  server s1 127.0.0.1:${upstreamPort}${upstreamTls === undefined ? '' : tls(upstreamTls)}
`;
}

function nginxConfig(folder: string, { name, port, upstreamPort, downstreamTls, upstreamTls }: TcpHop): string {
  const server =
    downstreamTls === undefined
      ? ''
      : `ssl_protocols TLSv1.3; ssl_certificate ${downstreamTls.certificate}; ssl_certificate_key ${downstreamTls.key};
    ssl_verify_client on; ssl_client_certificate ${downstreamTls.authority};`;
  const client =
    upstreamTls === undefined
      ? ''
      : `proxy_ssl on; proxy_ssl_protocols TLSv1.3; proxy_ssl_certificate ${upstreamTls.certificate}; proxy_ssl_certificate_key ${upstreamTls.key};
    proxy_ssl_verify on; proxy_ssl_trusted_certificate ${upstreamTls.authority}; proxy_ssl_name localhost;`;
  return `
load_module ${STREAM_MODULE};
daemon off; master_process off; worker_processes 1; pid ${folder}/nginx-${name}.pid; error_log ${folder}/nginx-${name}.err error;
events { worker_connections 16384; multi_accept on; }
stream {
  access_log off; tcp_nodelay on; proxy_timeout 3600s;
  server {
    listen 127.0.0.1:${port}${downstreamTls === undefined ? '' : ' ssl'} backlog=4096;
    ${server}
    ${client}
    proxy_pass 127.0.0.1:${upstreamPort};
  }
}
`;
}

function write(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
