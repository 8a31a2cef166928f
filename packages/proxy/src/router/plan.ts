import type { ClusterPick, ForwardRuntime, RouteRuntime, RouterRuntime, VirtualHostRuntime } from '@weft/engine';
import type { ClusterDirectory, UpstreamCluster } from '../upstream/upstream-cluster.ts';
import type { RouterStats } from './router-stats.ts';

/** What all routers of a filter chain share. */
export interface RouterOptions {
  readonly clusters: ClusterDirectory;
  readonly stats: RouterStats;
  /** envoy.extensions.filters.http.router.v3.Router. */
  readonly runtime: RouterRuntime;
}

/** What a request is sent by. */
export interface ForwardingPlan {
  readonly virtualHost: VirtualHostRuntime;
  readonly route: RouteRuntime;
  readonly action: ForwardRuntime;
  readonly pick: ClusterPick;
  readonly cluster: UpstreamCluster;
}
