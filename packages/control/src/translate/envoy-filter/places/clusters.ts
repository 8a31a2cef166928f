/** Clusters. */
import type { MeshProxy } from '../../../mesh/index.ts';
import { parseClusterName } from '../../names/cluster-name.ts';
import { isOnSide, type Patch, type Side } from '../patch.ts';
import { type PatchPlace, patchResources, UNORDERED } from '../patch-place.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

/** CLUSTER */
export const clusterPlace: PatchPlace = {
  applyTo: 'CLUSTER',
  typeName: CLUSTER,
  operations: UNORDERED,
  apply: (resources, work) => {
    const isTarget = (cluster: object) => isForCluster(work.patch, cluster, work.proxy);
    const clusters = patchResources(resources.clusters, CLUSTER, work, isTarget);
    if (clusters === resources.clusters) return resources;
    const names = new Set(clusters.map(({ name }) => name));
    const endpoints = resources.endpoints.filter(({ clusterName }) => names.has(clusterName));
    return { ...resources, clusters, endpoints };
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
