/** The messages of `/config_dump`: what is configured, by its kinds. */
import type { Bootstrap } from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import { fromJson, Problems, toJson } from '@weft/proto/lite';
import type { AdminSubject } from '../admin-subject.ts';
import { dynamicParts } from './dynamic-dumps.ts';
import { endpointDumps } from './endpoints-dump.ts';
import type { JsonObject } from './json-object.ts';

/** What is asked for. */
export interface DumpOptions {
  readonly isNamed: (name: string) => boolean;
  readonly includesEndpoints: boolean;
}

const PREFIX = 'type.googleapis.com/envoy.admin.v3.';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const LISTENER = 'type.googleapis.com/envoy.config.listener.v3.Listener';
const ROUTES = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** The lists that `resource` can ask for, with the type of their items. */
export const ITEM_LISTS: ReadonlyMap<string, string> = new Map(
  [
    ['static_clusters', 'ClustersConfigDump.StaticCluster'],
    ['dynamic_active_clusters', 'ClustersConfigDump.DynamicCluster'],
    ['dynamic_warming_clusters', 'ClustersConfigDump.DynamicCluster'],
    ['static_listeners', 'ListenersConfigDump.StaticListener'],
    ['dynamic_listeners', 'ListenersConfigDump.DynamicListener'],
    ['static_route_configs', 'RoutesConfigDump.StaticRouteConfig'],
    ['dynamic_route_configs', 'RoutesConfigDump.DynamicRouteConfig'],
    ['static_secrets', 'SecretsConfigDump.StaticSecret'],
    ['dynamic_active_secrets', 'SecretsConfigDump.DynamicSecret'],
    ['dynamic_warming_secrets', 'SecretsConfigDump.DynamicSecret'],
    ['static_endpoint_configs', 'EndpointsConfigDump.StaticEndpointConfig'],
    ['dynamic_endpoint_configs', 'EndpointsConfigDump.DynamicEndpointConfig'],
  ].map(([list, type]) => [list!, PREFIX + type!]),
);

/** Every dump in the order of Envoy. */
export function collectDumps(
  subject: AdminSubject,
  { isNamed, includesEndpoints }: DumpOptions,
): readonly JsonObject[] {
  const bootstrap = bootstrapJson(subject);
  const last_updated = new Date(subject.loadedMs).toISOString();
  const resources = (bootstrap['static_resources'] ?? {}) as JsonObject;
  const items = (list: string, type: string) =>
    objects(resources[list]).map((each): JsonObject => ({ '@type': type, ...each }));
  const named = (each: JsonObject) => isNamed(nameOf(each));
  const dynamic = dynamicParts(subject.dynamic, isNamed);
  const listeners = items('listeners', LISTENER).map((listener) => ({ listener, last_updated }));
  const routes = [...listeners, ...dynamic.activeListeners].flatMap((each) =>
    inlineRoutes(each.listener).map((route) => ({ route_config: route, last_updated: each.last_updated })),
  );
  return [
    { '@type': `${PREFIX}BootstrapConfigDump`, bootstrap, last_updated },
    dump(
      'ClustersConfigDump',
      'static_clusters',
      items('clusters', CLUSTER)
        .filter(named)
        .map((cluster) => ({ cluster, last_updated })),
      dynamic.clusters,
    ),
    ...(includesEndpoints ? [{ '@type': `${PREFIX}EndpointsConfigDump`, ...endpointDumps(subject, isNamed) }] : []),
    dump(
      'ListenersConfigDump',
      'static_listeners',
      listeners.filter(({ listener }) => named(listener)),
      dynamic.listeners,
    ),
    { '@type': `${PREFIX}ScopedRoutesConfigDump` },
    dump(
      'RoutesConfigDump',
      'static_route_configs',
      routes.filter((route) => named(route.route_config)),
      dynamic.routes,
    ),
    dump(
      'SecretsConfigDump',
      'static_secrets',
      items('secrets', SECRET)
        .filter(named)
        .map((secret) => ({ name: nameOf(secret), last_updated, secret })),
      dynamic.secrets,
    ),
  ];
}

function dump(type: string, list: string, items: readonly JsonObject[], dynamic: JsonObject): JsonObject {
  return { '@type': PREFIX + type, ...(items.length === 0 ? {} : { [list]: items }), ...dynamic };
}

/** The bootstrap is read again from its data: a message that nobody else needs would be kept for this alone. */
function bootstrapJson({ document }: AdminSubject): JsonObject {
  if (document === undefined) return {};
  const message = fromJson<Bootstrap>('envoy.config.bootstrap.v3.Bootstrap', document, new Problems());
  return message === undefined ? {} : (toJson(message, { useProtoNames: true, redact: true }) as JsonObject);
}

/** The route configurations that stand in the connection managers of a listener. */
function inlineRoutes(listener: JsonObject): readonly JsonObject[] {
  const chains = [...objects(listener['filter_chains']), ...objects([listener['default_filter_chain']])];
  return chains
    .flatMap((chain) => objects(chain['filters']))
    .flatMap((filter) => objects([filter['typed_config']]))
    .flatMap((config) => objects([config['route_config']]))
    .map((routes) => ({ '@type': ROUTES, ...routes }));
}

function objects(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is JsonObject => typeof each === 'object' && each !== null);
}

function nameOf({ name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}
