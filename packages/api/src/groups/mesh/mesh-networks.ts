/** Networks of a mesh whose workloads cannot reach each other directly. */
import { type Infer, list, map, object, string } from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { uint32 } from '../networking.istio.io/scalars.ts';

const endpoints = object(
  'Workloads of the network.',
  {
    fromCidr: string('Those with addresses in this range.'),
    fromRegistry: string('Those of this registry, which is a cluster.'),
  },
  { rules: [atMostOneOf('fromCidr', 'fromRegistry')] },
);

const gateway = object(
  'A gateway into the network.',
  {
    registryServiceName: string('Host of the service of the gateway.'),
    address: string('Address of the gateway: an IP address or a host.'),
    port: uint32('Port of the gateway.'),
    locality: string('Locality of the gateway, region/zone/sub-zone.'),
  },
  { rules: [atMostOneOf('registryServiceName', 'address')] },
);

/** Networks by name. */
export const meshNetworks = object('Networks whose workloads cannot reach each other directly.', {
  networks: map(
    'Networks by name.',
    object('A network.', {
      endpoints: list('Workloads of the network.', endpoints),
      gateways: list('Gateways into the network.', gateway),
    }),
  ),
});

/** Networks by name. */
export type MeshNetworks = Infer<typeof meshNetworks>;
