/** What the protocol itself has to know of a type of resources; what the resources mean is known elsewhere. */
export interface ResourceTypeRules {
  readonly typeUrl: string;
  /** The usual abbreviation, for messages and logs. */
  readonly label: string;
  /** Whether a state-of-the-world response holds everything, so that what is absent was deleted (xDS, "Deleting Resources"). */
  readonly isFullState: boolean;
  /** Whether an empty list of names means "everything" to servers that do not know `*` yet. */
  readonly hasLegacyWildcard: boolean;
  /** Whether the name of a resource is in its first field. A virtual host is named by its wrapper alone: route/domain. */
  readonly isNamedInside: boolean;
  /** The method of a stream for this type alone, or undefined when the type only exists on an aggregated stream or as delta. */
  readonly methods: { readonly sotw: string | undefined; readonly delta: string | undefined };
}

/** The service and methods of the aggregated stream. */
export const aggregatedMethods = {
  sotw: '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
  delta: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
} as const;

/** The type URLs of the resources that a proxy asks for. */
export const typeUrls = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  scopedRoute: 'type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  virtualHost: 'type.googleapis.com/envoy.config.route.v3.VirtualHost',
  extension: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  runtime: 'type.googleapis.com/envoy.service.runtime.v3.Runtime',
} as const;

/**
 * In the order in which requests are sent when several are due: make before break (xDS, "Eventual consistency considerations"). Clusters
 * come before the endpoints they need, both before the listeners and routes that use them.
 */
export const resourceTypes: readonly ResourceTypeRules[] = [
  fullState('CDS', typeUrls.cluster, 'cluster.v3.ClusterDiscoveryService', 'Clusters'),
  named('EDS', typeUrls.endpoints, 'endpoint.v3.EndpointDiscoveryService', 'Endpoints'),
  fullState('LDS', typeUrls.listener, 'listener.v3.ListenerDiscoveryService', 'Listeners'),
  named('SRDS', typeUrls.scopedRoute, 'route.v3.ScopedRoutesDiscoveryService', 'ScopedRoutes'),
  named('RDS', typeUrls.route, 'route.v3.RouteDiscoveryService', 'Routes'),
  virtualHosts(),
  named('ECDS', typeUrls.extension, 'extension.v3.ExtensionConfigDiscoveryService', 'ExtensionConfigs'),
  named('SDS', typeUrls.secret, 'secret.v3.SecretDiscoveryService', 'Secrets'),
  named('RTDS', typeUrls.runtime, 'runtime.v3.RuntimeDiscoveryService', 'Runtime'),
];

/** The rules of a type. A type that is not in the table follows the common rules and can be had on aggregated streams only. */
export function rulesOf(typeUrl: string): ResourceTypeRules {
  return byTypeUrl.get(typeUrl) ?? unknownType(typeUrl);
}

/** The place of a type in the order of requests; types that are not in the table come last. */
export function requestOrder(typeUrl: string): number {
  const index = resourceTypes.findIndex((rules) => rules.typeUrl === typeUrl);
  return index === -1 ? resourceTypes.length : index;
}

const byTypeUrl: ReadonlyMap<string, ResourceTypeRules> = new Map(resourceTypes.map((rules) => [rules.typeUrl, rules]));

function named(label: string, typeUrl: string, service: string, suffix: string): ResourceTypeRules {
  return {
    typeUrl,
    label,
    isFullState: false,
    hasLegacyWildcard: false,
    isNamedInside: true,
    methods: {
      sotw: `/envoy.service.${service}/Stream${suffix}`,
      delta: `/envoy.service.${service}/Delta${suffix}`,
    },
  };
}

function fullState(label: string, typeUrl: string, service: string, suffix: string): ResourceTypeRules {
  return { ...named(label, typeUrl, service, suffix), isFullState: true, hasLegacyWildcard: true };
}

function virtualHosts(): ResourceTypeRules {
  const rules = named('VHDS', typeUrls.virtualHost, 'route.v3.VirtualHostDiscoveryService', 'VirtualHosts');
  return { ...rules, isNamedInside: false, methods: { sotw: undefined, delta: rules.methods.delta } };
}

function unknownType(typeUrl: string): ResourceTypeRules {
  return {
    typeUrl,
    label: typeUrl.slice(typeUrl.lastIndexOf('.') + 1),
    isFullState: false,
    hasLegacyWildcard: false,
    isNamedInside: true,
    methods: { sotw: undefined, delta: undefined },
  };
}
