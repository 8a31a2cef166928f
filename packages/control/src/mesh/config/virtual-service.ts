/** Reads VirtualServices: short names become full ones, wherever they stand. */
import type {
  HttpRouteSpec,
  MeshObject,
  MeshSettings,
  ParsedVirtualService,
  RouteIr,
  TcpRouteSpec,
  TlsRouteSpec,
} from '../model/index.ts';
import { resolveHost } from '../names/hosts.ts';
import { createdAtMs, refOf, ruleRef } from '../names/object-ref.ts';
import { visibilityOf } from '../names/visibility.ts';
import { MESH_GATEWAY, resolveGateway } from './gateway-name.ts';

type Destination = NonNullable<HttpRouteSpec['mirror']>;

/** Completes the names of one object. */
interface Names {
  readonly host: (name: string) => string;
  readonly gateway: (name: string) => string;
}

/** What an object says, with all names resolved. */
export function parseVirtualService(
  object: MeshObject<'VirtualService'>,
  settings: MeshSettings,
): ParsedVirtualService {
  const { namespace = '' } = object.metadata;
  const spec = object.spec ?? {};
  const ref = refOf('VirtualService', object);
  const names: Names = {
    host: (name) => resolveHost(name, namespace, settings.options.clusterDomain),
    gateway: (name) => resolveGateway(name, namespace),
  };
  const routes = <T>(field: string, all: readonly T[] | undefined, resolve: (route: T) => T): readonly RouteIr<T>[] =>
    Object.freeze(
      (all ?? []).map((route, i) =>
        Object.freeze({ spec: Object.freeze(resolve(route)), source: ruleRef(ref, `spec.${field}[${i}]`) }),
      ),
    );
  const gateways = spec.gateways ?? [];
  return Object.freeze({
    ref,
    createdAtMs: createdAtMs(object),
    hosts: Object.freeze((spec.hosts ?? []).map(names.host)),
    gateways: Object.freeze(gateways.length === 0 ? [MESH_GATEWAY] : [...new Set(gateways.map(names.gateway))]),
    visibility: visibilityOf(spec.exportTo, namespace, settings.config.defaultVirtualServiceExportTo ?? []),
    http: routes('http', spec.http, (route: HttpRouteSpec) => resolveHttp(route, names)),
    tls: routes('tls', spec.tls, (route: TlsRouteSpec) => resolveTls(route, names)),
    tcp: routes('tcp', spec.tcp, (route: TcpRouteSpec) => resolveTcp(route, names)),
  });
}

function resolveHttp(route: HttpRouteSpec, names: Names): HttpRouteSpec {
  const { match, route: destinations, mirror, mirrors } = route;
  return {
    ...route,
    ...(match === undefined ? {} : { match: resolveMatches(match, names) }),
    ...(destinations === undefined ? {} : { route: resolveDestinations(destinations, names) }),
    ...(mirror === undefined ? {} : { mirror: resolveDestination(mirror, names) }),
    ...(mirrors === undefined ? {} : { mirrors: resolveDestinations(mirrors, names) }),
  };
}

function resolveTls(route: TlsRouteSpec, names: Names): TlsRouteSpec {
  return { ...route, match: resolveMatches(route.match, names), ...resolvedRoute(route, names) };
}

function resolveTcp(route: TcpRouteSpec, names: Names): TcpRouteSpec {
  const { match } = route;
  return {
    ...route,
    ...(match === undefined ? {} : { match: resolveMatches(match, names) }),
    ...resolvedRoute(route, names),
  };
}

type L4Route = Pick<TcpRouteSpec, 'route'>;

function resolvedRoute({ route }: L4Route, names: Names): L4Route {
  return route === undefined ? {} : { route: resolveDestinations(route, names) };
}

function resolveMatches<T extends { readonly gateways?: readonly string[] }>(
  all: readonly T[],
  names: Names,
): readonly T[] {
  return all.map((match) =>
    match.gateways === undefined ? match : { ...match, gateways: match.gateways.map(names.gateway) },
  );
}

function resolveDestinations<T extends { readonly destination: Destination }>(
  all: readonly T[],
  names: Names,
): readonly T[] {
  return all.map((one) => ({ ...one, destination: resolveDestination(one.destination, names) }));
}

function resolveDestination(destination: Destination, names: Names): Destination {
  return { ...destination, host: names.host(destination.host) };
}
