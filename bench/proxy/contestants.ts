import type { CaseContext } from './case.ts';
import { SERVER_NAME } from './certificates.ts';
import type { Contestant } from './compare.ts';
import type { Hop } from './hop.ts';
import type { ProxyPeer } from './peers/peer.ts';

/** What all contestants of a case send. */
export type Send = Contestant['send'];

/** Every peer that can do it, as a single proxy. The port is filled in. */
export function singles({ peers, folder }: CaseContext, hop: Omit<Hop, 'port'>, send: Send): readonly Contestant[] {
  return peers
    .filter((peer) => peer.serves({ ...hop, port: 0 }))
    .map((peer) => ({ name: peer.name, start: async (port) => [await peer.start(folder, { ...hop, port })], send }));
}

/** Pairs of every peer: HTTP/1.1 from the load, mutual TLS between the two, HTTP/1.1 to the application. */
export function mutualTlsPairs(context: CaseContext, send: Send): readonly Contestant[] {
  return context.peers.map((peer) => mutualTlsPair(peer, peer.between, context, send));
}

/** One such pair. */
export function mutualTlsPair(
  peer: ProxyPeer,
  between: 'http1' | 'http2',
  { folder, application, identities }: CaseContext,
  send: Send,
): Contestant {
  return {
    name: between === 'http2' ? peer.name : `${peer.name}, HTTP/1.1 between`,
    start: async (port) => {
      const inner = port + 1;
      const server = await peer.start(folder, {
        name: 'server',
        port: inner,
        downstream: between,
        downstreamTls: { identity: identities.server, isMutual: true },
        upstreamPort: application.http1Port,
        upstream: 'http1',
      });
      const client = await peer.start(folder, {
        name: 'client',
        port,
        downstream: 'http1',
        upstreamPort: inner,
        upstream: between,
        upstreamTls: { identity: identities.client, serverName: SERVER_NAME },
      });
      return [client, server];
    },
    send,
  };
}
