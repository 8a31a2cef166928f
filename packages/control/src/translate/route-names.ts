import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { HttpConnectionManagerJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';

/** Listener to the route configurations that it names; objects of configuration never change. */
const named = new WeakMap<ListenerJson, readonly string[]>();

/** Names of the route configurations that a listener fetches. */
export function routeNames(listener: ListenerJson): readonly string[] {
  let names = named.get(listener);
  if (names === undefined) {
    const { filterChains = [], defaultFilterChain, apiListener } = listener;
    const chains = [...filterChains, ...(defaultFilterChain === undefined ? [] : [defaultFilterChain])];
    const configs = chains.flatMap(({ filters = [] }) => filters.map(({ typedConfig }) => typedConfig));
    names = [...configs, apiListener?.apiListener].flatMap((config) => {
      const { rds } = (config ?? {}) as Pick<HttpConnectionManagerJson, 'rds'>;
      return rds?.routeConfigName ?? [];
    });
    named.set(listener, names);
  }
  return names;
}
