/** Route configurations, those within connection managers included, their virtual hosts and routes. */
import type { MeshProxy } from '../../../mesh/index.ts';
import type { ProxyResources } from '../../resources.ts';
import type { MessageJson } from '../merge-json.ts';
import { isOnSide, type Patch, type Side } from '../patch.ts';
import { patchList } from '../patch-list.ts';
import {
  listIn,
  mapSame,
  ORDERED,
  type PatchPlace,
  type PatchWork,
  rowPatch,
  UNORDERED,
  withField,
} from '../patch-place.ts';
import { sideOf } from './listeners.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const ROUTES = 'envoy.config.route.v3.RouteConfiguration';
const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost';
const ROUTE = 'envoy.config.route.v3.Route';

/** What each kind of action is called in JSON. */
const ACTIONS: Readonly<Record<string, string>> = {
  ROUTE: 'route',
  REDIRECT: 'redirect',
  DIRECT_RESPONSE: 'directResponse',
};

/** ROUTE_CONFIGURATION */
export const routeConfigurationPlace: PatchPlace = {
  applyTo: 'ROUTE_CONFIGURATION',
  typeName: ROUTES,
  operations: ['MERGE'],
  apply: (resources, work) => {
    const row = rowPatch(work.patch, ROUTES, { isNamed: false, isTarget: () => true });
    return editRoutes(resources, work, (routes) => patchList([routes], row)[0]!);
  },
};

/** VIRTUAL_HOST */
export const virtualHostPlace: PatchPlace = {
  applyTo: 'VIRTUAL_HOST',
  typeName: VIRTUAL_HOST,
  operations: UNORDERED,
  apply: (resources, work) => {
    const isTarget = (host: MessageJson) => isForHost(work.patch, host);
    const row = rowPatch(work.patch, VIRTUAL_HOST, { isNamed: true, isTarget });
    return editRoutes(resources, work, (routes) => {
      const hosts = listIn(routes, 'virtualHosts');
      const after = patchList(hosts, row);
      return after === hosts ? routes : withField(routes, 'virtualHosts', after);
    });
  },
};

/** HTTP_ROUTE */
export const httpRoutePlace: PatchPlace = {
  applyTo: 'HTTP_ROUTE',
  typeName: ROUTE,
  operations: ORDERED,
  apply: (resources, work) => {
    const { name = '', action = 'ANY' } = work.patch.match.routeConfiguration?.vhost?.route ?? {};
    const row = rowPatch(work.patch, ROUTE, {
      isNamed: name !== '' || action !== 'ANY',
      isTarget: (route) =>
        (name === '' || route['name'] === name) && (action === 'ANY' || route[ACTIONS[action]!] !== undefined),
    });
    return editRoutes(resources, work, (routes) => {
      const hosts = listIn(routes, 'virtualHosts');
      const after = mapSame(hosts, (host) => {
        if (!isForHost(work.patch, host)) return host;
        const before = listIn(host, 'routes');
        const changed = patchList(before, row);
        return changed === before ? host : withField(host, 'routes', changed);
      });
      return after === hosts ? routes : withField(routes, 'virtualHosts', after);
    });
  },
};

function isForHost({ match }: Patch, host: MessageJson): boolean {
  const { name = '', domainName = '' } = match.routeConfiguration?.vhost ?? {};
  if (name !== '' && host['name'] !== name) return false;
  return domainName === '' || ((host['domains'] ?? []) as readonly string[]).includes(domainName);
}

function editRoutes(
  resources: ProxyResources,
  work: PatchWork,
  change: (routes: MessageJson) => MessageJson,
): ProxyResources {
  const { patch, proxy, edit } = work;
  const routes = mapSame(resources.routes, (one) =>
    isForRoutes(patch, one, sideOfRoutes(one, proxy)) ? edit(ROUTES, one, change) : one,
  );
  const listeners = mapSame(resources.listeners, (listener) => {
    const side = sideOf(listener, proxy);
    return isOnSide(patch, side) ? edit(LISTENER, listener, (json) => editInline(json, patch, side, change)) : listener;
  });
  if (routes === resources.routes && listeners === resources.listeners) return resources;
  return { ...resources, routes, listeners };
}

/** Routes that stand in a listener. */
function editInline(
  listener: MessageJson,
  patch: Patch,
  side: Side,
  change: (routes: MessageJson) => MessageJson,
): MessageJson {
  const editChain = (chain: MessageJson) => {
    const filters = listIn(chain, 'filters');
    const after = mapSame(filters, (filter) => {
      const manager = filter['typedConfig'] as MessageJson | undefined;
      const routes = manager?.['routeConfig'] as MessageJson | undefined;
      if (manager === undefined || routes === undefined || !isForRoutes(patch, routes, side)) return filter;
      return withField(filter, 'typedConfig', withField(manager, 'routeConfig', change(routes)));
    });
    return after === filters ? chain : withField(chain, 'filters', after);
  };
  const chains = listIn(listener, 'filterChains');
  const after = mapSame(chains, editChain);
  const changed = after === chains ? listener : withField(listener, 'filterChains', after);
  const fallback = listener['defaultFilterChain'] as MessageJson | undefined;
  return fallback === undefined ? changed : withField(changed, 'defaultFilterChain', editChain(fallback));
}

function sideOfRoutes(routes: object, { type }: MeshProxy): Side {
  if (type === 'router') return 'GATEWAY';
  return nameOf(routes).startsWith('inbound|') ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND';
}

function isForRoutes(patch: Patch, routes: object, side: Side): boolean {
  const { name: wanted = '', portNumber = 0, portName = '', gateway = '' } = patch.match.routeConfiguration ?? {};
  const name = nameOf(routes);
  if (!isOnSide(patch, side) || (wanted !== '' && wanted !== name)) return false;
  const facts = factsOf(name);
  return (
    (portNumber === 0 || portNumber === facts.port) &&
    (portName === '' || portName === facts.portName) &&
    (gateway === '' || gateway === facts.gateway)
  );
}

interface RouteFacts {
  readonly port: number;
  readonly portName?: string;
  readonly gateway?: string;
}

/** What names of route configurations say: `80`, `host:80`, `inbound|80||`, `http.80`, `https.443.name.gateway.namespace`. */
function factsOf(name: string): RouteFacts {
  const [kind, port, portName, gateway, namespace] = name.split('.');
  if (kind === 'http' || kind === 'https') {
    return {
      port: Number(port),
      ...(portName === undefined ? {} : { portName }),
      ...(gateway === undefined ? {} : { gateway: `${namespace}/${gateway}` }),
    };
  }
  const inbound = /^inbound\|(\d+)\|/.exec(name);
  return { port: Number(inbound?.[1] ?? name.slice(name.lastIndexOf(':') + 1)) };
}

function nameOf(routes: object): string {
  return (routes as { readonly name?: string }).name ?? '';
}
