import { listener } from './start-proxy.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters';

type Parts = Readonly<Record<string, unknown>>;

/** What a test says of a connection manager; further fields go into it as they are. */
export interface HttpListenerParts extends Parts {
  /** Before the router. */
  readonly filters: readonly Parts[];
  readonly routes: readonly Parts[];
}

/** A listener whose connection manager has one virtual host; its statistics begin with `http.<name>.`. */
export function httpListener(name: string, { filters, routes, ...manager }: HttpListenerParts): Parts {
  const typed_config = {
    '@type': `${EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    http_filters: [...filters, httpFilter('router', 'router.v3.Router')],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    ...manager,
  };
  return listener(name, { filter_chains: [{ filters: [{ name: 'http', typed_config }] }] });
}

/** An HTTP filter by the last parts of its type. */
export function httpFilter(name: string, type: string, parts: Parts = {}): Parts {
  return { name, typed_config: { '@type': `${EXTENSIONS}.http.${type}`, ...parts } };
}

/** A route from a prefix to a cluster. */
export function routeTo(cluster: string, prefix = '/', parts: Parts = {}): Parts {
  return { match: { prefix }, route: { cluster }, ...parts };
}
