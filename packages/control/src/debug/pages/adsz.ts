import { type DebugPage, json } from '../debug-page.ts';

/** Who is connected and wants what. */
export const adsz: DebugPage = {
  name: 'adsz',
  summary: 'proxies that are connected, and what they subscribe to',
  parameters: { proxyID: 'only this proxy' },
  answer: (subject, query) => {
    const wanted = query.get('proxyID');
    const clients = [...subject.proxies()]
      .filter(({ proxy }) => wanted === null || proxy.id === wanted)
      .map(({ client, proxy, given }) => ({
        connectionId: client.id,
        connectedAt: new Date(client.connectedAtMs).toISOString(),
        address: client.peer.address,
        identity: client.identity,
        protocol: client.variant,
        proxy,
        given: given.view.revision,
        isBlocked: client.status().isBlocked,
        watches: Object.fromEntries(
          client
            .status()
            .types.map(({ typeUrl, interest }) => [
              typeUrl,
              interest.isWildcard ? ['*', ...interest.names] : [...interest.names],
            ]),
        ),
      }));
    return json({ totalClients: clients.length, clients });
  },
};
