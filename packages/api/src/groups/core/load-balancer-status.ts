import { enumeration, type Infer, integer, list, object, required, type Schema, string } from '../../schema/index.ts';

const portStatus = object(
  'State of one port of the load balancer.',
  {
    port: required(integer('Port number.')),
    protocol: required(enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'])),
    error: string('Why the port does not work, as a CamelCase reason.', { maxLength: 316 }),
  },
  { name: 'io.k8s.api.core.v1.PortStatus' },
);

const ingress = object(
  'One point where the load balancer takes traffic.',
  {
    ip: string('Its address.'),
    hostname: string('Its name.'),
    ipMode: string('VIP when traffic arrives with the balancer as its destination, Proxy when with the node or pod.'),
    ports: list('State of each port.', portStatus, { listType: 'atomic' }),
  },
  { name: 'io.k8s.api.core.v1.LoadBalancerIngress' },
);

const status = object(
  'State of the load balancer.',
  { ingress: list('Where the load balancer takes traffic.', ingress, { listType: 'atomic' }) },
  { name: 'io.k8s.api.core.v1.LoadBalancerStatus' },
);

/** The static type of a load balancer's state. */
export type LoadBalancerStatus = Infer<typeof status>;

/** State of a load balancer, as Services carry it. */
export function loadBalancerStatus(description: string): Schema<LoadBalancerStatus> {
  return { ...status, description };
}
