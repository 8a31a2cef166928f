import type { PatchPlace } from '../patch-place.ts';
import { clusterPlace } from './clusters.ts';
import { filterChainPlace, httpFilterPlace, networkFilterPlace } from './filter-chains.ts';
import { listenerFilterPlace, listenerPlace } from './listeners.ts';
import { httpRoutePlace, routeConfigurationPlace, virtualHostPlace } from './routes.ts';

/** Everything that patches can be applied to; adding one is one file and one line here. */
export const patchPlaces: readonly PatchPlace[] = [
  listenerPlace,
  listenerFilterPlace,
  filterChainPlace,
  networkFilterPlace,
  httpFilterPlace,
  routeConfigurationPlace,
  virtualHostPlace,
  httpRoutePlace,
  clusterPlace,
];
