/** Services of the mesh, whether Kubernetes or a ServiceEntry defines them. */
import type { ObjectRef } from './object-ref.ts';
import type { Protocol } from './protocol.ts';
import type { Visibility } from './visibility.ts';

/** A port of a service. */
export interface MeshServicePort {
  /** Unique in the service; empty when a Service has a single port without a name. */
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  /** Port of the workloads: a number, or the name of a container port. */
  readonly targetPort: number | string;
  /** Path in the object that defines it, such as `spec.ports[0]`. */
  readonly path: string;
}

/**
 * How endpoints are found. `client-side`: the mesh knows them (EDS); `dns`: all answers of a look-up; `dns-round-robin`:
 * the first answer of each look-up; `passthrough`: the address that the client connects to; `dynamic-dns`: the name that the
 * client asks for; `alias`: those of the service that the name stands for.
 */
export type Resolution = 'client-side' | 'dns' | 'dns-round-robin' | 'passthrough' | 'dynamic-dns' | 'alias';

/** Which endpoints get traffic first, beside what DestinationRules say. */
export type TrafficDistribution =
  | 'any'
  /** The own zone, then the region, then the network. */
  | 'prefer-same-zone'
  /** The own node, then the subzone, zone, region and network. */
  | 'prefer-same-node';

/** A name that clients use, with its ports and where it leads. */
export interface MeshService {
  /** `namespace/hostname`; endpoints are found under it. */
  readonly key: string;
  /** Lower-case full name; may begin with `*.` */
  readonly hostname: string;
  readonly namespace: string;
  /** Name of the Kubernetes Service, or the hostname where there is none. */
  readonly name: string;
  readonly registry: 'kubernetes' | 'external';
  /** Objects that define it; several ServiceEntries of one namespace may define one host together. The oldest is first. */
  readonly sources: readonly ObjectRef[];
  /** When the oldest source was made, in milliseconds; 0 when that is not known. */
  readonly createdAtMs: number;
  readonly ports: readonly MeshServicePort[];
  readonly resolution: Resolution;
  /** Its workloads are not part of the mesh: no mutual TLS with them unless a DestinationRule says so. */
  readonly isMeshExternal: boolean;
  /** Kubernetes gives no address to it; clients connect to its endpoints. */
  readonly isHeadless: boolean;
  /** Addresses that clients connect to, ranges included; empty when headless or only known by name. */
  readonly addresses: readonly string[];
  /** The same by cluster, where clusters give different ones. */
  readonly clusterAddresses: Readonly<Record<string, readonly string[]>>;
  /** Addresses given out for a ServiceEntry that has none of its own; only proxies that resolve names themselves know them. */
  readonly autoAddresses: readonly string[];
  /** Addresses outside of the cluster on which Kubernetes also offers it: `externalIPs` and those of load balancers. */
  readonly externalAddresses: readonly string[];
  /** Type of the Kubernetes Service. */
  readonly type?: 'ClusterIP' | 'ExternalName' | 'LoadBalancer' | 'NodePort';
  /** Hostname that it stands for, when resolution is `alias`. */
  readonly aliasOf?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its workloads; absent when endpoints are listed. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly visibility: Visibility;
  readonly trafficDistribution: TrafficDistribution;
  /** Only endpoints on the node of the client are used. */
  readonly isNodeLocal: boolean;
  /** Endpoints that are not ready are used as if they were. */
  readonly publishesNotReady: boolean;
  /** Names one of which the certificate of an endpoint must have, when a ServiceEntry gives them. */
  readonly subjectAltNames: readonly string[];
}
