/** The fields of Services. */
import {
  boolean,
  enumeration,
  type Infer,
  integer,
  intOrString,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { alwaysPresent, conditions, stringList } from '../meta/index.ts';
import { loadBalancerStatus } from './load-balancer-status.ts';

const servicePort = object(
  'One port of the service.',
  {
    name: string('Name of the port; needed when there are several.'),
    protocol: enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'], { default: 'TCP' }),
    appProtocol: string(
      'Protocol above the transport, such as http, grpc, kubernetes.io/h2c or a name with a domain prefix.',
    ),
    port: required(integer('Port that clients use.')),
    targetPort: intOrString(
      'Port of the pods, as a number or as the name of a container port; the same as port when absent.',
      {
        name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
      },
    ),
    nodePort: integer('Port on every node, for types NodePort and LoadBalancer.'),
  },
  { name: 'io.k8s.api.core.v1.ServicePort' },
);

/** One port of a service. */
export type ServicePort = Infer<typeof servicePort>;

const sessionAffinityConfig = object(
  'How long affinity lasts.',
  {
    clientIP: object(
      'Affinity by the address of the client.',
      { timeoutSeconds: integer('Seconds for which a client keeps its endpoint; at most one day.') },
      { name: 'io.k8s.api.core.v1.ClientIPConfig' },
    ),
  },
  { name: 'io.k8s.api.core.v1.SessionAffinityConfig' },
);

/** What the service offers and which pods stand behind it. */
export const serviceSpec = object(
  'What the service offers and which pods stand behind it.',
  {
    ports: list('Ports that the service offers.', servicePort, {
      listType: 'map',
      mapKeys: ['port', 'protocol'],
      patch: { strategy: 'merge', mergeKey: 'port' },
      uniqueItems: false,
    }),
    selector: map(
      'Labels of the pods behind the service; without it the endpoints are managed by someone else.',
      string('A label value.'),
      {
        mapType: 'atomic',
      },
    ),
    clusterIP: string('Address of the service; assigned when empty, None for a headless service.'),
    clusterIPs: stringList('Addresses of the service, one per IP family; the first is clusterIP.', 'An address.'),
    type: enumeration('How the service is exposed.', ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], {
      default: 'ClusterIP',
    }),
    externalIPs: stringList(
      'Addresses, routed by others, on which nodes also take traffic for the service.',
      'An address.',
    ),
    sessionAffinity: enumeration('Whether a client keeps its endpoint.', ['ClientIP', 'None'], { default: 'None' }),
    loadBalancerIP: string('Address to ask of the load balancer; not honoured by all.'),
    loadBalancerSourceRanges: stringList('Blocks of client addresses that the load balancer lets in.', 'A CIDR block.'),
    externalName: string('DNS name that a service of type ExternalName stands for.'),
    externalTrafficPolicy: enumeration('Whether outside traffic may go to endpoints on other nodes.', [
      'Cluster',
      'Local',
    ]),
    healthCheckNodePort: integer('Node port on which load balancers ask a node whether it has local endpoints.'),
    publishNotReadyAddresses: boolean('Endpoints that are not ready are published as if they were.'),
    sessionAffinityConfig,
    ipFamilies: list(
      'IP families of the service, the first being preferred.',
      enumeration('An IP family.', ['', 'IPv4', 'IPv6']),
      {
        listType: 'atomic',
      },
    ),
    ipFamilyPolicy: enumeration('Whether the service has one or two IP families.', [
      'PreferDualStack',
      'RequireDualStack',
      'SingleStack',
    ]),
    allocateLoadBalancerNodePorts: boolean('A load balancer gets node ports too.'),
    loadBalancerClass: string('Implementation that provides the load balancer.'),
    internalTrafficPolicy: enumeration('Whether traffic inside the cluster may go to endpoints on other nodes.', [
      'Cluster',
      'Local',
    ]),
    trafficDistribution: string('Which endpoints are preferred: PreferClose, PreferSameZone or PreferSameNode.'),
  },
  { name: 'io.k8s.api.core.v1.ServiceSpec' },
);

/** What a service offers. */
export type ServiceSpec = Infer<typeof serviceSpec>;

/** Where the service is exposed. */
export const serviceStatus = object(
  'Where the service is exposed.',
  {
    loadBalancer: alwaysPresent(loadBalancerStatus('State of the load balancer.')),
    conditions: conditions('Aspects of the state of the service.'),
  },
  { name: 'io.k8s.api.core.v1.ServiceStatus' },
);

/** Where a service is exposed. */
export type ServiceStatus = Infer<typeof serviceStatus>;
