/** A control plane in a test: resources as JSON, told to proxies over a real socket, and the bootstrap of a proxy that asks it. */
import type { TestContext } from 'node:test';
import { encode, fromJson, Problems } from '@weft/proto/lite';
import { typeUrls } from '@weft/xds/protocol';
import { ModelHost } from '@weft/xds/test-support';

type JsonObject = Readonly<Record<string, unknown>>;

/** The kinds of resources, by short names. */
export const XDS_TYPES = {
  cluster: typeUrls.cluster,
  endpoints: typeUrls.endpoints,
  listener: typeUrls.listener,
  routes: typeUrls.route,
  runtime: typeUrls.runtime,
  secret: typeUrls.secret,
} as const;

/** One of the kinds. */
export type XdsKind = keyof typeof XDS_TYPES;

/** See the file's head. */
export class ControlPlane {
  readonly host: ModelHost;

  constructor(host: ModelHost) {
    this.host = host;
  }

  /** Starts one that ends with the test. */
  static async start(t: TestContext): Promise<ControlPlane> {
    const host = await ModelHost.start();
    t.after(() => host.close());
    return new ControlPlane(host);
  }

  /** Says that a resource is so from now on; nobody hears of it before `push`. */
  set(kind: XdsKind, json: JsonObject): this {
    const name = String(kind === 'endpoints' ? json['cluster_name'] : json['name']);
    this.host.model.setResource(name, packResource(XDS_TYPES[kind], json));
    return this;
  }

  delete(kind: XdsKind, name: string): this {
    this.host.model.delete(XDS_TYPES[kind], name);
    return this;
  }

  /** Tells everybody. */
  push(): void {
    this.host.push();
  }

  /** The static cluster through which proxies reach it. */
  get cluster(): JsonObject {
    return planeCluster(this.host.port);
  }

  /** Asks it over a stream of its own. */
  source(apiType: ApiType = 'GRPC'): JsonObject {
    return { api_config_source: apiSource(apiType), resource_api_version: 'V3' };
  }

  /** A bootstrap that gets all from it, but what is static. */
  bootstrap(apiType: ApiType = 'GRPC', more: StaticParts = {}): JsonObject {
    return ControlPlane.bootstrapFor(this.host.port, apiType, more);
  }

  /** A bootstrap that gets all from a control plane at a port, but what is static. */
  static bootstrapFor(port: number, apiType: ApiType, { listeners = [], clusters = [] }: StaticParts): JsonObject {
    return {
      node: { id: 'n', cluster: 'c' },
      dynamic_resources: { ads_config: apiSource(apiType), cds_config: ADS, lds_config: ADS },
      static_resources: { clusters: [planeCluster(port), ...clusters], listeners },
    };
  }
}

/** How a control plane is asked. */
export type ApiType = 'GRPC' | 'DELTA_GRPC';

/** What a bootstrap has beside what it asks for. */
export interface StaticParts {
  readonly listeners?: readonly unknown[];
  readonly clusters?: readonly unknown[];
}

function planeCluster(port: number): JsonObject {
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  };
  return {
    name: 'plane',
    type: 'STATIC',
    load_assignment: endpointsOf('plane', [port]),
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
  };
}

function apiSource(apiType: ApiType): JsonObject {
  const service = { envoy_grpc: { cluster_name: 'plane' } };
  return { api_type: apiType, transport_api_version: 'V3', grpc_services: [service] };
}

/** The source of what comes over the aggregated stream. */
export const ADS = { ads: {}, resource_api_version: 'V3' };

/** A resource as it is sent; throws when the JSON is none. */
export function packResource(typeUrl: string, json: JsonObject) {
  const report = new Problems();
  const message = fromJson(typeUrl.slice(typeUrl.indexOf('/') + 1), json, report);
  if (message === undefined || !report.isEmpty) throw new Error(JSON.stringify(report.list));
  return { $typeName: 'google.protobuf.Any' as const, typeUrl, value: encode(message) };
}

/** The endpoints of local servers. */
export function endpointsOf(name: string, ports: readonly number[]): JsonObject {
  const endpoints = ports.map((port) => ({
    endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  }));
  return { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] };
}

/** A cluster whose endpoints come over the aggregated stream. */
export function edsCluster(name: string, parts: JsonObject = {}): JsonObject {
  return { name, type: 'EDS', connect_timeout: '2s', eds_cluster_config: { eds_config: ADS }, ...parts };
}

/** A route configuration that sends everything to one cluster. */
export function routesTo(name: string, cluster: string): JsonObject {
  const routes = [{ match: { prefix: '/' }, route: { cluster } }];
  return { name, virtual_hosts: [{ name: 'all', domains: ['*'], routes }] };
}

/** The routes of a connection manager: in place, or by a name to ask for. */
export type RoutesChoice = { readonly route_config: JsonObject } | { readonly rds: JsonObject };

/** Routes that come over the aggregated stream. */
export function rds(name: string): RoutesChoice {
  return { rds: { route_config_name: name, config_source: ADS } };
}

/** The connection manager of a filter chain. */
export function httpManager(routes: RoutesChoice, parts: JsonObject = {}): JsonObject {
  const router = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' };
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'web',
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: router }],
      ...routes,
      ...parts,
    },
  };
}

/** A source of a secret that comes over the aggregated stream. */
export function sds(name: string): JsonObject {
  return { name, sds_config: ADS };
}
