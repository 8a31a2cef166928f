/** What a proxy is sent, as data in the JSON form of the messages: readable, comparable, and what EnvoyFilters patch. */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';

/** All resources of one proxy; names are unique in each list. What came from the memo is shared: nobody changes it. */
export interface ProxyResources {
  readonly listeners: readonly ListenerJson[];
  readonly routes: readonly RouteConfigurationJson[];
  readonly clusters: readonly ClusterJson[];
  /** For each cluster of type EDS. */
  readonly endpoints: readonly ClusterLoadAssignmentJson[];
}
