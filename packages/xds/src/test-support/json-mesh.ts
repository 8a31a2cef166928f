// Resources written as the JSON of protobuf, for servers that real data planes ask.
import { encode, fromJson, Problems } from '@weft/proto/lite';
import {
  createResourceSet,
  createResourceView,
  type ResourceView,
  type ServedResource,
  serveResource,
} from '../server/index.ts';

/** Resources by type URL; each says its name in `name` or `clusterName`. */
export type JsonMesh = Readonly<Record<string, readonly JsonResource[]>>;

type JsonResource = Readonly<Record<string, unknown>>;

/** A view of these resources. The version of each is its content. */
export function jsonView(revision: number, mesh: JsonMesh): ResourceView {
  const sets = Object.entries(mesh).map(([typeUrl, all]) => {
    const resources = all.map((json) => serveJson(typeUrl, json));
    const version = JSON.stringify(all);
    return [typeUrl, createResourceSet(version, new Map(resources.map((each) => [each.name, each])))] as const;
  });
  return createResourceView(revision, new Map(sets));
}

function serveJson(typeUrl: string, json: JsonResource): ServedResource {
  const problems = new Problems();
  const message = fromJson(typeUrl.slice(typeUrl.lastIndexOf('/') + 1) as never, json, problems);
  if (message === undefined || !problems.isEmpty) throw new TypeError(problems.toString());
  const name = String(json['name'] ?? json['clusterName']);
  return serveResource({ name, version: JSON.stringify(json), typeUrl, value: encode(message) });
}

const ads = { ads: {}, resourceApiVersion: 'V3' };

/** A cluster whose endpoints come over the same stream. */
export function jsonCluster(name: string, more: JsonResource = {}): JsonResource {
  return { name, type: 'EDS', edsClusterConfig: { edsConfig: ads }, connectTimeout: '1s', ...more };
}

/** Endpoints on the loopback interface. */
export function jsonEndpoints(clusterName: string, ...ports: readonly number[]): JsonResource {
  const lbEndpoints = ports.map((portValue) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
  }));
  const locality = { region: 'r', zone: 'z' };
  return { clusterName, endpoints: [{ locality, loadBalancingWeight: 1, lbEndpoints }] };
}

/** Routes that all lead to one cluster. */
export function jsonRoute(name: string, cluster: string): JsonResource {
  return {
    name,
    virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] }],
  };
}

/** A connection manager that takes its routes from the same stream. */
export function jsonManager(routeConfigName: string): JsonResource {
  return {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: 'test',
    rds: { configSource: ads, routeConfigName },
    httpFilters: [
      {
        name: 'router',
        typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
}

/** A listener on a port of the loopback interface. */
export function jsonListener(name: string, portValue: number, routes: string): JsonResource {
  return {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue } },
    filterChains: [{ filters: [{ name: 'http', typedConfig: jsonManager(routes) }] }],
  };
}

/** What a client of gRPC without a proxy takes for a listener. */
export function jsonApiListener(name: string, routes: string): JsonResource {
  return { name, apiListener: { apiListener: jsonManager(routes) } };
}
