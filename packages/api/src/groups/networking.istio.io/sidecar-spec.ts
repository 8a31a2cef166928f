/** The fields of a Sidecar. */
import { enumeration, type Infer, list, object, required, string } from '../../schema/index.ts';
import { connectionPool } from './connection-pool.ts';
import { destination } from './destination.ts';
import { uint32 } from './scalars.ts';
import { serverTls } from './server-tls.ts';
import { workloadSelector } from './workload-selector.ts';

const sidecarPort = object('A port that the sidecar listens on.', {
  number: uint32('Number of the port.'),
  protocol: string('HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP or TLS.'),
  name: string('Name of the port.'),
  targetPort: uint32('Not used by sidecars.'),
});

const captureMode = enumeration('How connections reach the listener.', ['DEFAULT', 'IPTABLES', 'NONE']);

const ingressListener = object('A port on which the workload is reached.', {
  port: required(sidecarPort),
  bind: string('Address to listen on; that of the workload when absent.'),
  captureMode,
  defaultEndpoint: string('Where the workload itself listens: 127.0.0.1:port, 0.0.0.0:port, unix:///path or the like.'),
  tls: serverTls,
  connectionPool,
});

const egressListener = object('Hosts that the workload reaches, on one port or on all.', {
  port: sidecarPort,
  bind: string('Address or Unix socket to listen on.'),
  captureMode,
  hosts: required(
    list(
      'Hosts as namespace/host; "*" stands for all, "." for the own namespace, "~" for none or, in front, for all but.',
      string('namespace/host.'),
    ),
  ),
});

/** The fields of a Sidecar. */
export const sidecarSpec = object('What sidecars accept, and what they can reach.', {
  workloadSelector,
  ingress: list('Ports on which the workloads are reached; those of their services when empty.', ingressListener),
  egress: list('Hosts that the workloads reach; all that are visible when empty.', egressListener),
  inboundConnectionPool: connectionPool,
  outboundTrafficPolicy: object('What happens to requests for hosts that the mesh does not know.', {
    mode: enumeration('Refuse them or let them through.', ['REGISTRY_ONLY', 'ALLOW_ANY']),
    egressProxy: destination,
  }),
});

/** The fields of a Sidecar. */
export type SidecarSpec = Infer<typeof sidecarSpec>;
/** A port on which the workload is reached. */
export type IngressListener = Infer<typeof ingressListener>;
/** Hosts that the workload reaches. */
export type EgressListener = Infer<typeof egressListener>;
