/** Clusters that every proxy has, whatever is in the mesh. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { Finding, MeshSettings } from '../../mesh/index.ts';
import { BLACK_HOLE_CLUSTER, INBOUND_PASSTHROUGH, PASSTHROUGH_CLUSTER } from '../names/cluster-name.ts';
import { provenance } from '../provenance.ts';
import { connectionFields } from './connection-pool.ts';
import { passthroughOptions } from './http-options.ts';

/**
 * Where connections to the workload itself come from. Capture lets them pass, so that what the proxy passes on does not come back to it.
 */
export const INBOUND_SOURCE = { 4: '127.0.0.6', 6: '::6' } as const;

/** Leads to the address that the client connected to. */
export function passthroughCluster(settings: MeshSettings, findings: Finding[]): ClusterJson {
  return originalCluster(PASSTHROUGH_CLUSTER, settings, findings);
}

/** Leads nowhere. */
export function blackHoleCluster(settings: MeshSettings): ClusterJson {
  const { connectTimeout } = connectionFields({}, settings, []);
  return { name: BLACK_HOLE_CLUSTER, type: 'STATIC', connectTimeout: connectTimeout!, metadata: provenance([]) };
}

/** Leads to the address of the workload that the client connected to. */
export function inboundPassthroughCluster(family: 4 | 6, settings: MeshSettings): ClusterJson {
  const name = family === 4 ? INBOUND_PASSTHROUGH.ipv4 : INBOUND_PASSTHROUGH.ipv6;
  return { ...originalCluster(name, settings, []), ...bindFields(family) };
}

/** Connects from the address that capture lets pass. */
export function bindFields(family: 4 | 6): Pick<ClusterJson, 'upstreamBindConfig'> {
  return { upstreamBindConfig: { sourceAddress: { address: INBOUND_SOURCE[family], portValue: 0 } } };
}

function originalCluster(name: string, settings: MeshSettings, findings: Finding[]): ClusterJson {
  return {
    name,
    type: 'ORIGINAL_DST',
    lbPolicy: 'CLUSTER_PROVIDED',
    ...connectionFields({}, settings, findings),
    ...passthroughOptions(),
    metadata: provenance(settings.source === undefined ? [] : [settings.source]),
  };
}
