/** The proxies that are compared. */
import { envoyPeer } from './peers/envoy.ts';
import { haproxyPeer } from './peers/haproxy.ts';
import { nginxPeer } from './peers/nginx.ts';
import type { ProxyPeer } from './peers/peer.ts';
import { weft } from './peers/weft.ts';
import { findProgram } from './programs.ts';

/** Every proxy that is here, ours first. ENVOY_BIN names an Envoy. */
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
