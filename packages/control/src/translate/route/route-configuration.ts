import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { Memo } from '../memo.ts';

/** What users may write as body of a direct response; without it proxies take 4 KiB. */
export const MAX_DIRECT_RESPONSE_BYTES = 1024 * 1024;

/** A route configuration with Istio's settings. The same virtual hosts make the same object, so that it is not encoded again. */
export function routeConfiguration(
  memo: Memo,
  name: string,
  virtualHosts: VirtualHostJson[],
  ignorePortInHostMatching = true,
): RouteConfigurationJson {
  return memo.get('route-configuration', [name, ignorePortInHostMatching, ...virtualHosts], () => ({
    name,
    virtualHosts,
    // Clusters may come later; requests for those that do not exist fail, and other routes are not concerned.
    validateClusters: false,
    maxDirectResponseBodySizeBytes: MAX_DIRECT_RESPONSE_BYTES,
    ...(ignorePortInHostMatching ? { ignorePortInHostMatching } : {}),
  }));
}
