import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { CORS_ROUTE_FILTER, type CorsPolicyRuntime } from '../../route/cors.ts';
import type { RouteRuntime } from '../../route/route.ts';
import type { VirtualHostRuntime } from '../../route/virtual-host.ts';

/** Answers preflight requests and tells browsers what other origins may see; all of it is said by routes. */
export const CORS_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.cors',
  typeName: 'envoy.extensions.filters.http.cors.v3.Cors',
  compile: () => Object.freeze({}),
  route: CORS_ROUTE_FILTER,
};

/** Counted under `cors.` in the scope of the connection manager. */
export const CORS_STATS = { counters: ['origin_valid', 'origin_invalid'] } as const;

const NO_POLICIES: readonly CorsPolicyRuntime[] = [];

/** The policies for a request, the most specific first: what routes say to the filter, or else what stands in their deprecated field. */
export function corsPolicies(
  routeConfigs: readonly CorsPolicyRuntime[],
  route: RouteRuntime | undefined,
  virtualHost: VirtualHostRuntime | undefined,
): readonly CorsPolicyRuntime[] {
  if (routeConfigs.length > 0) return routeConfigs;
  const ofRoute = route?.action.kind === 'forward' ? route.action.cors : undefined;
  const ofHost = virtualHost?.cors;
  if (ofRoute === undefined) return ofHost === undefined ? NO_POLICIES : [ofHost];
  return ofHost === undefined ? [ofRoute] : [ofRoute, ofHost];
}
