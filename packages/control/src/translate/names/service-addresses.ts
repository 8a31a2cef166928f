import type { MeshService } from '../../mesh/model/index.ts';

/** Addresses that clients in a cluster connect to; those that the mesh gives out are known only where the proxy answers DNS. */
export function serviceAddresses(
  { addresses, clusterAddresses, autoAddresses }: MeshService,
  { cluster, resolvesNames }: { readonly cluster: string; readonly resolvesNames: boolean },
): readonly string[] {
  const own = Object.hasOwn(clusterAddresses, cluster) ? clusterAddresses[cluster]! : addresses;
  return own.length === 0 && resolvesNames ? autoAddresses : own;
}
