import type { ClusterPick, ForwardRuntime, RouteRuntime } from '@weft/engine';
import type { ClusterDirectory, UpstreamCluster } from '../upstream/upstream-cluster.ts';

/** What all routers of a filter chain share: envoy.extensions.filters.http.router.v3.Router. */
export interface RouterOptions {
  readonly clusters: ClusterDirectory;
  /** Whether `x-envoy-…` headers about timeouts, attempts and service times are left out. */
  readonly suppressesEnvoyHeaders: boolean;
  readonly respectsExpectedTimeout: boolean;
}

/** What a request is sent by. */
export interface ForwardingPlan {
  readonly route: RouteRuntime;
  readonly action: ForwardRuntime;
  readonly pick: ClusterPick;
  readonly cluster: UpstreamCluster;
  readonly tellsAttemptsUpstream: boolean;
  readonly tellsAttemptsDownstream: boolean;
}
