/** Clusters. */
import type { MeshProxy } from '../../../mesh/index.ts';
import { parseClusterName } from '../../names/cluster-name.ts';
import type { MessageJson } from '../merge-json.ts';
import { isOnSide, type Patch, type Side } from '../patch.ts';
import { patchList } from '../patch-list.ts';
import { mapSame, NOTHING, type PatchPlace, rowPatch, UNORDERED } from '../patch-place.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

/** CLUSTER */
export const clusterPlace: PatchPlace = {
  applyTo: 'CLUSTER',
  typeName: CLUSTER,
  operations: UNORDERED,
  apply: (resources, { patch, proxy, edit }) => {
    const { clusters, endpoints } = resources;
    const isTarget = (cluster: object) => isForCluster(patch, cluster, proxy);
    switch (patch.operation) {
      case 'ADD': {
        const added = edit(CLUSTER, NOTHING, () => patch.json);
        return added === NOTHING ? resources : { ...resources, clusters: [...clusters, added] };
      }
      case 'REMOVE': {
        const gone = new Set(clusters.filter(isTarget).map(({ name }) => name));
        if (gone.size === 0) return resources;
        return {
          ...resources,
          clusters: clusters.filter((cluster) => !gone.has(cluster.name)),
          endpoints: endpoints.filter(({ clusterName }) => !gone.has(clusterName)),
        };
      }
      default: {
        const change = (json: MessageJson) =>
          patchList([json], rowPatch(patch, CLUSTER, { isNamed: false, isTarget: () => true }))[0]!;
        const changed = mapSame(clusters, (cluster) => (isTarget(cluster) ? edit(CLUSTER, cluster, change) : cluster));
        return changed === clusters ? resources : { ...resources, clusters: changed };
      }
    }
  },
};

function isForCluster(patch: Patch, cluster: object, { type }: MeshProxy): boolean {
  const { name = '' } = cluster as { readonly name?: string };
  const facts = parseClusterName(name);
  const inbound: Side = 'SIDECAR_INBOUND';
  const side =
    type === 'router'
      ? 'GATEWAY'
      : name.startsWith('inbound|') || name.startsWith('Inbound')
        ? inbound
        : 'SIDECAR_OUTBOUND';
  if (!isOnSide(patch, side)) return false;
  const { name: wanted = '', service = '', subset = '', portNumber = 0 } = patch.match.cluster ?? {};
  if (wanted !== '' && wanted !== name) return false;
  if (portNumber !== 0 && facts?.port !== portNumber) return false;
  if (subset !== '' && facts?.subset !== subset) return false;
  return service === '' || facts?.hostname === service || servicesOf(cluster).includes(service);
}

/** Inbound clusters name their services in their metadata only. */
function servicesOf(cluster: object): readonly unknown[] {
  const { metadata } = cluster as {
    readonly metadata?: { readonly filterMetadata?: Readonly<Record<string, { readonly services?: unknown }>> };
  };
  const services = metadata?.filterMetadata?.['istio']?.services;
  return Array.isArray(services) ? services.map((one: { readonly host?: unknown }) => one.host) : [];
}
