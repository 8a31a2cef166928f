import { TCP_CLUSTER_KEY } from '@weft/engine';
import type { AdmissionFilterKind } from './network-filter.ts';

/** Sends connections to the cluster of the name that they ask for by SNI (envoy.filters.network.sni_cluster). */
export const SNI_CLUSTER: AdmissionFilterKind = {
  typeName: 'envoy.extensions.filters.network.sni_cluster.v3.SniCluster',
  create: () => ({
    admit: ({ connection, record }) => {
      if (connection.requestedServerName !== '') record.setFilterState(TCP_CLUSTER_KEY, connection.requestedServerName);
      return 'pass';
    },
  }),
};
