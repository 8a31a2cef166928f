import type { TypeStatus } from '@weft/xds/server';
import { type DebugPage, json } from '../debug-page.ts';

/** The types as Istio's page calls them, by the end of their URLs. */
const NAMES: Readonly<Record<string, string>> = {
  'cluster.v3.Cluster': 'cluster',
  'listener.v3.Listener': 'listener',
  'route.v3.RouteConfiguration': 'route',
  'endpoint.v3.ClusterLoadAssignment': 'endpoint',
  'core.v3.TypedExtensionConfig': 'extension_config',
};

/** What each proxy was sent and has accepted. */
export const syncz: DebugPage = {
  name: 'syncz',
  summary: 'what each proxy was sent last, and what it has accepted',
  parameters: { proxyID: 'only this proxy' },
  answer: (subject, query) => {
    const wanted = query.get('proxyID');
    const rows: object[] = [];
    for (const { client, proxy, given } of subject.proxies()) {
      if (wanted !== null && wanted !== proxy.id) continue;
      const status = client.status();
      rows.push({
        cluster_id: proxy.cluster,
        proxy: proxy.id,
        proxy_type: proxy.type,
        istio_version: proxy.metadata['ISTIO_VERSION'],
        connected_at: new Date(client.connectedAtMs).toISOString(),
        snapshot: subject.snapshot.version,
        given: given.view.revision,
        runs: status.runsRevision,
        ...Object.assign({}, ...status.types.map(tell)),
      });
    }
    return json(rows);
  },
};

function tell({ typeUrl, sent, acked, nacked, refused, state }: TypeStatus): object {
  const name = Object.entries(NAMES).find(([ending]) => typeUrl.endsWith(ending))?.[1];
  if (name === undefined) return {};
  return {
    [`${name}_sent`]: sent?.nonce,
    [`${name}_acked`]: acked?.nonce,
    [`${name}_state`]: state,
    ...(sent === undefined ? {} : { [`${name}_sent_at`]: timeOf(sent.atMs) }),
    ...(acked === undefined ? {} : { [`${name}_acked_at`]: timeOf(acked.atMs) }),
    ...(nacked === undefined
      ? {}
      : {
          [`${name}_error`]: nacked.message,
          [`${name}_error_at`]: timeOf(nacked.atMs),
          [`${name}_refused`]: [...refused],
        }),
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
