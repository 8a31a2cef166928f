import type { ClientTls, Hop, ServerTls } from '../hop.ts';
import { startPinned, versionOf } from '../programs.ts';
import { PROXY_CORE, type ProxyPeer, writeConfig } from './peer.ts';

/** HAProxy. */
export function haproxyPeer(binary: string): ProxyPeer {
  return {
    name: 'haproxy',
    version: versionOf(binary, '-v'),
    between: 'http2',
    serves: ({ virtualHosts }) => virtualHosts === undefined,
    start: (folder, hop) => {
      const file = writeConfig(folder, `haproxy-${hop.name}.cfg`, haproxyConfig(hop));
      return startPinned(PROXY_CORE, binary, ['-db', '-f', file], hop.port);
    },
  };
}

/** As many clients as any benchmark has, even where the system allows too few files for as many servers. */
function haproxyConfig({ port, downstream, downstreamTls, upstreamPort, upstream, upstreamTls }: Hop): string {
  return `
global
  maxconn 12000
  no strict-limits
  nbthread 1
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-server-options ssl-min-ver TLSv1.3
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  http-reuse always
frontend front
  bind 127.0.0.1:${port} backlog 4096${downstreamTls === undefined ? proto(downstream) : serverTls(downstreamTls, downstream)}
  http-request set-header X-Request-Id %[uuid] if !{ req.hdr(x-request-id) -m found }
  option forwardfor
  http-request set-header X-Forwarded-Proto ${downstreamTls === undefined ? 'http' : 'https'}
  default_backend app
backend app
  server s1 127.0.0.1:${upstreamPort}${upstreamTls === undefined ? proto(upstream) : clientTls(upstreamTls, upstream)} pool-max-conn 512
`;
}

function proto(protocol: Hop['upstream']): string {
  return protocol === 'http1' ? '' : ' proto h2';
}

function serverTls({ identity, isMutual }: ServerTls, protocol: Hop['downstream']): string {
  const mutual = isMutual ? ` ca-file ${identity.authority} verify required` : '';
  return ` ssl crt ${identity.both}${mutual} alpn ${protocol === 'http1' ? 'http/1.1' : 'h2,http/1.1'}`;
}

function clientTls({ identity, serverName }: ClientTls, protocol: Hop['upstream']): string {
  const names = `sni str(${serverName}) verifyhost ${serverName} alpn ${protocol === 'http1' ? 'http/1.1' : 'h2'}`;
  return ` ssl crt ${identity.both} ca-file ${identity.authority} verify required ${names}`;
}
