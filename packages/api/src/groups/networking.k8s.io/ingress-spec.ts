/** The fields of ingresses. */
import { enumeration, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { typedLocalObjectReference } from '../core/references.ts';
import { stringList } from '../meta/index.ts';

const NETWORKING = 'io.k8s.api.networking.v1';

const ingressBackend = object(
  'Where requests go.',
  {
    service: object(
      'A service.',
      {
        name: required(string('Name of the service.')),
        port: object(
          'Port of the service.',
          { name: string('Name of the port.'), number: integer('Number of the port.') },
          { name: `${NETWORKING}.ServiceBackendPort`, mapType: 'atomic' },
        ),
      },
      { name: `${NETWORKING}.IngressServiceBackend` },
    ),
    resource: typedLocalObjectReference('Another object that takes requests.'),
  },
  { name: `${NETWORKING}.IngressBackend` },
);

const httpPath = object(
  'A path and where its requests go.',
  {
    path: string('The path, from the first slash.'),
    pathType: required(enumeration('How the path is compared.', ['Exact', 'ImplementationSpecific', 'Prefix'])),
    backend: required(ingressBackend),
  },
  { name: `${NETWORKING}.HTTPIngressPath` },
);

const ingressRule = object(
  'Where requests for a host go.',
  {
    host: string('The host, which may begin with a wildcard label; every host when absent.'),
    http: object(
      'Paths of the host.',
      { paths: required(list('The paths.', httpPath, { listType: 'atomic' })) },
      { name: `${NETWORKING}.HTTPIngressRuleValue` },
    ),
  },
  { name: `${NETWORKING}.IngressRule` },
);

/** Where requests from outside go. */
export const ingressSpec = object(
  'Where requests from outside go.',
  {
    ingressClassName: string('Class of the ingress, which names its controller.'),
    defaultBackend: ingressBackend,
    tls: list(
      'Hosts that are served over TLS.',
      object(
        'Hosts and their certificate.',
        {
          hosts: stringList('Hosts of the certificate.', 'A host.'),
          secretName: string('Secret with the key and the certificate.'),
        },
        { name: `${NETWORKING}.IngressTLS` },
      ),
      { listType: 'atomic' },
    ),
    rules: list('Rules by host.', ingressRule, { listType: 'atomic' }),
  },
  { name: `${NETWORKING}.IngressSpec` },
);

const loadBalancerIngress = object(
  'One point where the ingress takes traffic.',
  {
    ip: string('Its address.'),
    hostname: string('Its name.'),
    ports: list(
      'State of each port.',
      object(
        'State of a port.',
        {
          port: required(integer('Port number.')),
          protocol: required(enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'])),
          error: string('Why the port does not work, as a CamelCase reason.'),
        },
        { name: `${NETWORKING}.IngressPortStatus` },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: `${NETWORKING}.IngressLoadBalancerIngress` },
);

/** Where the ingress is exposed. */
export const ingressStatus = object(
  'Where the ingress is exposed.',
  {
    loadBalancer: object(
      'State of the load balancer.',
      { ingress: list('Where it takes traffic.', loadBalancerIngress, { listType: 'atomic' }) },
      { name: `${NETWORKING}.IngressLoadBalancerStatus`, default: {} },
    ),
  },
  { name: `${NETWORKING}.IngressStatus` },
);

/** Where requests go. */
export type IngressBackend = Infer<typeof ingressBackend>;

/** Where requests from outside go. */
export type IngressSpec = Infer<typeof ingressSpec>;

/** Where an ingress is exposed. */
export type IngressStatus = Infer<typeof ingressStatus>;
