import type { SniCluster } from '@weft/proto/envoy/extensions/filters/network/sni_cluster/v3/sni_cluster';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';

const TYPE = 'envoy.extensions.filters.network.sni_cluster.v3.SniCluster';

/** What is supported of the filter. */
export const SNI_CLUSTER_SUPPORT = [supports<SniCluster>(TYPE, {})];

/** Sends connections to the cluster of the name that they ask for by SNI: it sets `TCP_CLUSTER_KEY` where there is one. */
export const SNI_CLUSTER_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.sni_cluster',
  typeName: TYPE,
  compile: () => Object.freeze({}),
};
