import type { HttpManagerRuntime, ListenerRuntime } from '@weft/engine';

const MANAGER_TYPE = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** The connection managers of a listener, in the order of its filter chains. */
export function httpManagersOf({ filterChains, defaultFilterChain }: ListenerRuntime): readonly HttpManagerRuntime[] {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return chains
    .flatMap(({ filters }) => filters)
    .filter(({ typeName }) => typeName === MANAGER_TYPE)
    .map(({ config }) => config as HttpManagerRuntime);
}
