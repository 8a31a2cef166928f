/** The fields of an EnvoyFilter. */
import { anyObject, enumeration, type Infer, integer, list, map, object, string } from '../../schema/index.ts';
import { atMostOneOf } from './one-of.ts';
import { uint32 } from './scalars.ts';
import { policyTargetReference } from './target-refs.ts';
import { portRange } from './workload-entry-spec.ts';
import { workloadSelector } from './workload-selector.ts';

const subFilter = object('A filter inside of the connection manager.', { name: string('Name of the filter.') });
const filter = object('A network filter.', { name: string('Name of the filter.'), subFilter });

const listenerMatch = object('Which listeners, chains or filters are meant.', {
  portNumber: uint32('Port of the listener.'),
  portName: string('Not used.'),
  filterChain: object('Which chain of the listener is meant.', {
    name: string('Name of the chain.'),
    sni: string('Server name that the chain is for.'),
    transportProtocol: string('Transport that the chain is for: raw_buffer or tls.'),
    applicationProtocols: string('Protocols that the chain is for, separated by commas.'),
    filter,
    destinationPort: uint32('Port that the chain is for.'),
  }),
  listenerFilter: string('Name of a listener filter.'),
  name: string('Name of the listener.'),
});

const routeConfigurationMatch = object('Which routes are meant.', {
  portNumber: uint32('Port of the routes.'),
  portName: string('Name of the port of a gateway.'),
  gateway: string('Gateway of the routes, as namespace/name.'),
  vhost: object('Which virtual host is meant.', {
    name: string('Name of the virtual host: host:port.'),
    domainName: string('A domain of the virtual host.'),
    route: object('Which route is meant.', {
      name: string('Name of the route.'),
      action: enumeration('What the route does.', ['ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE']),
    }),
  }),
  name: string('Name of the route configuration.'),
});

const clusterMatch = object('Which clusters are meant.', {
  portNumber: uint32('Port of the service.'),
  service: string('Host of the service.'),
  subset: string('Subset of the service.'),
  name: string('Name of the cluster.'),
});

const waypointMatch = object('Which part of a waypoint is meant.', {
  portNumber: { ...uint32('Port of the service.'), rules: [portRange] },
  filter,
  route: object('Which route is meant.', { name: string('Name of the route.') }),
});

const configMatch = object(
  'Which part of the configuration of a proxy is meant.',
  {
    context: enumeration('Which side of which proxy.', [
      'ANY',
      'SIDECAR_INBOUND',
      'SIDECAR_OUTBOUND',
      'GATEWAY',
      'WAYPOINT',
    ]),
    proxy: object('Which proxies are meant.', {
      proxyVersion: string('RE2 expression of the version of the proxy.'),
      metadata: map('Metadata of the proxy.', string('Value.')),
    }),
    listener: listenerMatch,
    routeConfiguration: routeConfigurationMatch,
    cluster: clusterMatch,
    waypoint: waypointMatch,
  },
  {
    rules: [
      atMostOneOf('listener', 'routeConfiguration', 'cluster', 'waypoint'),
      {
        message: 'only support waypointMatch when context is WAYPOINT',
        check: (match) => match.waypoint === undefined || match.context === 'WAYPOINT',
        cel: "has(self.waypoint) ? (has(self.context) && self.context == 'WAYPOINT') : true",
      },
      {
        message: 'only support waypointMatch when context is WAYPOINT',
        check: (match) =>
          match.context !== 'WAYPOINT' ||
          (match.listener === undefined && match.routeConfiguration === undefined && match.cluster === undefined),
        cel: "(has(self.context) && self.context == 'WAYPOINT') ? !(has(self.listener) || has(self.routeConfiguration) || has(self.cluster)) : true",
      },
    ],
  },
);

const configPatch = object('One change.', {
  applyTo: enumeration('What is changed.', [
    'INVALID',
    'LISTENER',
    'FILTER_CHAIN',
    'NETWORK_FILTER',
    'HTTP_FILTER',
    'ROUTE_CONFIGURATION',
    'VIRTUAL_HOST',
    'HTTP_ROUTE',
    'CLUSTER',
    'EXTENSION_CONFIG',
    'BOOTSTRAP',
    'LISTENER_FILTER',
  ]),
  match: configMatch,
  patch: object('How it is changed.', {
    operation: enumeration('Where the value goes.', [
      'INVALID',
      'MERGE',
      'ADD',
      'REMOVE',
      'INSERT_BEFORE',
      'INSERT_AFTER',
      'INSERT_FIRST',
      'REPLACE',
    ]),
    value: anyObject('The value, as the proxy has it.'),
    filterClass: enumeration('Where an added filter goes.', ['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS']),
  }),
});

/** The fields of an EnvoyFilter. */
export const envoyFilterSpec = object(
  'Changes of the configuration that proxies get.',
  {
    workloadSelector,
    targetRefs: list('Objects whose proxies are meant; excludes workloadSelector.', policyTargetReference, {
      maxItems: 16,
    }),
    configPatches: list('The changes, in order.', configPatch),
    priority: integer('Filters with lower numbers are applied first; 0 when absent.'),
  },
  { rules: [atMostOneOf('workloadSelector', 'targetRefs')] },
);

/** The fields of an EnvoyFilter. */
export type EnvoyFilterSpec = Infer<typeof envoyFilterSpec>;
/** One change. */
export type ConfigPatch = Infer<typeof configPatch>;
