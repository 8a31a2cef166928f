/**
 * The mesh for programs that read xDS themselves, with gRPC's own client: a listener for each name that they dial, and the same routes, clusters
 * and endpoints in the shape that gRPC takes. What it does not know it refuses with the whole resource, so that is left out here.
 */
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { ClusterLoadAssignmentJson } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { getOrAdd } from '../../mesh/collections/get-or-add.ts';
import type { Finding, MeshService, MeshServicePort } from '../../mesh/model/index.ts';
import { outboundClusters } from '../cluster/index.ts';
import type { TranslationInput } from '../input.ts';
import { defined } from '../json/defined.ts';
import { typed } from '../json/typed-config.ts';
import { serviceRouteName } from '../names/route-name.ts';
import { provenance } from '../provenance.ts';
import type { ProxyResources } from '../resources.ts';
import { outboundRoutes } from '../route/index.ts';
import { clientTls } from './client-tls.ts';

const GENERATOR = 'grpc';

/** Whether a client reads xDS itself, as its node says. */
export function isProxyless({ proxy }: Pick<TranslationInput, 'proxy'>): boolean {
  return proxy.metadata['GENERATOR'] === GENERATOR;
}

/** All that such a client may ask for. */
export function proxylessResources(input: TranslationInput, findings: Finding[]): Omit<ProxyResources, 'endpoints'> {
  const { scope, proxy } = input;
  const ports = scope.services.flatMap((service) => service.ports.filter(isCalled).map((port) => ({ service, port })));
  const clusters = outboundClusters(input, findings).flatMap((cluster) => clusterFor(input, cluster));
  return {
    listeners: ports.flatMap(({ service, port }) => listenersFor(input, service, port, proxy.namespace)),
    routes: ports.map(({ service, port }) => {
      const routes = outboundRoutes(input, serviceRouteName(service.hostname, port.number), findings);
      return input.memo.get('proxylessRoutes', [routes], () => routesFor(routes));
    }),
    clusters,
  };
}

/** gRPC speaks HTTP/2; ports of other kinds are nothing that it could call. */
function isCalled({ protocol }: MeshServicePort): boolean {
  return protocol === 'auto' || protocol.startsWith('GRPC') || (protocol.startsWith('HTTP') && protocol !== 'HTTPS');
}

/** Filters that gRPC knows. */
const HTTP_FILTERS = [
  {
    name: 'envoy.filters.http.fault',
    typedConfig: typed('envoy.extensions.filters.http.fault.v3.HTTPFault', {}),
  },
  {
    name: 'envoy.filters.http.router',
    typedConfig: typed('envoy.extensions.filters.http.router.v3.Router', {}),
  },
];

/** One for each name that programs may write: `web.shop.svc.cluster.local:80`, `web.shop:80`, and in the own namespace `web:80`. */
function listenersFor(
  { memo }: TranslationInput,
  service: MeshService,
  { number, path }: MeshServicePort,
  namespace: string,
): ListenerJson[] {
  const { hostname, name, namespace: own, registry } = service;
  const short = [`${name}.${own}.svc`, `${name}.${own}`, ...(own === namespace ? [name] : [])];
  const names = registry === 'kubernetes' ? [hostname, ...short] : [hostname];
  return names.map((host) =>
    memo.get('proxylessListener', [service, path, host], () => ({
      name: `${host}:${number}`,
      apiListener: {
        apiListener: typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
          statPrefix: `${host}:${number}`,
          rds: {
            configSource: { ads: {}, initialFetchTimeout: '0s', resourceApiVersion: 'V3' },
            routeConfigName: serviceRouteName(hostname, number),
          },
          httpFilters: HTTP_FILTERS,
        }),
      },
      metadata: provenance([{ object: service.sources[0]!, path }]),
    })),
  );
}

/** The routes without what gRPC refuses: it follows no redirects and answers nothing itself, so such requests fail. */
function routesFor(config: RouteConfigurationJson): RouteConfigurationJson {
  const { virtualHosts = [], name } = config;
  return defined<RouteConfigurationJson>({
    name,
    virtualHosts: virtualHosts.map((host) => ({ ...host, routes: (host.routes ?? []).map(routeFor) })),
  });
}

const KNOWN_FILTERS: ReadonlySet<string> = new Set(['envoy.filters.http.fault']);

function routeFor(route: RouteJson): RouteJson {
  const { redirect, directResponse, typedPerFilterConfig = {}, ...rest } = route;
  const known = Object.entries(typedPerFilterConfig).filter(([name]) => KNOWN_FILTERS.has(name));
  const kept: RouteJson = known.length === 0 ? rest : { ...rest, typedPerFilterConfig: Object.fromEntries(known) };
  return redirect === undefined && directResponse === undefined ? kept : { ...kept, nonForwardingAction: {} };
}

/** The cluster in gRPC's shape; none where endpoints are found in a way that gRPC does not know. */
function clusterFor({ memo }: TranslationInput, cluster: ClusterJson): ClusterJson[] {
  if (cluster.type !== 'EDS') return [];
  return memo.get('proxylessCluster', [cluster], () => {
    const { name, edsClusterConfig, circuitBreakers, outlierDetection, metadata, lbPolicy } = cluster;
    const isHashed = lbPolicy === 'RING_HASH';
    return [
      defined<ClusterJson>({
        name,
        type: 'EDS',
        edsClusterConfig,
        lbPolicy: isHashed ? lbPolicy : 'ROUND_ROBIN',
        ringHashLbConfig: isHashed ? cluster.ringHashLbConfig : undefined,
        circuitBreakers,
        outlierDetection,
        transportSocket: clientTls(cluster.transportSocket),
        metadata,
      }),
    ];
  });
}

/** Endpoints in gRPC's shape, by the objects that they are made of. */
const assignments = new WeakMap<ClusterLoadAssignmentJson, ClusterLoadAssignmentJson>();

/** The endpoints of a cluster; gRPC insists on a locality, if only on an empty one. */
export function proxylessAssignment(assignment: ClusterLoadAssignmentJson): ClusterLoadAssignmentJson {
  return getOrAdd(assignments, assignment, () => ({
    ...assignment,
    endpoints: (assignment.endpoints ?? []).map((group) => ({ ...group, locality: group.locality ?? {} })),
  }));
}
